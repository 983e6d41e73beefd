"""First-order fit under uniform masks: the faith-Banzhaf ridge."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from spex_core.masks import draw_distinct
from spex_core.protocols import Estimator, Fit, Plan
from spex_core.regression import refit
from spex_core.samples import Samples


class BanzhafRidge(Estimator):
    """One coefficient per feature, ridge on uniform masks.

    Under uniform masks the least-squares first-order fit has the Banzhaf values as its slopes
    (Hammer & Holzman, ZOR 36, 1992), the baseline called LIME or faith-Banzhaf of order 1 in SPEX, section 6.
    """

    name: ClassVar[str] = "banzhaf"
    title: ClassVar[str] = "First order (Banzhaf ridge)"
    summary: ClassVar[str] = "Each feature alone; works at any budget and sees no interactions."
    first_order_only: ClassVar[bool] = True

    def minimum(self, n_features: int, max_order: int) -> int:
        """One row beside the anchors."""
        return min(1, (1 << n_features) - 2)

    def plan(
        self, n_features: int, rows: int, max_order: int, rng: np.random.Generator, avoid: Sequence[bytes] = ()
    ) -> Plan:
        """Uniform masks in antithetic pairs."""
        return Plan(draw_distinct(n_features, rows, rng, avoid))

    def fit(self, samples: Samples, plan: Plan, max_order: int, rng: np.random.Generator) -> Fit:
        """Ridge on the n first-order Walsh functions."""
        return refit(samples, [(i,) for i in range(samples.masks.shape[1])], rng)
