"""A model whose passes count as paid only once they are on disk, and are made once however many runs want them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from spex_core.arrays import BoolArray, FloatArray, Samples, ValueFunction
from spex_core.engine.checking import call
from spex_core.fourier.masks import row_keys
from spex_core.inputs.base import Masker
from spex_core.models.base import Backend

Box = dict[bytes, float]
"""Mask (`masks.row_keys`) -> value."""


class PassBoard:
    """Where runs of one process that ask about the same set function at the same time tell each other what they paid
    for. A run alone keeps nothing here."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._boxes: dict[str, list[Box]] = {}

    @contextmanager
    def box(self, key: str) -> Iterator[Box]:
        """What others pay for while this run goes on; open it before asking the store, so that nothing is missed."""
        box: Box = {}
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

    def post(self, key: str, samples: Samples, mine: Box) -> None:
        """Tell the other runs."""
        with self._guard:
            others = [box for box in self._boxes.get(key, ()) if box is not mine]
        if others:
            paid = dict(zip(row_keys(samples.masks), samples.values.tolist(), strict=True))
            for box in others:
                box.update(paid)


class Recorded:
    """A settled backend whose passes are written down before they are handed on.

    Called under the model's lock like any backend, so no two runs make the same pass at the same time.

    Args:
        backend: the backend, settled.
        box: what other runs paid for meanwhile; see `PassBoard`.
        record: writes passes to the disk; raises where it cannot, and then they do not count.
    """

    def __init__(self, backend: Backend, box: Box, record: Callable[[Samples], None]) -> None:
        self._backend = backend
        self._box = box
        self._record = record

    def __getattr__(self, name: str) -> Any:
        return getattr(self._backend, name)

    def settle(self, whole: Any) -> Recorded:
        """It is settled."""
        return self

    def value_function(self, masker: Masker) -> ValueFunction:
        """That of the backend; a mask that another run has paid for meanwhile is not asked again."""
        function = self._backend.value_function(masker)

        def value(masks: BoolArray) -> FloatArray:
            found = [self._box.get(key) for key in row_keys(masks)] if self._box else [None] * len(masks)
            values = np.array([np.nan if one is None else one for one in found])
            rows = np.flatnonzero(np.isnan(values))
            if len(rows):
                asked = masks[rows]
                raw = function(asked.copy())
                fresh = call(lambda _: raw, asked, lambda: Samples.empty(masks.shape[1]))  # checked before it counts
                self._record(Samples(asked, fresh))
                values[rows] = fresh
            return values

        return value
