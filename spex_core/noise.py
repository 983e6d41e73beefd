"""Noise on the stored values of a run, and what survives it; the model is not asked."""

from __future__ import annotations

import math

from spex_core.engine.design import stream
from spex_core.errors import InputError, check_whole
from spex_core.passes import Passes
from spex_core.survivors import Survivors, survivors

__all__ = ["Survivors", "survivors", "with_noise"]

_LEAST, _MOST = -60, 120


def with_noise(passes: Passes, snr_db: float, seed: int = 0) -> Passes:
    """The passes with independent Gaussian noise on every value that is fitted.

    Its variance is that of the values over uniform masks divided by 10^(snr_db / 10). All kept and all hidden get
    noise as well: they are fitted like any other pass. The unseen masks get none: they judge what was fitted against
    what the model really said.

    Args:
        passes: of a run.
        snr_db: signal-to-noise ratio in decibels, -60 to 120. At 20 the noise has a hundredth of the variance of the
            values, at 0 as much as they have.
        seed: same seed, same noise; another ratio scales it.

    Raises:
        InputError: the ratio is not a number in that range, or the values are too large to have a variance.
    """
    if not _LEAST <= snr_db <= _MOST:  # NaN included
        raise InputError(f"snr_db={snr_db} is out of range; it must be between {_LEAST} and {_MOST} decibels")
    deviation = math.sqrt(passes.variance) * 10.0 ** (-snr_db / 20)
    if not math.isfinite(deviation):
        raise InputError("the stored values are too large to add noise to")
    training = passes.training
    drawn = stream(check_whole("seed", seed, 0), "noise").standard_normal(len(training))
    return passes.revalued(training.values + deviation * drawn)
