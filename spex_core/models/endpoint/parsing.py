"""JSON from a server, as far as it is JSON and can be worked with: bounded in depth and digits, as its size was before.

What is read out of it is checked where it is read (`readings`), with the two tests of values that stand here.
"""

from __future__ import annotations

import json
import math
from typing import TypeGuard

_DEEPEST = 64
_MOST_DIGITS = 1000  # of a whole number; its time to read grows with their square


def parse(content: bytes) -> object:
    """The value that `content` is.

    Raises:
        ValueError: it is none, or beyond the bounds; the text says what it is instead.
    """
    try:
        found: object = _decoder.decode(content.decode(json.detect_encoding(content)))
    except (ValueError, RecursionError):  # JSON or UTF-8; nested beyond what the interpreter takes
        raise ValueError("something that is not JSON") from None
    if content.count(b"[") + content.count(b"{") > _DEEPEST and not _shallow(found):
        raise ValueError(f"JSON nested more than {_DEEPEST} deep")
    return found


def number(value: object) -> float | None:
    """A JSON number as a float, infinities included; None for NaN and what is no number."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        found = float(value)
    except OverflowError:
        return None
    return None if math.isnan(found) else found


def is_text(value: object) -> TypeGuard[str]:
    """Whether a value is text that can be written: no half of a character stands in it."""
    if not isinstance(value, str):
        return False
    return value.isascii() or not any("\ud800" <= character <= "\udfff" for character in value)


def _whole(digits: str) -> int:
    if len(digits) > _MOST_DIGITS:
        raise ValueError("a number of too many digits")
    return int(digits)


def _shallow(found: object) -> bool:
    level = [found]
    for _ in range(_DEEPEST):
        inner = (value.values() if isinstance(value, dict) else value for value in level)
        level = [value for values in inner for value in values if isinstance(value, (dict, list))]  # type: ignore[attr-defined]
        if not level:
            return True
    return False


_decoder = json.JSONDecoder(parse_int=_whole)
