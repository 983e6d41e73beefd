"""How strongly each group's bins speak for a support: amplitudes, their variances, and z-tests across groups."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spex_core.arrays import BoolArray, FloatArray, IntArray
from spex_core.signatures import Signatures


@dataclass(frozen=True, eq=False)
class Evidence:
    """What the bins say about (k,) supports.

    Attributes:
        amplitude: (k, c) mean of U times the support's signs in its bin of each group.
        variance: (k, c) variance of that mean, from what is left in the bin (other terms and noise).
    """

    amplitude: FloatArray
    variance: FloatArray

    def z_scores(self, use: BoolArray | None = None) -> FloatArray:
        """Precision-weighted mean over the groups selected in (k, c) `use`, in units of its standard error: (k,)."""
        weight = 1.0 / self.variance
        if use is not None:
            weight = np.where(use, weight, 0.0)
        groups = np.ones(weight.shape[1])  # products are faster than sums along so short an axis
        total = weight @ groups
        score: FloatArray = (weight * self.amplitude) @ groups / np.sqrt(np.where(total > 0, total, 1.0))
        return score


def weigh(signatures: Signatures, bins: FloatArray, supports: IntArray) -> Evidence:
    """Evidence of the (c 2^b, r + 1) transformed residual for (k, t) supports, filled up with n."""
    shifts = bins.shape[1]
    cells, sums = signatures.correlate(bins, supports)
    amplitude = sums / shifts
    energy = np.einsum("jp,jp->j", bins, bins) / shifts
    floor = 1e-9 * float(energy.mean()) + 1e-300
    left = np.maximum(energy[cells] - amplitude**2, 0.0) + floor
    return Evidence(amplitude, left / max(shifts - 1, 1))
