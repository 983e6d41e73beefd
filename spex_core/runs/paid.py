"""What runs of one process that ask the same question at the same time tell each other, so that a pass is made once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from spex_core.arrays import Samples
from spex_core.fourier.masks import Known


class SharedPasses:
    """Where runs of one process that ask about the same set function at the same time tell each other what they paid
    for. A run alone keeps nothing here."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._listening: dict[str, list[Known]] = {}

    @contextmanager
    def listening(self, key: str) -> Iterator[Known]:
        """What others pay for while this run goes on; open it before asking the store, so that nothing is missed."""
        told = Known()
        with self._guard:
            self._listening.setdefault(key, []).append(told)
        try:
            yield told
        finally:
            with self._guard:
                others = [other for other in self._listening[key] if other is not told]
                if others:
                    self._listening[key] = others
                else:
                    del self._listening[key]

    def tell(self, key: str, samples: Samples, mine: Known) -> None:
        """Tell the other runs."""
        with self._guard:
            others = [other for other in self._listening.get(key, ()) if other is not mine]
        for other in others:
            other.add(samples)
