"""How strongly each group's bins speak for a support: amplitudes, their variances, and z-tests across groups."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spex_core.arrays import BoolArray, FloatArray, IntArray
from spex_core.chase import Signatures
from spex_core.subsampling import ERASED, CodedLayout
from spex_core.walsh import walsh_hadamard

_CHUNK_CELLS = 4_000_000


@dataclass(frozen=True, eq=False)
class Bins:
    """Transformed subsamples.

    Attributes:
        values: (c, 2^b, r + 1) U_{c,p}[j], shift last.
        energy: (c, 2^b) mean square over the shifts.
    """

    values: FloatArray
    energy: FloatArray


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
        total = weight.sum(axis=1)
        score: FloatArray = (weight * self.amplitude).sum(axis=1) / np.sqrt(np.where(total > 0, total, 1.0))
        return score


def transform(layout: CodedLayout, residual: FloatArray) -> Bins:
    """Walsh-Hadamard transform of every (group, shift) subsample of the rows' residuals, erased rows counting as 0."""
    extended = np.append(residual, 0.0)  # ERASED = -1 picks this last entry
    subsamples = extended[np.where(layout.rows == ERASED, len(residual), layout.rows)]
    values = np.ascontiguousarray(walsh_hadamard(subsamples).transpose(0, 2, 1)) / (1 << layout.b)
    return Bins(values, np.einsum("cjp,cjp->cj", values, values) / values.shape[2])


def weigh(signatures: Signatures, bins: Bins, supports: IntArray) -> Evidence:
    """Evidence for (k, t) supports, filled up with n."""
    groups, _, shifts = bins.values.shape
    # Features come first in a row and the padding last, so columns without a feature add nothing.
    widest = int((supports < signatures.hashes.shape[1] - 1).sum(axis=1).max(initial=1))
    supports = supports[:, :widest]
    amplitude = np.empty((len(supports), groups))
    energy = np.empty((len(supports), groups))
    rows = max(1, _CHUNK_CELLS // shifts)
    for group in range(groups):
        for start in range(0, len(supports), rows):
            part = supports[start : start + rows]
            where = np.full(len(part), group)
            found = signatures.bins(where, part)
            signs = signatures.patterns(where, part)
            amplitude[start : start + rows, group] = np.einsum("kp,kp->k", bins.values[group, found], signs) / shifts
            energy[start : start + rows, group] = bins.energy[group, found]
    floor = 1e-9 * float(bins.energy.mean()) + 1e-300
    left = np.maximum(energy - amplitude**2, 0.0) + floor
    return Evidence(amplitude, left / max(shifts - 1, 1))
