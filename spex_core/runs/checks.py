"""Values of a stored request, which may be anything: each is of its type, or one `StoreError`."""

from __future__ import annotations

from typing import Any

from spex_core.errors import StoreError

_LARGEST = 2**63 - 1


def as_text(value: Any) -> str:
    """A string."""
    if not isinstance(value, str):
        raise StoreError(f"the stored request holds {type(value).__name__} where text belongs")
    return value


def as_number(value: Any) -> int:
    """A whole number, not negative."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _LARGEST:
        raise StoreError(f"the stored request holds {value!r:.40} where a whole number belongs")
    return value


def as_truth(value: Any) -> bool:
    """Yes or no."""
    if not isinstance(value, bool):
        raise StoreError(f"the stored request holds {value!r:.40} where yes or no belongs")
    return value
