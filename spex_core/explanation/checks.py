"""Values of a run file, which anybody may have written: each is of its type and within bounds, or one `StoreError`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from spex_core.errors import StoreError

MOST = 2**63 - 1
LARGEST = 1e120
"""A model's values are at most 1e100, and what is fitted to them hardly more; squares and their sums stay finite."""

_LONGEST_NAME = 200


def as_number(value: Any) -> float:
    """A finite number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise StoreError(f"expected a number, found {type(value).__name__}")
    result = float(value)
    if not abs(result) <= LARGEST:
        raise StoreError(f"the run file holds a number that is not finite, or above {LARGEST:g}")
    return result


def as_count(value: Any, least: int = 0, most: int = MOST) -> int:
    """A whole number within bounds."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise StoreError(f"expected a whole number, found {type(value).__name__}")
    if not least <= value <= most:
        raise StoreError(f"a whole number in the run file is not between {least} and {most:.3g}")
    return value


def as_seconds(value: Any) -> float:
    """A time, not negative."""
    if (result := as_number(value)) < 0:
        raise StoreError("a time in the run file is negative")
    return result


def as_truth(value: Any) -> bool:
    """Yes or no."""
    if not isinstance(value, bool):
        raise StoreError(f"expected true or false, found {type(value).__name__}")
    return value


def as_text(value: Any) -> str:
    """A string."""
    if not isinstance(value, str):
        raise StoreError(f"expected text, found {type(value).__name__}")
    return value


def as_name(value: Any) -> str:
    """What an estimator, a model, a unit or a masking may be called; whether there is one, who needs it asks."""
    if not 1 <= len(as_text(value)) <= _LONGEST_NAME:
        raise StoreError(f"a name in the run file has {len(value):,} characters; names have 1 to {_LONGEST_NAME}")
    return str(value)


def as_texts(values: Sequence[Any], most: int) -> tuple[str, ...]:
    """At most so many strings."""
    if len(values) > most:
        raise StoreError(f"{len(values):,} texts where a run has at most {most:,}")
    return tuple(as_text(value) for value in values)


def as_spans(values: Any, text: str) -> tuple[tuple[int, int], ...]:
    """Ordered, disjoint (start, end) character positions inside `text`."""
    spans = tuple((as_count(start), as_count(end)) for start, end in values)
    edges = [edge for span in spans for edge in span]
    if edges != sorted(edges) or (edges and not 0 <= edges[0] <= edges[-1] <= len(text)):
        raise StoreError("the feature spans do not fit the text")
    return spans
