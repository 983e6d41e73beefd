"""First-order fit weighted towards the unmasked input, as LIME does."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from spex_core.arrays import Samples
from spex_core.coding.plan import Plan
from spex_core.estimation.base import Fit, UniformEstimator
from spex_core.estimation.regression import refit

_KERNEL_WIDTH = 0.25


class Lime(UniformEstimator):
    """One coefficient per feature, rows weighted by their cosine similarity to the full input.

    The weighting of LIME for text (Ribeiro et al., KDD 2016, section 3.3) with the exponential kernel
    on cosine distance, on uniform masks so that its faithfulness can be compared with the others'.
    """

    name: ClassVar[str] = "lime"
    title: ClassVar[str] = "First order (LIME weighting)"
    summary: ClassVar[str] = "Each feature alone, trusting masks near the full input more."
    first_order_only: ClassVar[bool] = True

    def fit(self, samples: Samples, plan: Plan, max_order: int, rng: np.random.Generator) -> Fit:
        """Weighted ridge on the n first-order Walsh functions."""
        kept = samples.masks.mean(axis=1)
        distance = 1.0 - np.sqrt(kept)  # cosine between a 0/1 row and the row of ones is the root of its mean
        weights = np.exp(-(distance**2) / _KERNEL_WIDTH**2) + 1e-6
        return refit(
            samples, [(i,) for i in range(samples.masks.shape[1])], rng, row_weights=weights, anchor_weight=1.0
        )
