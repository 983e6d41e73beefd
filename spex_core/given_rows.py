"""shapiq's regressions on masks that are there already."""

from __future__ import annotations

import numpy as np

from spex_core.arrays import FloatArray
from spex_core.baseline import chances, from_moebius, quiet
from spex_core.samples import Samples
from spex_core.spectrum import Spectrum

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
    return from_moebius(n, list(found), np.array([float(value) for value in found.values()]))
