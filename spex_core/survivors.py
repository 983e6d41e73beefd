"""Which interactions of one result are in another of the same input: kept, lost, new, with the other sign."""

from __future__ import annotations

from dataclasses import dataclass

from spex_core.arrays import Support
from spex_core.errors import InputError
from spex_core.explanation.result import Explanation, Interaction


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
