"""JSON from a server, as far as it is JSON and can be worked with: bounded in depth and digits, as its size was before.

What is read out of it is checked where it is read (`readings`), with the two tests of values that stand here.
"""

from __future__ import annotations

import math
from typing import TypeGuard

from spex_core import outside

_BOUNDS = outside.Bounds(size=4 * 2**20, depth=64, digits=1000, finite=False)


def parse(content: bytes) -> object:
    """The value that `content` is.

    Raises:
        ValueError: it is none, or beyond the bounds; the text says what it is instead.
    """
    try:
        found: object = outside.parse(content, _BOUNDS)
    except ValueError as error:
        beyond = f" ({error})" if "the limit" in str(error) else ""
        raise ValueError(f"something that is not JSON{beyond}") from None
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
