"""Recovery@r: how much of the strongest interactions lies among the features that a person marked."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from spex_core.arrays import FloatArray
from spex_core.explanation import Interaction


def recovery_at(interactions: Sequence[Interaction], marked: Collection[int], r: int) -> float:
    """Recovery@r (SPEX, arXiv 2502.13870, section 6): (1/r) sum over i = 1..r of |S* ∩ S_i| / |S_i|, 0 to 1."""
    raise NotImplementedError


def recovery_curve(interactions: Sequence[Interaction], marked: Collection[int], most: int) -> FloatArray:
    """`recovery_at` for r = 1 to `most`: (most,)."""
    raise NotImplementedError
