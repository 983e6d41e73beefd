"""Shapley-Taylor (Sundararajan, Dhamdhere and Agarwal, ICML 2020, arXiv 1902.05622), by the package shapiq."""

from __future__ import annotations

from math import comb
from typing import ClassVar

import numpy as np

from spex_core.arrays import Samples, ValueFunction
from spex_core.fourier.masks import Known
from spex_core.fourier.spectrum import Spectrum
from spex_core.trust.baseline import Baseline, from_moebius, n_terms, no_groups, quiet
from spex_core.trust.shapiq_adapter import approximated

_MOST_FEATURES = 12  # shapiq's exact computation walks through 2^n masks for every group


class ShapleyTaylor(Baseline):
    """What each group of fewer than `order` features adds to the empty input; groups of `order` share the rest.

    It is made of the values of certain masks, not fitted to any: those that keep fewer than `order` features, and whole
    chains of masks up to the full input. Random passes hold next to none of them, so it runs where all are known.
    """

    name: ClassVar[str] = "shapley-taylor"
    title: ClassVar[str] = "Shapley-Taylor"
    draws_own: ClassVar[bool] = True
    package: ClassVar[str] = "shapiq"
    orders: ClassVar[tuple[int, ...]] = (1, 2, 3, 4)
    whole_cube: ClassVar[bool] = True

    def too_much(self, n_features: int, rows: int, order: int) -> str:
        """Only the time of the exact computation."""
        if n_features > _MOST_FEATURES:
            return f"All 2^{n_features} passes would take shapiq minutes."
        return ""

    def reason_live(self, n_features: int, budget: int, order: int) -> str:
        """One permutation of the features must be affordable."""
        if order == 1:
            return "At order 1 it is the Shapley value, which Kernel SHAP estimates."
        if order > n_features:
            return no_groups(n_features, order)
        lowest = n_terms(n_features, order - 1) + 1 + (comb(n_features, order) << order)
        return self.missing() if budget >= lowest else f"It needs {lowest:,} passes at least; these are {budget:,}."

    def fit(self, samples: Samples, order: int, rng: np.random.Generator) -> Spectrum:
        """shapiq's exact computation from all 2^n passes."""
        n = samples.masks.shape[1]
        known = Known.of(samples)  # all 2^n masks
        with quiet():
            from shapiq import ExactComputer

            computer = ExactComputer(lambda masks: known.look_up(masks != 0), n)
            found = computer("STII", order).dict_values
        terms = {tuple(group): float(value) for group, value in found.items() if group}
        return from_moebius(n, [(), *terms], np.array([samples.values[1], *terms.values()]))

    def live(
        self, function: ValueFunction, n_features: int, budget: int, order: int, rng: np.random.Generator
    ) -> Spectrum:
        """shapiq's permutation sampling: all masks that keep fewer than `order`, then whole permutations."""
        return approximated("PermutationSamplingSTII", function, n_features, budget, order, rng)
