"""Recovery@r: how much of the strongest interactions lies among the features that a person marked."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from spex_core.arrays import FloatArray
from spex_core.errors import check_whole
from spex_core.explanation.result import Interaction


def recovery_at(interactions: Sequence[Interaction], marked: Collection[int], r: int) -> float:
    """Recovery@r (SPEX, arXiv 2502.13870, section 6): (1/r) sum over i = 1..r of |S* ∩ S_i| / |S_i|, 0 to 1.

    Args:
        interactions: of any order >= 1; S_1, ..., S_r are those of largest absolute value.
        marked: positions S* of the features that matter.
        r: how many interactions count. Where there are fewer, those that are missing recover nothing.

    Raises:
        InputError: r is not a whole number from 1.
    """
    r = check_whole("r", r, 1)
    return float(_shares(interactions, marked, r).sum()) / r


def recovery_curve(interactions: Sequence[Interaction], marked: Collection[int], most: int) -> FloatArray:
    """`recovery_at` for r = 1 to `most`: (most,).

    Raises:
        InputError: `most` is not a whole number from 1.
    """
    most = check_whole("most", most, 1)
    shares = np.zeros(most)
    found = _shares(interactions, marked, most)
    shares[: len(found)] = found
    curve: FloatArray = np.cumsum(shares) / np.arange(1, most + 1)
    return curve


def recovery_by_chance(marked: Collection[int], n_features: int) -> float:
    """What Recovery@r is on average, for any r, where groups are drawn blindly: the marked share of the features."""
    return len(frozenset(marked)) / n_features if n_features else 0.0


def _shares(interactions: Sequence[Interaction], marked: Collection[int], most: int) -> FloatArray:
    """Marked share of each of the strongest, at most so many."""
    inside = frozenset(marked)
    strongest = sorted((each for each in interactions if each.features), key=lambda each: -abs(each.value))[:most]
    return np.array([len(inside.intersection(each.features)) / each.order for each in strongest], dtype=np.float64)
