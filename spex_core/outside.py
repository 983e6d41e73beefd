"""Bytes from outside, which anybody may have written: bounded before they are read, decoded, and parsed as JSON.

Run files, bundles, model folders, data sets and the replies of servers are read through here, each within bounds of its
own; what is wrong is a `ValueError` of one line, which the reader turns into an error of its kind.

What JSON would cost to read is known before it is parsed. A parser makes objects as it goes: 64 MB of `[],` are
gigabytes of them, and its depth is the caller's stack. So brackets, commas, colons and digits outside of strings are
counted first, a piece at a time, in a time that follows from the text's length alone.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from spex_core.arrays import BoolArray

_PIECE = 1_000_000  # bytes at a time
_OPENING, _CLOSING, _COMMA, _COLON, _DIGIT = range(1, 6)
_KINDS = np.zeros(256, dtype=np.uint8)
for _kind, _characters in (
    (_OPENING, b"[{"),
    (_CLOSING, b"]}"),
    (_COMMA, b","),
    (_COLON, b":"),
    (_DIGIT, b"0123456789"),
):
    _KINDS[list(_characters)] = _kind
_ESCAPED = (("\\\\", "__"), ('\\"', "__"))  # of the same length; the first decides what the second means


@dataclass(frozen=True)
class Bounds:
    """The most that a text may hold, strings left out.

    Attributes:
        size: characters, strings included.
        items: elements of all arrays and fields of all objects, each array and object counted once more.
        containers: arrays and objects.
        fields: fields of all objects.
        depth: arrays and objects inside of each other.
        digits: in a row.
    finite: whether NaN and infinity, which JSON has not and Python reads, are refused.
    """

    size: int = 16_000_000
    items: int = 1_000_000
    containers: int = 200_000
    fields: int = 200_000
    depth: int = 40
    digits: int = 400
    finite: bool = True


def read_file(path: Path, most: int) -> bytes:
    """Content of a file of at most `most` bytes; of a device or a pipe nothing is read.

    Raises:
        ValueError: it is larger, or no file.
        OSError: it cannot be read.
    """
    size = path.stat().st_size
    if not path.is_file():
        raise ValueError("it is no file")
    if size <= most:
        with path.open("rb") as file:
            data = file.read(most + 1)  # it may have grown
        if len(data) <= most:
            return data
    raise ValueError(f"larger than {most:,} bytes")


def decoded(data: bytes) -> str:
    """Bytes as text in UTF-8, without the mark that some programs put before it.

    Raises:
        ValueError: they are none.
    """
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"not UTF-8 text: {error.reason} at byte {error.start:,}") from None


def parse(text: str | bytes, bounds: Bounds) -> Any:
    """What `json.loads` makes of a text, after it was found to be within bounds.

    Raises:
        ValueError: above a bound, no JSON, or a number that is not finite; the message is one line.
    """
    if isinstance(text, bytes):
        if len(text) > 4 * bounds.size:
            raise ValueError(f"{len(text):,} bytes; {bounds.size:,} characters is the limit")
        try:
            text = text.decode(json.detect_encoding(text))
        except UnicodeDecodeError as error:
            raise ValueError(f"not UTF-8 text: {error.reason} at byte {error.start:,}") from None
    if len(text) > bounds.size:
        raise ValueError(f"{len(text):,} characters; {bounds.size:,} is the limit")
    if not _is_small(text, bounds):
        _check(text, bounds)
    try:
        return json.loads(text, parse_constant=_refuse if bounds.finite else None)
    except RecursionError:
        raise ValueError(f"arrays and objects more than {bounds.depth} deep") from None


def _refuse(name: str) -> float:
    raise ValueError(f"it holds {name}, which no number in such a file can be")


def _is_small(text: str, bounds: Bounds) -> bool:
    """Whether a text is too short to exceed its bounds, strings included: most replies of a server are."""
    return (
        len(text) <= min(bounds.items, bounds.containers, bounds.fields)
        and text.count("[") + text.count("{") <= bounds.depth
        and not re.search(f"[0-9]{{{bounds.digits + 1}}}", text)
    )


def _check(text: str, bounds: Bounds) -> None:
    for escaped, plain in _ESCAPED:
        text = text.replace(escaped, plain)
    items = containers = fields = depth = 0
    quoted, digits = False, 0
    for start in range(0, len(text), _PIECE):
        codes = np.frombuffer(text[start : start + _PIECE].encode("latin-1", "replace"), dtype=np.uint8)
        outside = (np.cumsum(codes == ord('"'), dtype=np.uint8) & 1) == quoted
        quoted = not bool(outside[-1])
        kinds = _KINDS[codes] * outside
        count = np.bincount(kinds, minlength=6)
        containers += int(count[_OPENING])
        fields += int(count[_COLON])
        items += int(count[_OPENING] + count[_COMMA])
        levels = depth + np.cumsum((kinds == _OPENING).astype(np.int8) - (kinds == _CLOSING), dtype=np.int32)
        depth = int(levels[-1])
        longest, digits = _longest(kinds == _DIGIT, digits)
        if int(levels.max()) > bounds.depth:
            raise ValueError(f"arrays and objects more than {bounds.depth} deep, the limit")
        counted = ((items, bounds.items, "elements"), (containers, bounds.containers, "arrays and objects"))
        for found, most, what in (*counted, (fields, bounds.fields, "fields")):
            if found > most:
                raise ValueError(f"more than {most:,} {what}, the limit")
        if longest > bounds.digits:
            raise ValueError(f"a number of more than {bounds.digits} digits, the limit")


def _longest(digit: BoolArray, before: int) -> tuple[int, int]:
    """Longest run of digits of a piece, where so many stood at the end of the one before; and how many stand at its
    end."""
    others = np.concatenate([[-1 - before], np.flatnonzero(~digit), [len(digit)]])
    gaps = np.diff(others) - 1
    return int(gaps.max()), int(gaps[-1])
