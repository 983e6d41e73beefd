"""What estimators share that take any masks: any number of rows will do."""

from __future__ import annotations

from typing import ClassVar

from spex_core.protocols import Estimator


class UniformEstimator(Estimator):
    """An estimator that fits whatever part of the masks it gets."""

    fewest_rows: ClassVar[int] = 1

    def minimum(self, n_features: int, max_order: int) -> int:
        """`fewest_rows` beside the anchors, or all there are."""
        return min(self.fewest_rows, (1 << n_features) - 2)
