"""Which interactions of one result are in another of the same input: kept, lost, new, with the other sign."""

from __future__ import annotations

from dataclasses import dataclass

from spex_core.explanation import Explanation, Interaction


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
        top: only the strongest so many of `before` are followed, and only as many of `after` can be new; default all.

    Raises:
        InputError, ExpansionError: see `Explanation.interactions`; or the two have different features.
    """
    raise NotImplementedError
