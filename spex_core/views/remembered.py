"""What is worked out of an explanation once, for all visitors, and forgotten with it."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from spex_core.explanation.result import Explanation

_Made = TypeVar("_Made")

_lock = Lock()
_known: WeakKeyDictionary[Explanation, dict[Hashable, Any]] = WeakKeyDictionary()  # explanations are equal by identity


def remembered(explanation: Explanation, key: Hashable, make: Callable[[], _Made]) -> _Made:
    """What `make` returned when `key` was first asked for; it is kept as long as the explanation is.

    The lock is not held while `make` runs: two threads may both make it, and both get what was kept first.

    Args:
        explanation: what it is made of.
        key: tells apart what is made of one explanation; begins with a word of its own for each caller.
        make: makes it; what it returns may not refer to the explanation, which would then be kept for ever.
    """
    with _lock:
        known = _known.setdefault(explanation, {})
        if key in known:
            return known[key]  # type: ignore[no-any-return]  # a key is always made by the same caller
    made = make()
    with _lock:
        return known.setdefault(key, made)  # type: ignore[no-any-return]
