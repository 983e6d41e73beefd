"""The exact transform: every mask evaluated, every coefficient known."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from spex_core.arrays import Samples
from spex_core.coding.cube import cube_spectrum
from spex_core.coding.plan import Plan
from spex_core.errors import InputError
from spex_core.estimation.base import Estimator, Fit
from spex_core.fourier.masks import MOST_CUBE_FEATURES


class Exact(Estimator):
    """Fast Walsh-Hadamard transform of all 2^n values; no estimation at all."""

    name: ClassVar[str] = "exact"
    title: ClassVar[str] = "Exact transform"
    summary: ClassVar[str] = "Evaluates all 2^n masks; for at most 20 features."
    needs_whole_plan: ClassVar[bool] = True
    exact: ClassVar[bool] = True

    def minimum(self, n_features: int, max_order: int) -> int:
        """All 2^n masks but the anchors.

        Raises:
            InputError: more than 20 features.
        """
        if n_features > MOST_CUBE_FEATURES:
            raise InputError(
                f'estimator="exact" evaluates all 2^n masks and takes at most {MOST_CUBE_FEATURES} features, '
                f'not {n_features}; use estimator="auto"'
            )
        return (1 << n_features) - 2

    def highest_order(self, n_features: int, rows: int, max_order: int) -> int:
        """Any: every coefficient is known."""
        return min(max_order, n_features)

    def fit(self, samples: Samples, plan: Plan, max_order: int, rng: np.random.Generator) -> Fit:
        """Transform, then keep orders up to `max_order`."""
        in_cube_order = np.lexsort(samples.masks.T[::-1])
        spectrum = cube_spectrum(samples.values[in_cube_order], max_order)
        return Fit(spectrum, np.zeros((0, len(spectrum))))
