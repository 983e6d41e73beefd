"""The masked passes of a benchmark: each is asked once, and on the disk before it counts."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

import numpy as np

from spex_core.arrays import BoolArray, FloatArray, IntArray, Samples
from spex_core.engine.checking import call
from spex_core.engine.features import text_masker
from spex_core.fourier.masks import Known
from spex_core.models.base import Backend
from spex_core.runs.store.keys import sample_key, target_of
from spex_core.runs.store.run_store import RunStore


class Interrupted(Exception):  # noqa: N818  # nothing went wrong
    """The user stopped the benchmark; what is paid for is kept."""


class ModelOnText:
    """A model on one text, with what it said before.

    Args:
        text: the input.
        backend: the model.
        unit, masking: see `engine.features.text_masker`.
        store: where passes are kept.
        should_stop: polled between batches.
        tell: called with (made, wanted, passes per second) after each batch.

    Raises:
        InputError: the text cannot be cut, or the model has no answer of its own to score.
    """

    def __init__(
        self,
        text: str,
        backend: Backend,
        unit: str,
        masking: str,
        store: RunStore,
        should_stop: Callable[[], bool] = lambda: False,
        tell: Callable[[int, int, float], None] = lambda made, wanted, speed: None,
    ) -> None:
        masker = text_masker(text, backend, unit, masking)
        settled = backend.settle(text)
        self.labels = tuple(masker.labels)
        self.spans = [(span.start, span.end) for span in masker.spans]
        self.unit = settled.unit
        self._function = settled.value_function(masker)
        self._batch = settled.batch_size(masker)
        self._store = store
        self._key = sample_key(text, target_of(settled), masker.unit, masker.masking, settled.fingerprint)
        self._should_stop = should_stop
        self._tell = tell
        self._known = Known.of(store.samples(self._key, len(self.labels)))

    def __call__(self, masks: BoolArray) -> FloatArray:
        """What the model says of (m, n) masks: (m,) values, asked only where they were not asked before.

        Raises:
            Interrupted: the user stopped it.
            ModelError: see `engine.explain.explain`.
            StoreError: the disk refused.
        """
        return self._known.completed(masks, lambda missing: self._pay(missing, len(masks)))

    def _pay(self, masks: BoolArray, wanted: int) -> FloatArray:
        values = np.zeros(len(masks))
        began, made = time.perf_counter(), 0
        while made < len(masks):
            if self._should_stop():
                raise Interrupted
            batch = masks[made : made + self._batch]
            found = call(self._function, batch, self._nothing, partial(self._keep, batch), self._should_stop)
            if np.isnan(found).any():  # it was stopped meanwhile
                raise Interrupted
            values[made : made + len(batch)] = found
            made += len(batch)
            self._tell(wanted - len(masks) + made, wanted, made / max(time.perf_counter() - began, 1e-9))
        return values

    def _keep(self, masks: BoolArray, rows: IntArray, values: FloatArray) -> None:
        samples = Samples(masks[rows], values)
        self._store.append(self._key, samples)
        self._known.add(samples)  # at once: where a later one fails these are paid for

    def _nothing(self) -> Samples:
        return Samples.empty(len(self.labels))
