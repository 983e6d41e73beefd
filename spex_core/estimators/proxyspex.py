"""ProxySPEX: boosted trees on uniform masks, their exact Fourier spectrum, ridge refit on the raw samples."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from spex_core.boosting import tree_spectrum
from spex_core.masks import draw_distinct
from spex_core.protocols import Estimator, Fit, Plan
from spex_core.regression import refit
from spex_core.samples import Samples


class ProxySpex(Estimator):
    """Boosted trees as a stand-in for the model, where interactions are dense and hierarchical.

    ProxySPEX, arXiv 2505.17495. Works on any masks; what trees cannot see (a parity without any effect of its
    parts) it cannot find.
    """

    name: ClassVar[str] = "proxyspex"
    title: ClassVar[str] = "ProxySPEX (boosted trees)"
    summary: ClassVar[str] = "Finds interactions whose parts matter too; good on text at small budgets."

    def minimum(self, n_features: int, max_order: int) -> int:
        """The anchors and six more rows: four folds of two, so that every left-out fold has a spread."""
        return min(8, 1 << n_features)

    def plan(
        self, n_features: int, rows: int, max_order: int, rng: np.random.Generator, avoid: Sequence[bytes] = ()
    ) -> Plan:
        """Uniform masks in antithetic pairs."""
        return Plan(draw_distinct(n_features, rows, rng, avoid))

    def fit(self, samples: Samples, plan: Plan, max_order: int, rng: np.random.Generator) -> Fit:
        """Trees propose and rank the supports, the ridge on all rows sets their coefficients."""
        return refit(samples, tree_spectrum(samples, max_order, rng).supports, rng)
