"""Models that are loaded in this process, each once."""

from __future__ import annotations

import sys
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Protocol, TypeVar
from weakref import WeakSet, WeakValueDictionary

from spex_core.errors import InputError

T = TypeVar("T")

MOST_IDLE = 2
"""Models kept for the next run; one more is let go as soon as no run uses it."""


class Holder(Protocol):
    """Somebody who keeps backends for later."""

    def drop_idle(self) -> bool:
        """Let go of those that no run uses; whether there was one."""


class Shared:
    """Loaded models by key, so that none is in memory twice: those that some backend uses, and the last few others."""

    def __init__(self) -> None:
        self._alive: WeakValueDictionary[Any, Any] = WeakValueDictionary()
        self._recent: OrderedDict[Any, Any] = OrderedDict()
        self._lock = threading.Lock()
        self._loading = threading.Lock()
        self.holders: WeakSet[Holder] = WeakSet()
        """Those who keep backends, and with them models, that nobody uses."""

    def hold(self, holder: Holder) -> None:
        """From now on, ask this one to let go of its models where memory is short."""
        with self._lock:
            self.holders.add(holder)

    def get(self, key: Any, check_room: Callable[[], None], load: Callable[[], T]) -> T:
        """What is loaded under `key`, else what `load` returns.

        Args:
            key: names the model and how it is held.
            check_room: raises InputError where the model would not fit into memory; asked again once the idle models
                have been let go.
            load: called where it fits.

        Raises:
            InputError: it does not fit; and whatever `load` raises.
        """
        found: T | None = self._alive.get(key)
        if found is None:
            with self._loading:  # one at a time, so that two do not count on the same free memory
                found = self._alive.get(key)
                if found is None:
                    self._make_room(check_room)
                    found = load()
                self._alive[key] = found
        with self._lock:
            self._recent[key] = found
            self._recent.move_to_end(key)
            while len(self._recent) > MOST_IDLE:
                self._recent.popitem(last=False)
        return found

    def holds(self, key: Any) -> bool:
        """Whether it is loaded."""
        return key in self._alive

    def release(self) -> None:
        """Let go of the models that no backend uses."""
        with self._lock:
            self._recent.clear()
        torch = sys.modules.get("torch")
        if torch is not None and torch.cuda.is_initialized():
            torch.cuda.empty_cache()

    def _make_room(self, check_room: Callable[[], None]) -> None:
        try:
            check_room()
        except InputError:
            with self._lock:
                holders = list(self.holders)
            for holder in holders:
                holder.drop_idle()
            self.release()
            check_room()


shared = Shared()
"""The process's loaded models."""
