"""Masked passes per second on this machine, measured with the model itself."""

from __future__ import annotations

import time

import numpy as np

from spex_core.inputs.base import Masker
from spex_core.models.base import Backend

_PROBE_SECONDS = 0.4


def passes_per_second(backend: Backend, masker: Masker) -> float:
    """Measure how fast `backend` scores uniform masks of `masker`'s input.

    One warm-up call, then calls of the run's own batch size until about 0.4 s have passed.
    """
    function = backend.value_function(masker)
    rng = np.random.default_rng(0)
    size = min(backend.batch_size(masker), 64)
    masks = rng.random((size, masker.n_features)) < 0.5
    function(masks[: max(1, size // 8)])
    done, began = 0, time.perf_counter()
    while (elapsed := time.perf_counter() - began) < _PROBE_SECONDS:
        function(masks)
        done += size
    return done / elapsed
