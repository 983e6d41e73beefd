"""Faith-Banzhaf (Tsai, Yeh and Ravikumar, JMLR 24, 2023, arXiv 2203.00870), by the package shapiq."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from spex_core.arrays import Samples
from spex_core.fourier.spectrum import Spectrum
from spex_core.trust.baseline import Baseline
from spex_core.trust.shapiq_adapter import STEPS_PER_FEATURE, regression


class FaithBanzhaf(Baseline):
    """Least squares on every group of up to `order` features, all masks counting the same."""

    name: ClassVar[str] = "faith-banzhaf"
    title: ClassVar[str] = "Faith-Banzhaf"
    package: ClassVar[str] = "shapiq"
    orders: ClassVar[tuple[int, ...]] = (1, 2, 3, 4)
    steps_per_feature: ClassVar[float] = STEPS_PER_FEATURE

    def fit(self, samples: Samples, order: int, rng: np.random.Generator) -> Spectrum:
        """shapiq's regression on the passes."""
        return regression("RegressionFBII", samples, order)
