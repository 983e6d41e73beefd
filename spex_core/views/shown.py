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

NEGLIGIBLE = 1e-9  # relative to the largest value: rounding, not an effect
MOST_ROWS = 200  # of each kind: single features, and groups
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
    index: str = "FBII"
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
        """Those of two or more features, strongest first."""
        return [interaction for interaction in self.found if interaction.order > 1]

    @property
    def first_order_index(self) -> str:
        """The single-feature index that belongs to the index: SV for the Shapley family, BV for all others."""
        return "SV" if self.index in SHAPLEY_FAMILY else "BV"

    @cached_property
    def singles(self) -> list[float]:
        """Signed effect of each feature on average over what else is kept (BV or SV, whatever the order): n floats, 0
        where not significant."""
        values = [0.0] * self.explanation.n_features
        for interaction in self.explanation.interactions(self.first_order_index):
            if interaction.order == 1 and interaction.significant:
                values[interaction.features[0]] = interaction.value
        return values

    @cached_property
    def terms(self) -> list[Interaction]:
        """The `effective` Fourier coefficients of order >= 1, strongest first, whatever the index and the order."""
        return effective(self.explanation.interactions("Fourier"))

    @cached_property
    def rows(self) -> list[dict[str, Any]]:
        """The strongest `MOST_ROWS` groups and as many single features, strongest first, as plain data.

        Groups are numbered 1, 2, ... by strength: the number is the badge that their members share. Single features
        have number 0.

        Each row holds number, features, order, value, low, high (None where exact), ``reappears`` (in how many
        resamples, None where nothing was resampled), ``steady`` (in enough of them, or not resampled).
        """
        enough = STEADY * self.explanation.resamples
        rows: list[dict[str, Any]] = []
        groups = singles = 0
        for interaction in self.found:
            joint = interaction.order > 1
            groups, singles = groups + joint, singles + (not joint)
            if (groups if joint else singles) > MOST_ROWS:
                continue
            rows.append(
                {
                    "number": groups if joint else 0,
                    "features": list(interaction.features),
                    "order": interaction.order,
                    "value": interaction.value,
                    "low": interaction.low,
                    "high": interaction.high,
                    "reappears": interaction.reappears,
                    "steady": interaction.reappears is None or interaction.reappears >= enough,
                }
            )
        return rows
