"""Hypothesis strategies that break files: their bytes anywhere, or their JSON by its structure.

Every strategy gives bytes, so that what failed is kept as a file. A JSON document is taken apart into `Fields` (pairs,
so that a key may stand twice) and lists, changed in a few places, and written by a writer that knows no rules.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from hypothesis import strategies as st

ODD = (b"", b"\x00", b"\xff" * 4, b"\x7f\xff\xff\xff", b"\x00" * 64, b"[" * 3000, b"9" * 5000, b"\xed\xa0\x80", b"\r\n")
WORDS = (
    "",
    " ",
    "\x00",
    "\ud800",
    "\x1b[2J",
    "\u202e",
    "../x",
    "/dev/zero",
    "a\nb",
    "{{",
    "é" * 9,
    "a" * 70_000,
    "NaN",
)
RAW = ("NaN", "-Infinity", "1e400", "-0.0", "9" * 300, "9" * 5000, "1e-400", "0." + "3" * 5000, "", "tru", "1_0")
MOST_ADDED = 100_000  # characters by one change; what is larger is tested in files of its own
NUMBERS = (0, 1, -1, 2, 7, 255, 4096, 2**31, 2**63, -(2**63), 10**30, 0.5, -0.5, 1e-300, 1e300, 1e101)


class Fields(list[tuple[str, Any]]):
    """A JSON object as pairs."""


class Raw(str):
    """Characters that are written as they are."""


@st.composite
def broken_bytes(draw: st.DrawFn, seeds: Sequence[bytes], most: int = 6) -> bytes:
    """One of the files with some of its bytes changed, left out, doubled, or taken from another."""
    data = draw(st.sampled_from(seeds))
    for _ in range(draw(st.integers(1, most))):
        data = _edited(draw, data, seeds)
    return data


def _edited(draw: st.DrawFn, data: bytes, seeds: Sequence[bytes]) -> bytes:
    at = draw(st.integers(0, max(0, len(data) - 1)))
    length = draw(st.one_of(st.integers(1, 8), st.integers(1, 400), st.integers(1, max(1, len(data)))))
    how = draw(st.sampled_from(("flip", "number", "odd", "cut", "lose", "double", "splice", "random")))
    if how == "flip":
        return data[:at] + bytes([data[at] ^ (1 << draw(st.integers(0, 7)))]) + data[at + 1 :] if data else b"\x01"
    if how == "number":  # as sizes and offsets stand in binary files
        width, order = draw(st.sampled_from((1, 2, 4, 8))), draw(st.sampled_from(("little", "big")))
        value = draw(st.sampled_from((0, 1, 127, 2 ** (8 * width - 1), 2 ** (8 * width) - 1, 2 ** (8 * width) - 2)))
        return data[:at] + value.to_bytes(width, order) + data[at + width :]
    if how == "odd":
        return data[:at] + draw(st.sampled_from(ODD)) + data[at:]
    if how == "cut":
        return data[:at]
    if how == "lose":
        return data[:at] + data[at + length :]
    if how == "double":
        return data[: at + length] + data[at:]
    if how == "splice":
        other = draw(st.sampled_from(seeds))
        start = draw(st.integers(0, max(0, len(other) - 1)))
        return data[:at] + other[start : start + length] + data[at + draw(st.sampled_from((0, length))) :]
    return data[:at] + draw(st.binary(max_size=12)) + data[at + length :]


@st.composite
def broken_json(draw: st.DrawFn, seeds: Sequence[str], most: int = 4) -> bytes:
    """One of the documents with some of its values and fields changed; in one of ten its bytes as well."""
    document = json.loads(draw(st.sampled_from(seeds)), object_pairs_hook=Fields)
    for _ in range(draw(st.integers(1, most))):
        document = _changed(draw, document)
    data = write(document).encode("utf-8", "surrogatepass")
    return draw(broken_bytes([data], 2)) if draw(st.integers(0, 9)) == 0 else data


def _changed(draw: st.DrawFn, document: Any) -> Any:
    """The document with one value changed, found by walking down from its root."""
    holder: Any = [document]
    whole, key = holder, 0
    while True:
        value = _at(holder, key)
        if not isinstance(value, list) or not value or draw(st.integers(0, 5)) == 0:
            break
        holder, key = value, draw(st.integers(0, len(value) - 1))
    how = draw(st.sampled_from(tuple(CHANGES)))
    CHANGES[how](draw, holder, key)
    return whole[0] if whole else None


def _at(holder: Any, key: int) -> Any:
    return holder[key][1] if isinstance(holder, Fields) else holder[key]


def _put(holder: Any, key: int, value: Any) -> None:
    holder[key] = (holder[key][0], value) if isinstance(holder, Fields) else value


def _replace(draw: st.DrawFn, holder: Any, key: int) -> None:
    value = draw(
        st.one_of(
            st.sampled_from((None, True, False)),
            st.sampled_from((Fields(), [], [[]], Fields([("a", 1)]), [0], ["x"])),
            st.sampled_from(NUMBERS),
            st.sampled_from(WORDS),
            st.sampled_from(tuple(map(Raw, RAW))),
            st.integers(-5, 5),
            st.floats(allow_nan=False, allow_infinity=False),
            st.text(max_size=5),
        )
    )
    _put(holder, key, value)


def _grow(draw: st.DrawFn, holder: Any, key: int) -> None:
    value, factor = _at(holder, key), draw(st.sampled_from((-1, 2, 10, 1000, 10**9, 10**40, 1e-9)))
    if isinstance(value, bool) or not isinstance(value, int | float):
        _repeat(draw, holder, key)
    else:
        _put(holder, key, value * factor if abs(value) < 1e200 and abs(factor) < 1e300 else factor)


def _repeat(draw: st.DrawFn, holder: Any, key: int) -> None:
    value, count = _at(holder, key), draw(st.sampled_from((2, 3, 30, 3000)))
    count = min(count, 1 + MOST_ADDED // len(write(value)))
    if isinstance(value, list):
        _put(holder, key, type(value)([*value] * count))
    elif isinstance(value, str) and not isinstance(value, Raw):
        _put(holder, key, value * count)
    else:
        _put(holder, key, [value] * count)


def _nest(draw: st.DrawFn, holder: Any, key: int) -> None:
    value = _at(holder, key)
    depth, named = draw(st.sampled_from((1, 2, 9, 70, 5000))), draw(st.booleans())
    opening, closing = ('{"a":', "}") if named else ("[", "]")
    _put(holder, key, Raw(opening * depth + write(value) + closing * depth))


def _remove(_: st.DrawFn, holder: Any, key: int) -> None:
    del holder[key]


def _double(draw: st.DrawFn, holder: Any, key: int) -> None:
    holder.insert(draw(st.integers(0, len(holder))), holder[key])


def _swap(draw: st.DrawFn, holder: Any, key: int) -> None:
    other = draw(st.integers(0, len(holder) - 1))
    one, two = _at(holder, key), _at(holder, other)
    _put(holder, key, two)
    _put(holder, other, one)


def _rename(draw: st.DrawFn, holder: Any, key: int) -> None:
    name = draw(st.one_of(st.sampled_from(WORDS), st.text(max_size=5)))
    if isinstance(holder, Fields):
        holder[key] = (draw(st.sampled_from((name, holder[key][0]))) + name[:1], holder[key][1])
    else:
        _put(holder, key, name)


CHANGES: dict[str, Callable[[st.DrawFn, Any, int], None]] = {
    **{"replace": _replace, "replace again": _replace, "grow": _grow, "repeat": _repeat, "nest": _nest},
    **{"remove": _remove, "double": _double, "swap": _swap, "rename": _rename},
}


def write(value: Any) -> str:
    """JSON as it was told, whether it is any or not."""
    if isinstance(value, Raw):
        return str(value) or " "
    if isinstance(value, Fields):
        return "{" + ",".join(f"{write(name)}:{write(inner)}" for name, inner in value) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(write, value)) + "]"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii="\ud800" in value)
    return json.dumps(value)
