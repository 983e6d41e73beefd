"""Gaussian process with one relevance per feature, read off in the Walsh basis."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from spex_core.kernel import relevant_terms
from spex_core.protocols import Fit, Plan
from spex_core.regression import refit
from spex_core.samples import Samples
from spex_core.uniform import UniformEstimator


class GaussianProcess(UniformEstimator):
    """Kernel relevances propose the terms and their prior; a ridge under that prior fits them.

    The prior says that interactions are likely among relevant features, which suits dense, hierarchical
    functions such as language models; see `spex_core.kernel`.
    """

    name: ClassVar[str] = "gp"
    title: ClassVar[str] = "Gaussian process"
    summary: ClassVar[str] = "Interactions among relevant features; strong on dense functions such as text."

    def fit(self, samples: Samples, plan: Plan, max_order: int, rng: np.random.Generator) -> Fit:
        """Relevances, then the strongest terms, then ridge."""
        terms = relevant_terms(samples, max_order)
        return refit(samples, terms.supports, rng, prior=terms.prior)
