"""Models that are loaded in this process, each once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, TypeVar
from weakref import WeakValueDictionary

T = TypeVar("T")


class Shared:
    """Loaded models by key, kept for as long as some backend uses them, so that none is in memory twice."""

    def __init__(self) -> None:
        self._kept: WeakValueDictionary[Any, Any] = WeakValueDictionary()
        self._lock = threading.Lock()

    def get(self, key: Any, load: Callable[[], T]) -> T:
        """What is kept under `key`, else what `load` returns."""
        with self._lock:
            found: T | None = self._kept.get(key)
            if found is None:
                found = self._kept[key] = load()
            return found

    def holds(self, key: Any) -> bool:
        """Whether it is loaded."""
        return key in self._kept


shared = Shared()
"""The process's loaded models."""
