"""Values of a run file, which anybody may have written: each is of its type and within bounds, or one `StoreError`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from spex_core.errors import StoreError

LARGEST = 1e100  # what is squared and added up later stays finite


def as_number(value: Any) -> float:
    """A finite number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise StoreError(f"expected a number, found {type(value).__name__}")
    result = float(value)
    if not abs(result) <= LARGEST:
        raise StoreError(f"the run file holds a number that is not finite, or above {LARGEST:g}")
    return result


def as_count(value: Any) -> int:
    """A whole number."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise StoreError(f"expected a whole number, found {type(value).__name__}")
    return value


def as_text(value: Any) -> str:
    """A string."""
    if not isinstance(value, str):
        raise StoreError(f"expected text, found {type(value).__name__}")
    return value


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
