"""Gaussian process with one relevance per feature, read off in the Walsh basis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from spex_core.kernel import relevant_terms
from spex_core.masks import draw_distinct
from spex_core.protocols import Estimator, Fit, Plan
from spex_core.regression import refit
from spex_core.samples import Samples


class GaussianProcess(Estimator):
    """Kernel relevances propose the terms and their prior; a ridge under that prior fits them.

    The prior says that interactions are likely among relevant features, which suits dense, hierarchical
    functions such as language models; see `spex_core.kernel`.
    """

    name: ClassVar[str] = "gp"
    title: ClassVar[str] = "Gaussian process"
    summary: ClassVar[str] = "Interactions among relevant features; strong on dense functions such as text."

    def minimum(self, n_features: int, max_order: int) -> int:
        """One row beside the anchors."""
        return min(1, (1 << n_features) - 2)

    def plan(
        self, n_features: int, rows: int, max_order: int, rng: np.random.Generator, avoid: Sequence[bytes] = ()
    ) -> Plan:
        """Uniform masks in antithetic pairs."""
        return Plan(draw_distinct(n_features, rows, rng, avoid))

    def fit(self, samples: Samples, plan: Plan, max_order: int, rng: np.random.Generator) -> Fit:
        """Relevances, then the strongest terms, then ridge."""
        terms = relevant_terms(samples, max_order)
        return refit(samples, terms.supports, rng, prior=terms.prior)
