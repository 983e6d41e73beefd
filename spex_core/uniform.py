"""What estimators on uniform masks share: any number of rows will do, drawn in antithetic pairs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from spex_core.masks import draw_distinct
from spex_core.protocols import Estimator, Plan


class UniformEstimator(Estimator):
    """An estimator that plans uniform masks and fits whatever part of them it gets."""

    fewest_rows: ClassVar[int] = 1

    def minimum(self, n_features: int, max_order: int) -> int:
        """`fewest_rows` beside the anchors, or all there are."""
        return min(self.fewest_rows, (1 << n_features) - 2)

    def plan(
        self, n_features: int, rows: int, max_order: int, rng: np.random.Generator, avoid: Sequence[bytes] = ()
    ) -> Plan:
        """Uniform masks in antithetic pairs."""
        return Plan(draw_distinct(n_features, rows, rng, avoid))
