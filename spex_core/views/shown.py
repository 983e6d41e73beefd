"""An explanation as it is looked at: under one interaction index, up to one order. Every view reads it from here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from spex_core.errors import ExpansionError
from spex_core.explanation.result import Explanation, Interaction
from spex_core.fourier.indices import canonical
from spex_core.fourier.stability import STEADY

INDEX = "BII"
"""The index that views open with: an effect is an average over all masks, (-2)^|S| F(S). The order cuts its list and
changes no value, and what else a run lists or misses moves none."""
NEGLIGIBLE = 1e-9  # relative to the largest value: rounding, not an effect
MOST_ROWS = 200  # of each kind: single features, and groups
WEAK = 0.5
"""Share of the resamples below which a finding hardly reappears."""
SHAPLEY_FAMILY = frozenset({"SV", "SII", "STII", "FSII"})


def effective(interactions: Sequence[Interaction]) -> list[Interaction]:
    """Those that are significant and not zero up to rounding, in the same order.

    What does not stand clear of its own uncertainty is not shown as a finding; it stays in the download.
    """
    largest = max((abs(interaction.value) for interaction in interactions), default=0.0)
    return [i for i in interactions if i.features and i.significant and abs(i.value) > NEGLIGIBLE * largest]


@dataclass(frozen=True, eq=False)
class Shown:
    """What several views of one explanation need, each worked out once and by the first view that asks.

    Views share what is cached here, so none may change it.

    Attributes:
        explanation: the run.
        index: interaction index in any spelling; afterwards in the one of `spex_core.fourier.indices`.
        order: largest order of the index, None for any.

    Raises:
        InputError: unknown index; an order below 1 (by the properties that need one).
    """

    explanation: Explanation
    index: str = INDEX
    order: int | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "index", canonical(self.index))

    def under(self, index: str) -> Shown:
        """The same explanation and order under another index; itself under its own."""
        return self if index == self.index else Shown(self.explanation, index, self.order)

    @cached_property
    def problem(self) -> str:
        """Why there is nothing to list under this index: its conversion would grow past its cap; "" where it does not.
        Then `found`, `groups` and `rows` raise that ExpansionError."""
        try:
            _ = self.found
        except ExpansionError as error:
            return str(error)
        return ""

    @cached_property
    def found(self) -> list[Interaction]:
        """The `effective` interactions, strongest first."""
        return effective(self.explanation.interactions(self.index, self.order))

    @cached_property
    def groups(self) -> list[Interaction]:
        """Those of two or more features that are not `weak`, strongest first: the list that is numbered and drawn."""
        return [interaction for interaction in self.found if interaction.order > 1 and not self.weak(interaction)]

    def weak(self, interaction: Interaction) -> bool:
        """Whether it hardly reappears: in fewer than half of the resamples. It is listed apart and never drawn."""
        return interaction.reappears is not None and interaction.reappears < WEAK * self.explanation.resamples

    @property
    def single_index(self) -> str:
        """The index of `singles`: this one; where it has a `problem`, the one of single features that belongs to it, SV
        for the Shapley family and BV for all others."""
        if not self.problem:
            return self.index
        return "SV" if self.index in SHAPLEY_FAMILY else "BV"

    @cached_property
    def singles(self) -> list[float]:
        """Value of each feature by itself under `single_index`: n floats, 0 where it is not in `found` or is `weak`."""
        values = [0.0] * self.explanation.n_features
        for interaction in self.under(self.single_index).found:
            if interaction.order == 1 and not self.weak(interaction):
                values[interaction.features[0]] = interaction.value
        return values

    @cached_property
    def scale(self) -> float:
        """The largest magnitude of a value: every view rounds to the figures that it needs."""
        listed = [] if self.problem else [abs(interaction.value) for interaction in self.found]
        return max([*listed, *map(abs, self.singles)], default=0.0)

    def push(self, value: float, order: int) -> int:
        """Which way the output goes while a group of this value is kept: 1 up, -1 down, 0 where the value is 0.

        A Fourier coefficient of odd order is negative where keeping the group raises the output; every other index has
        the sign of the effect."""
        turned = -value if self.index == "Fourier" and order % 2 else value
        return (turned > 0) - (turned < 0)

    @cached_property
    def terms(self) -> list[Interaction]:
        """The `effective` Fourier coefficients of order >= 1, strongest first, whatever the index and the order."""
        return effective(self.explanation.interactions("Fourier"))

    @cached_property
    def rows(self) -> list[dict[str, Any]]:
        """The strongest `MOST_ROWS` groups and as many single features, strongest first, then as many that are `weak`,
        as plain data.

        Groups are numbered 1, 2, ... by strength: the number is the badge that their members share. Single features
        and what is weak have number 0.

        Each row holds number, features, order, value, ``push`` (see `push`), low, high (None where exact),
        ``reappears`` (in how many resamples, None where nothing was resampled), ``steady`` (in enough of them, or not
        resampled), ``weak``.
        """
        numbers = {group.features: number for number, group in enumerate(self.groups, start=1)}
        singles = [i for i in self.found if i.order == 1 and not self.weak(i)]
        weak = [i for i in self.found if self.weak(i)]
        kept = {i.features for i in (*self.groups[:MOST_ROWS], *singles[:MOST_ROWS])}
        listed = [i for i in self.found if i.features in kept]
        return [self._row(i, numbers.get(i.features, 0)) for i in (*listed, *weak[:MOST_ROWS])]

    def _row(self, interaction: Interaction, number: int) -> dict[str, Any]:
        enough = STEADY * self.explanation.resamples
        return {
            "number": number,
            "features": list(interaction.features),
            "order": interaction.order,
            "value": interaction.value,
            "push": self.push(interaction.value, interaction.order),
            "low": interaction.low,
            "high": interaction.high,
            "reappears": interaction.reappears,
            "steady": interaction.reappears is None or interaction.reappears >= enough,
            "weak": self.weak(interaction),
        }
