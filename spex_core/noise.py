"""Noise on the stored values of a run, and what survives it; the model is not asked."""

from __future__ import annotations

from spex_core.passes import Passes
from spex_core.survivors import Survivors, survivors

__all__ = ["Survivors", "survivors", "with_noise"]


def with_noise(passes: Passes, snr_db: float, seed: int = 0) -> Passes:
    """The passes with independent Gaussian noise on every value that is fitted.

    Its variance is that of the values over uniform masks divided by 10^(snr_db / 10). All kept and all hidden get
    noise as well: they are fitted like any other pass. The unseen masks get none: they judge what was fitted against
    what the model really said.

    Args:
        passes: of a run.
        snr_db: signal-to-noise ratio in decibels, -60 to 120: at 20 the noise has a hundredth of the variance, at 0 all of it.
        seed: same seed, same noise; another ratio scales it.

    Raises:
        InputError: the ratio is not a number in that range.
    """
    raise NotImplementedError
