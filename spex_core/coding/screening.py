"""Supports worth testing without decoding: low orders, and close relatives of what was found.

Coded bins cannot be decoded where terms of equal size collide in every group, which happens in the cube of terms of one
AND. Their bins still answer a direct question about a given support, at the cost of one correlation.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import combinations

import numpy as np

from spex_core.arrays import BoolArray, FloatArray, IntArray
from spex_core.coding.signatures import Signatures

_MOST_PAIRS = 12_000
_MOST_TOGGLED = 3_000
_RELEVANT = 32
_POOLS = {2: 32, 3: 20, 4: 14}
"""Order -> how many of the most relevant features have all their sets of that order proposed."""
_SMALLEST_POOL = 11


def low_orders(n_features: int, width: int, max_order: int) -> IntArray:
    """All single features, and all pairs where they are few enough: (k, width) filled up with n."""
    singles = np.full((n_features, width), n_features, dtype=np.int64)
    singles[:, 0] = np.arange(n_features)
    if max_order < 2 or n_features * (n_features - 1) // 2 > _MOST_PAIRS:
        return singles
    first, second = np.triu_indices(n_features, 1)
    pairs = np.full((len(first), width), n_features, dtype=np.int64)
    pairs[:, 0], pairs[:, 1] = first, second
    return np.concatenate([singles, pairs])


def relatives(supports: IntArray, coefficients: FloatArray, n_features: int, max_order: int) -> IntArray:
    """Every support that differs in one relevant feature from a found one, and small sets of relevant features.

    Args:
        supports: (k, t) found supports, filled up with n, the constant among them or not.
        coefficients: (k,) their coefficients; features are ranked by the energy they take part in.
        n_features: n.
        max_order: no larger support is proposed.

    Returns:
        (c, t) candidates, filled up with n, none of them empty; some repeat, and found ones may be among them.
    """
    width = supports.shape[1]
    energy = np.zeros(n_features + 1)
    np.add.at(energy, supports, (coefficients**2)[:, None])
    energy[n_features] = 0.0
    relevant = np.argsort(-energy, kind="stable")[:_RELEVANT]
    relevant = relevant[energy[relevant] > 0]
    strongest = np.argsort(-np.abs(coefficients), kind="stable")[: _MOST_TOGGLED // max(len(relevant), 1)]
    pieces = [_toggled(supports[strongest], relevant, n_features, max_order)]
    for order in range(2, max_order + 1):
        pool = relevant[: _POOLS.get(order, _SMALLEST_POOL)]
        positions = _positions(len(pool), order)
        sets = np.full((len(positions), width), n_features)
        sets[:, :order] = np.sort(pool)[positions]
        pieces.append(sets)
    return np.concatenate(pieces)


def _toggled(supports: IntArray, features: IntArray, n_features: int, max_order: int) -> IntArray:
    """Each support with each feature put in, or taken out where it is a member, as far as the order allows."""
    out = np.repeat(supports, len(features), axis=0)
    feature = np.tile(features, len(supports))
    member = out == feature[:, None]
    out[member] = n_features
    orders = (out < n_features).sum(axis=1)
    absent = ~member.any(axis=1)
    room = absent & (orders < max_order)
    out[room, -1] = feature[room]
    fits = room | (~absent & (orders > 0))
    return np.sort(out[fits], axis=1)


@cache
def _positions(count: int, order: int) -> IntArray:
    """All sets of `order` of `count` positions."""
    return np.array(list(combinations(range(count), order)), dtype=np.int64).reshape(-1, order)


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
