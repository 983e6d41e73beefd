"""Gaussian process with one relevance per feature, read off in the Walsh basis."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from spex_core.arrays import Samples
from spex_core.coding.plan import Plan
from spex_core.estimation.base import Fit, UniformEstimator
from spex_core.estimation.posterior import Process
from spex_core.estimation.regression import DRAWS, refit
from spex_core.fourier.spectrum import Spectrum
from spex_core.fourier.stability import retested

_LISTED = 500


class GaussianProcess(UniformEstimator):
    """Posterior means of the Fourier coefficients under a kernel that is a product over features.

    The prior says that interactions are likely among relevant features, which suits dense, hierarchical
    functions such as language models; see `spex_core.estimation.kernel`.
    """

    name: ClassVar[str] = "gp"
    title: ClassVar[str] = "Gaussian process"
    summary: ClassVar[str] = "Interactions among relevant features; strong on dense functions such as text."

    def fit(self, samples: Samples, plan: Plan, max_order: int, rng: np.random.Generator) -> Fit:
        """Relevances, then the largest posterior means; draws with the spread that each posterior has by itself."""
        if float(np.ptp(samples.values)) == 0.0:
            return refit(samples, [], rng)
        process = Process.of(samples)
        spectrum = process.spectrum(max_order)
        listed = Spectrum(spectrum.n_features, spectrum.supports[:_LISTED], spectrum.coefficients[:_LISTED])
        deviations = process.deviations(listed.supports)
        draws = listed.coefficients + deviations * rng.standard_normal((DRAWS, len(listed)))
        again = process.resampled(listed.supports, rng.spawn(1)[0])
        resampled = retested(spectrum.n_features, listed.supports, again, deviations)
        return Fit(listed, draws, accurate=spectrum, resampled=resampled)
