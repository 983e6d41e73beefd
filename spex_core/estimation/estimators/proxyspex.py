"""ProxySPEX: boosted trees on uniform masks, their exact Fourier spectrum, ridge refit on the raw samples."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from spex_core.arrays import Samples
from spex_core.coding.plan import Plan
from spex_core.estimation.base import Fit, UniformEstimator
from spex_core.estimation.boosting import tree_spectrum
from spex_core.estimation.regression import refit


class ProxySpex(UniformEstimator):
    """Boosted trees as a stand-in for the model, where interactions are dense and hierarchical.

    ProxySPEX, arXiv 2505.17495, with a first look at single features, pairs and triples. Works on any masks. A
    parity of four or more features without any effect of its parts stays hidden from it.
    """

    name: ClassVar[str] = "proxyspex"
    title: ClassVar[str] = "ProxySPEX (boosted trees)"
    summary: ClassVar[str] = "Finds interactions whose parts matter too; good on text at small budgets."
    fewest_rows: ClassVar[int] = 6  # with the anchors four folds of two, so that every left-out fold has a spread

    def fit(self, samples: Samples, plan: Plan, max_order: int, rng: np.random.Generator) -> Fit:
        """Trees propose and rank the supports, the ridge on all rows sets their coefficients."""
        return refit(samples, tree_spectrum(samples, max_order, rng).supports, rng)
