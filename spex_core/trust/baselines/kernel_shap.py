"""Kernel SHAP (Lundberg and Lee, NeurIPS 2017, arXiv 1705.07874), by the package shap."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar

import numpy as np

from spex_core.arrays import ANCHORS, FloatArray, Samples, ValueFunction
from spex_core.fourier.spectrum import Spectrum
from spex_core.trust.baseline import Baseline, from_moebius, quiet
from spex_core.trust.shapley_weights import shapley_weights, weight_notes


class KernelShap(Baseline):
    """Shapley values: the regression under the Shapley kernel that is exact on the full and on the empty input.

    shap's own solver is given the passes and their weights in place of masks that it would draw. Its selection of
    features (`l1_reg`) is off.
    """

    name: ClassVar[str] = "kernel-shap"
    title: ClassVar[str] = "Kernel SHAP"
    draws_own: ClassVar[bool] = True
    package: ClassVar[str] = "shap"

    def notes(self, samples: Samples, order: int) -> tuple[str, ...]:
        """How many passes carry its weights."""
        return (*super().notes(samples, order), *weight_notes(samples, self.title))

    def fit(self, samples: Samples, order: int, rng: np.random.Generator) -> Spectrum:
        """`KernelExplainer.solve` on the passes."""
        n = samples.masks.shape[1]
        full, empty = samples.values[:ANCHORS].tolist()
        values = np.array([full - empty])
        if n > 1:
            with quiet():
                values = _solved(samples)
        return from_moebius(n, [(), *((i,) for i in range(n))], np.array([empty, *values.tolist()]))

    def live(
        self, function: ValueFunction, n_features: int, budget: int, order: int, rng: np.random.Generator
    ) -> Spectrum:
        """`KernelExplainer` on masks that it draws, its selection of features off."""
        with quiet():
            import shap

            explainer = shap.KernelExplainer(lambda rows: function(rows != 0), np.zeros((1, n_features)), silent=True)
            settings = {"nsamples": budget - ANCHORS, "l1_reg": False}
            with _seeded(rng):
                found = explainer.shap_values(np.ones((1, n_features)), silent=True, **settings)
        empty = float(function(np.zeros((1, n_features), dtype=bool))[0])
        values = np.concatenate([[empty], np.asarray(found, dtype=np.float64).ravel()])
        return from_moebius(n_features, [(), *((i,) for i in range(n_features))], values)


@contextmanager
def _seeded(rng: np.random.Generator) -> Iterator[None]:
    """shap draws from NumPy's global generator: seeded here, and left as it was found."""
    before = np.random.get_state()
    np.random.seed(int(rng.integers(2**31)))
    try:
        yield
    finally:
        np.random.set_state(before)


def _solved(samples: Samples) -> FloatArray:
    """(n,) Shapley values."""
    import shap

    full, empty = samples.values[:ANCHORS].tolist()
    background = np.zeros((1, samples.masks.shape[1]))
    explainer = shap.KernelExplainer(lambda rows: np.full(len(rows), empty), background, silent=True)
    explainer.M = samples.masks.shape[1]
    explainer.l1_reg = False
    explainer.fx = np.array([full])
    explainer.maskMatrix = samples.masks[ANCHORS:].astype(np.float64)
    explainer.kernelWeights = shapley_weights(samples)[ANCHORS:]
    explainer.ey = samples.values[ANCHORS:, None]
    values: FloatArray = explainer.solve(1.0, 0)[0]
    return values
