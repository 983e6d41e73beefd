"""What runs of one process that ask the same question at the same time tell each other, so that a pass is made once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from spex_core.arrays import Samples
from spex_core.fourier.masks import Known


class PassBoard:
    """Where runs of one process that ask about the same set function at the same time tell each other what they paid
    for. A run alone keeps nothing here."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._boxes: dict[str, list[Known]] = {}

    @contextmanager
    def box(self, key: str) -> Iterator[Known]:
        """What others pay for while this run goes on; open it before asking the store, so that nothing is missed."""
        box = Known()
        with self._guard:
            self._boxes.setdefault(key, []).append(box)
        try:
            yield box
        finally:
            with self._guard:
                boxes = [other for other in self._boxes[key] if other is not box]
                if boxes:
                    self._boxes[key] = boxes
                else:
                    del self._boxes[key]

    def post(self, key: str, samples: Samples, mine: Known) -> None:
        """Tell the other runs."""
        with self._guard:
            others = [box for box in self._boxes.get(key, ()) if box is not mine]
        for box in others:
            box.add(samples)
