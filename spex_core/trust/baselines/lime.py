"""LIME (Ribeiro, Singh and Guestrin, KDD 2016), by the package lime."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from spex_core.arrays import FloatArray, Samples, ValueFunction
from spex_core.fourier.spectrum import Spectrum
from spex_core.trust.baseline import Baseline, from_moebius, quiet

_WIDTH = 25.0  # of the kernel, as `LimeTextExplainer` sets it, on distances of 0 to 100


class Lime(Baseline):
    """Each feature alone: a ridge that trusts masks near the full input more.

    Distances (cosine, times 100), kernel and ridge are those of `LimeTextExplainer`; all features are kept.
    """

    name: ClassVar[str] = "lime"
    title: ClassVar[str] = "LIME"
    draws_own: ClassVar[bool] = True
    package: ClassVar[str] = "lime"
    module: ClassVar[str] = "lime.lime_base"

    def notes(self, samples: Samples, order: int) -> tuple[str, ...]:
        """What these passes mean to it."""
        return ("LIME would hide a random number of features for itself; here it weighs the passes that there are.",)

    def fit(self, samples: Samples, order: int, rng: np.random.Generator) -> Spectrum:
        """`LimeBase.explain_instance_with_data` on the passes."""
        n = samples.masks.shape[1]
        with quiet():
            from lime.lime_base import LimeBase

            intercept, slopes, _, _ = LimeBase(kernel, random_state=0).explain_instance_with_data(
                samples.masks.astype(np.float64), samples.values[:, None], distances(samples), 0, n, "none"
            )
        terms = dict(slopes)
        supports = [(), *((i,) for i in range(n))]
        return from_moebius(n, supports, np.array([float(intercept), *(float(terms[i]) for i in range(n))]))

    def live(
        self, function: ValueFunction, n_features: int, budget: int, order: int, rng: np.random.Generator
    ) -> Spectrum:
        """The same on masks that hide a random number of features, 1 to n, each equally often, as `LimeTextExplainer`
        draws them."""
        hidden = np.concatenate([[0], rng.integers(1, n_features + 1, budget - 1)])
        places = rng.permuted(np.tile(np.arange(n_features), (budget, 1)), axis=1)
        masks = places >= hidden[:, None]
        return self.fit(Samples(masks, function(masks)), order, rng)


def distances(samples: Samples) -> FloatArray:
    """(m,) cosine distance of each row from the full input, 0 to 100."""
    kept: FloatArray = samples.masks.mean(axis=1)
    return 100.0 * (1.0 - np.sqrt(kept))  # the cosine between a 0/1 row and the row of ones is the root of its mean


def kernel(distance: FloatArray) -> FloatArray:
    """The weight of a row at this distance."""
    return np.sqrt(np.exp(-(distance**2) / _WIDTH**2))
