"""Faith-Shapley (Tsai, Yeh and Ravikumar, JMLR 24, 2023, arXiv 2203.00870), by the package shapiq."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from spex_core.arrays import Samples, ValueFunction
from spex_core.fourier.spectrum import Spectrum
from spex_core.trust.baseline import Baseline
from spex_core.trust.shapiq_adapter import STEPS_PER_FEATURE, approximated, regression
from spex_core.trust.shapley_weights import weight_notes


class FaithShapley(Baseline):
    """Least squares on every group of up to `order` features under the Shapley kernel, through the full and the empty
    input (up to shapiq's large finite weight for these two)."""

    name: ClassVar[str] = "faith-shapley"
    title: ClassVar[str] = "Faith-Shapley"
    draws_own: ClassVar[bool] = True
    package: ClassVar[str] = "shapiq"
    orders: ClassVar[tuple[int, ...]] = (1, 2, 3, 4)
    steps_per_feature: ClassVar[float] = STEPS_PER_FEATURE

    def notes(self, samples: Samples, order: int) -> tuple[str, ...]:
        """How many passes carry its weights."""
        return (*super().notes(samples, order), *weight_notes(samples, self.title))

    def fit(self, samples: Samples, order: int, rng: np.random.Generator) -> Spectrum:
        """shapiq's regression on the passes."""
        return regression("RegressionFSII", samples, order)

    def live(
        self, function: ValueFunction, n_features: int, budget: int, order: int, rng: np.random.Generator
    ) -> Spectrum:
        """shapiq's regression on masks that it draws."""
        return approximated("RegressionFSII", function, n_features, budget, order, rng)
