"""Supports worth testing without decoding: low orders, and close relatives of what was found.

Coded bins cannot be decoded where terms of equal size collide in every group, which happens in the cube of terms of one
AND. Their bins still answer a direct question about a given support, at the cost of one correlation.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np

from spex_core.arrays import BoolArray, FloatArray, IntArray

_MOST_CANDIDATES = 12_000
_RELEVANT = 48
_POOLS = {2: 48, 3: 28, 4: 16, 5: 12}
"""Order -> how many of the most relevant features have all their sets of that order proposed."""
_SMALLEST_POOL = 10


def low_orders(n_features: int, width: int, max_order: int) -> IntArray:
    """All single features, and all pairs where they are few enough: (k, width) filled up with n."""
    singles = np.full((n_features, width), n_features, dtype=np.int64)
    singles[:, 0] = np.arange(n_features)
    if max_order < 2 or n_features * (n_features - 1) // 2 > _MOST_CANDIDATES:
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
    member = np.zeros((len(supports), n_features + 1), dtype=bool)
    member[np.arange(len(supports))[:, None], supports] = True
    strongest = np.argsort(-np.abs(coefficients), kind="stable")[: _MOST_CANDIDATES // max(len(relevant), 1)]
    toggled = np.repeat(member[strongest, :n_features], len(relevant), axis=0)
    rows = np.arange(len(toggled))
    toggled[rows, np.tile(relevant, len(strongest))] ^= True
    pieces = [_pad(toggled[_fits(toggled, max_order)], width)]
    for order in range(2, max_order + 1):
        pool = relevant[: _POOLS.get(order, _SMALLEST_POOL)]
        combos = np.array(list(combinations(sorted(pool.tolist()), order)), dtype=np.int64).reshape(-1, order)
        fill = np.full((len(combos), width - order), n_features, dtype=np.int64)
        pieces.append(np.concatenate([combos, fill], axis=1))
    return np.concatenate(pieces)


def _fits(member: BoolArray, max_order: int) -> BoolArray:
    """Which membership rows (k, n) have order 1..max_order: (k,)."""
    orders = member.sum(axis=1)
    fits: BoolArray = (orders > 0) & (orders <= max_order)
    return fits


def _pad(member: BoolArray, width: int) -> IntArray:
    """Membership rows (k, n) as ascending features (k, width), filled up with n."""
    count, n_features = member.shape
    out = np.full((count, width), n_features, dtype=np.int64)
    row, feature = np.nonzero(member)
    starts = np.concatenate([[0], np.cumsum(member.sum(axis=1))[:-1]]) if count else np.zeros(0, dtype=np.int64)
    out[row, np.arange(len(row)) - starts[row]] = feature
    return out
