"""Noise on the stored values of a run, and what survives it; the model is not asked."""

from __future__ import annotations

import math
from dataclasses import dataclass

from spex_core.arrays import Support
from spex_core.engine.design import stream
from spex_core.errors import InputError, check_whole
from spex_core.explanation.result import Explanation, Interaction
from spex_core.trust.passes import Passes

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


@dataclass(frozen=True)
class Survivors:
    """What became of the significant interactions, strongest first.

    Attributes:
        kept: in both with the same sign, (before, after).
        turned: in both with the other sign, (before, after).
        lost: before only.
        new: after only.
    """

    kept: tuple[tuple[Interaction, Interaction], ...]
    turned: tuple[tuple[Interaction, Interaction], ...]
    lost: tuple[Interaction, ...]
    new: tuple[Interaction, ...]


def survivors(
    before: Explanation, after: Explanation, index: str = "FBII", order: int | None = None, top: int | None = None
) -> Survivors:
    """Compare the significant interactions of two results.

    Args:
        before, after: results of one input, such as before and after noise.
        index, order: see `Explanation.interactions`.
        top: only so many of the strongest of `before` are followed, and as many of `after` can be new; default all.

    Raises:
        InputError, ExpansionError: see `Explanation.interactions`; or the two have different features.
    """
    if before.features != after.features:
        raise InputError("the two results have different features, so their interactions cannot be compared")
    if order is None:  # some indices depend on it, so it must be the same for both
        order = max(1, before.spectrum.max_order, after.spectrum.max_order)
    had, has = (_significant(each, index, order) for each in (before, after))
    strongest = list(had)[:top]
    both = [(had[features], has[features]) for features in strongest if features in has]
    return Survivors(
        kept=tuple(pair for pair in both if _agree(*pair)),
        turned=tuple(pair for pair in both if not _agree(*pair)),
        lost=tuple(had[features] for features in strongest if features not in has),
        new=tuple(has[features] for features in list(has)[:top] if features not in had),
    )


def _significant(explanation: Explanation, index: str, order: int) -> dict[Support, Interaction]:
    return {each.features: each for each in explanation.interactions(index, order) if each.significant}


def _agree(before: Interaction, after: Interaction) -> bool:
    return (before.value > 0) == (after.value > 0)
