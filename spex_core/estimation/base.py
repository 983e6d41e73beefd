"""What an estimator is, and what it hands back."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from spex_core.arrays import FloatArray, Samples
from spex_core.coding.plan import Plan, plan_masks
from spex_core.fourier.spectrum import Spectrum

if TYPE_CHECKING:
    from spex_core.estimation.stacking import CrossFit


_ROWS_PER_PATTERN = 16


@dataclass(frozen=True, eq=False)
class Fit:
    """What an estimator recovered: a listed spectrum and, where it has another that predicts better, an accurate one.

    Attributes:
        spectrum: the listed one: sparse, what a person reads and sees drawn.
        draws: (B, k) float64, posterior draws of the coefficients (order of columns = order of
            `spectrum.supports`); (0, k) where the result is exact.
        notes: sentences a person should read.
        estimator: name of what produced the spectrum where that is not the estimator asked (auto), else "".
        accurate: the accurate one: as many terms as it takes to predict; None where the listed one predicts.
        cross: fits like this one that left out a part of the rows in turn, which sharpen the judgement on unseen
            masks; None where the estimator makes none.
        resampled: (B, k) what resamples of the rows make of the coefficients, 0 where they don't list it (see
            `spex_core.fourier.stability`); None where nothing was resampled.
    """

    spectrum: Spectrum
    draws: FloatArray
    notes: tuple[str, ...] = ()
    estimator: str = ""
    accurate: Spectrum | None = None
    cross: CrossFit | None = None
    resampled: FloatArray | None = None


class Estimator(ABC):
    """Turns masks and values into a spectrum. Stateless: every call gets all it needs."""

    name: ClassVar[str]
    title: ClassVar[str]
    summary: ClassVar[str]
    needs_whole_plan: ClassVar[bool] = False
    """True where `fit` cannot work on a part of the planned rows (a run that was stopped early)."""
    first_order_only: ClassVar[bool] = False
    """True where single features alone are fitted."""
    exact: ClassVar[bool] = False
    """True where all 2^n values are transformed and nothing is estimated: every value counts as the model gave it."""

    @abstractmethod
    def minimum(self, n_features: int, max_order: int) -> int:
        """Fewest rows that `plan` accepts; all-kept and all-hidden come on top and are not counted."""

    def resolve(self, n_features: int, rows: int, max_order: int) -> str:
        """Name of what would fit `rows` training rows: its own, unless it chooses among others."""
        return self.name

    def highest_order(self, n_features: int, rows: int, max_order: int) -> int:
        """Largest interaction order, at most `max_order`, that `rows` training rows can show.

        Here the largest k of which uniform masks put about 16 rows in each of the 2^k patterns of kept and hidden.
        """
        order, most = 1, 1 if self.first_order_only else min(max_order, n_features)
        while order < most and rows >= _ROWS_PER_PATTERN << (order + 1):
            order += 1
        return order

    def plan(
        self, n_features: int, rows: int, max_order: int, rng: np.random.Generator, avoid: Sequence[bytes] = ()
    ) -> Plan:
        """The masks of a run: the same for every estimator, so that changing it costs no pass.

        Args:
            n_features: n >= 1.
            rows: most rows to choose, at least `minimum(n_features, max_order)`; anchors not counted.
            max_order: largest order of interest.
            rng: the only source of randomness.
            avoid: `masks.row_keys` of masks set aside as unseen test masks, or already chosen
                (all kept and all hidden are always evaluated and always in `avoid`).
        """
        return plan_masks(n_features, rows, max_order, rng, avoid)

    @abstractmethod
    def fit(self, samples: Samples, plan: Plan, max_order: int, rng: np.random.Generator) -> Fit:
        """Recover a spectrum.

        Args:
            samples: rows 0 and 1 are all-kept and all-hidden, then the rows of `plan.masks` in that order;
                where `needs_whole_plan` is False, any part of those rows after a run that was stopped.
            plan: the plan the rows came from.
            max_order: no returned support is larger.
            rng: the only source of randomness.
        """


class UniformEstimator(Estimator):
    """An estimator that fits whatever part of the masks it gets."""

    fewest_rows: ClassVar[int] = 1

    def minimum(self, n_features: int, max_order: int) -> int:
        """`fewest_rows` beside the anchors, or all there are."""
        return min(self.fewest_rows, (1 << n_features) - 2)
