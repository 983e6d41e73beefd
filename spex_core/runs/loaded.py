"""Loaded backends: shared between runs, and unloaded when nobody uses them and memory is short."""

from __future__ import annotations

import gc
import threading
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from spex_core.memory import available_bytes
from spex_core.models.base import Backend, ModelSpec
from spex_core.models.shared import shared

FLOOR = 1_000_000_000
"""Bytes of free memory below which idle models are unloaded."""
MOST = 8

Key = tuple[str, tuple[tuple[str, str], ...]]


class LoadedModels:
    """Backends by name and options, the least recently used first.

    Args:
        load: what loads one.
        most: idle ones kept at most.
        floor: see `FLOOR`.
        free: what tells the free memory; None where it cannot be told, and nothing is unloaded.
    """

    def __init__(
        self,
        load: Callable[[ModelSpec], Backend],
        most: int = MOST,
        floor: int = FLOOR,
        free: Callable[[], int | None] = available_bytes,
    ) -> None:
        self._load = load
        self._most = most
        self._floor = floor
        self._free = free
        self._guard = threading.Lock()
        self._kept: OrderedDict[Key, Backend] = OrderedDict()
        self._leases: Counter[str] = Counter()
        self._loading: dict[Key, threading.Lock] = {}
        shared.hold(self)

    def get(self, spec: ModelSpec) -> Backend:
        """The backend, loaded at first use; one that is being loaded holds up nobody who wants another.

        Raises:
            InputError, ModelError: see `registry.load_backend`.
        """
        key = key_of(spec)
        found = self._find(key)
        if found is not None:
            return found
        with self._guard:
            turn = self._loading.setdefault(key, threading.Lock())
        try:
            with turn:
                found = self._find(key)
                if found is not None:
                    return found
                self.make_room()
                return self.keep(spec, self._load(spec))
        finally:
            with self._guard:
                self._loading.pop(key, None)

    def keep(self, spec: ModelSpec, backend: Backend) -> Backend:
        """Add a backend; one that is there already stays and is returned, unless its files have changed."""
        key = key_of(spec)
        self._drop_outdated(key)
        with self._guard:
            kept = self._kept.setdefault(key, backend)
            self._kept.move_to_end(key)
            idle = [old for old, one in self._kept.items() if old != key and not self._leases[one.fingerprint]]
            for old in idle[: max(0, len(self._kept) - self._most)]:
                del self._kept[old]
        return kept

    def holds(self, spec: ModelSpec) -> bool:
        """Whether it is loaded."""
        with self._guard:
            return key_of(spec) in self._kept

    def all(self) -> list[Backend]:
        """What is loaded, the least recently used first."""
        with self._guard:
            return list(self._kept.values())

    @contextmanager
    def lease(self, backend: Backend) -> Iterator[None]:
        """While it is used: neither it nor another that shares its weights is unloaded."""
        name = backend.fingerprint
        with self._guard:
            self._leases[name] += 1
        try:
            yield
        finally:
            with self._guard:
                self._leases[name] -= 1
                if not self._leases[name]:
                    del self._leases[name]

    def make_room(self, needed: int = 0) -> None:
        """Unload idle models, the least recently used first, while less than `needed` + the floor is free."""
        while (free := self._free()) is not None and free < self._floor + needed and self._drop_one():
            pass

    def drop_idle(self) -> bool:
        """Unload every idle model; whether there was one."""
        dropped = False
        while self._drop_one():
            dropped = True
        return dropped

    def _find(self, key: Key) -> Backend | None:
        self._drop_outdated(key)
        with self._guard:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
            return found

    def _drop_outdated(self, key: Key) -> None:
        """Let go of a backend whose weights were replaced since it was loaded: a run that uses it keeps it."""
        with self._guard:
            found = self._kept.get(key)
        if found is None or not found.is_outdated:  # may read a file, so nobody else waits for it
            return
        with self._guard:
            if self._kept.get(key) is found:
                del self._kept[key]

    def _drop_one(self) -> bool:
        """Unload the model that was used longest ago, in all its backends."""
        with self._guard:
            last: dict[str, int] = {}
            for place, backend in enumerate(self._kept.values()):
                last[backend.fingerprint] = place
            idle = [name for name in last if not self._leases[name]]
            if not idle:
                return False
            oldest = min(idle, key=last.__getitem__)
            for key in [key for key, backend in self._kept.items() if backend.fingerprint == oldest]:
                del self._kept[key]
        shared.release()
        gc.collect()
        return True


def key_of(spec: ModelSpec) -> Key:
    """A spec as a key of dictionaries."""
    return spec.name, tuple(sorted(spec.options.items()))
