"""shapiq's approximators: its regressions on masks that are there already, and any of them on masks of its own."""

from __future__ import annotations

import numpy as np

from spex_core.arrays import FloatArray, Samples, Support, ValueFunction
from spex_core.fourier.spectrum import Spectrum
from spex_core.trust.baseline import chances, from_moebius, quiet

STEPS_PER_FEATURE = 8.0
"""What shapiq's product of whole numbers costs per pass, term and feature, in multiplications of a BLAS."""


class GivenRows:
    """Stands in for `shapiq.approximator.sampling.CoalitionSampler`: its sample is the rows.

    The names are shapiq's.

    Attributes:
        coalitions_matrix: (m, n) bool.
        sampling_adjustment_weights: (m,) inverse of each row's chance to be there.
        empty_coalition_index: the row with everything hidden.
    """

    def __init__(self, samples: Samples) -> None:
        self.coalitions_matrix = samples.masks
        self.sampling_adjustment_weights: FloatArray = np.ldexp(chances(samples), samples.masks.shape[1])
        self.empty_coalition_index = 1

    def sample(self, budget: int) -> None:
        """Nothing is drawn."""


def regression(kind: str, samples: Samples, order: int) -> Spectrum:
    """What one of shapiq's regressions makes of the samples.

    Args:
        kind: "RegressionFBII" or "RegressionFSII".
        samples: rows 0 and 1 are all kept and all hidden.
        order: of the index.
    """
    with quiet():
        from shapiq import approximator

        n = samples.masks.shape[1]
        fitted = getattr(approximator, kind)(n, order, sampling_weights=np.ones(n + 1))
        fitted._sampler = GivenRows(samples)
        found = fitted.approximate(len(samples), lambda masks: samples.values.copy()).dict_values
    return _spectrum(n, found)


def approximated(
    kind: str, function: ValueFunction, n_features: int, budget: int, order: int, rng: np.random.Generator
) -> Spectrum:
    """What one of shapiq's approximators makes of masks that it draws: "RegressionFSII", "PermutationSamplingSTII"."""
    with quiet():
        from shapiq import approximator

        chosen = getattr(approximator, kind)(n_features, order, random_state=int(rng.integers(2**31)))
        most = min(budget, 1 << min(n_features, 60))
        values = chosen.approximate(most, lambda masks: function(np.atleast_2d(masks != 0)))
    empty = float(function(np.zeros((1, n_features), dtype=bool))[0])
    return _spectrum(n_features, {**values.dict_values, (): empty})


def _spectrum(n_features: int, found: dict[Support, float]) -> Spectrum:
    return from_moebius(n_features, list(found), np.array([float(value) for value in found.values()]))
