"""First-order fit under uniform masks: the faith-Banzhaf ridge."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from spex_core.arrays import Samples
from spex_core.coding.plan import Plan
from spex_core.estimation.base import Fit, UniformEstimator
from spex_core.estimation.regression import refit


class BanzhafRidge(UniformEstimator):
    """One coefficient per feature, ridge on uniform masks.

    Under uniform masks the least-squares first-order fit has the Banzhaf values as its slopes
    (Hammer & Holzman, ZOR 36, 1992), the baseline called LIME or faith-Banzhaf of order 1 in SPEX, section 6.
    """

    name: ClassVar[str] = "banzhaf"
    title: ClassVar[str] = "First order (Banzhaf ridge)"
    summary: ClassVar[str] = "Each feature alone; works at any budget and sees no interactions."
    first_order_only: ClassVar[bool] = True

    def fit(self, samples: Samples, plan: Plan, max_order: int, rng: np.random.Generator) -> Fit:
        """Ridge on the n first-order Walsh functions."""
        return refit(samples, [(i,) for i in range(samples.masks.shape[1])], rng)
