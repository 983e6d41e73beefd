"""Small n: all 2^n masks, or nearly all, are known, so the transform itself replaces the code."""

from __future__ import annotations

import numpy as np

from spex_core.arrays import BoolArray, FloatArray, IntArray, Samples, Support
from spex_core.fourier.masks import all_masks
from spex_core.fourier.spectrum import Spectrum
from spex_core.fourier.walsh import walsh_hadamard
from spex_core.joint_fit import JointFit
from spex_core.subsampling import ERASED, CubeLayout

_DONE = 1e-10
_ROUNDS = 8
_NEGLIGIBLE = 1e-12
_MOST_TERMS = 1500


def cube_spectrum(values: FloatArray, max_order: int) -> Spectrum:
    """Spectrum, orders up to `max_order`, of (2^n,) values in the order of `masks.all_masks`."""
    n_features = len(values).bit_length() - 1
    # Index j of the transform has feature i at bit n - 1 - i, like the rows of `all_masks`.
    members = all_masks(n_features)
    coefficients = walsh_hadamard(values) / len(values)
    keep = np.abs(coefficients) > _NEGLIGIBLE * np.abs(coefficients).max(initial=0.0)
    keep &= members.sum(axis=1) <= max_order
    keep[0] = True
    chosen = np.flatnonzero(keep)
    return Spectrum.from_terms(n_features, [_support(members[j]) for j in chosen], coefficients[chosen].tolist())


def cube_fit(samples: Samples, layout: CubeLayout, max_order: int) -> Spectrum | list[Support]:
    """The exact spectrum of order <= max_order where every mask is known, else supports worth fitting.

    Args:
        samples: the known rows.
        layout: where each of the 2^n masks is among them.
        max_order: largest order returned.
    """
    n_features = samples.masks.shape[1]
    if (layout.rows != ERASED).all():
        return cube_spectrum(samples.values[layout.rows], max_order)
    members = all_masks(n_features)
    return _sparse_supports(samples, layout, members.sum(axis=1), max_order)


def _sparse_supports(samples: Samples, layout: CubeLayout, orders: IntArray, max_order: int) -> list[Support]:
    """Strongest transform entries of the residual, round by round; every low order as well if that is not enough."""
    n_features = samples.masks.shape[1]
    members = all_masks(n_features)
    width = max(1, min(max_order, n_features))
    values = samples.values - samples.values.mean()
    fit = JointFit(samples.masks, values, width)
    allowed = (orders > 0) & (orders <= max_order)
    threshold = np.sqrt(2 * np.log(len(orders))) + 0.5
    for _ in range(_ROUNDS):
        energy = float(fit.residual @ fit.residual)
        if energy <= _DONE * float(values @ values):
            return _supports(fit.supports[1:], n_features)
        extended = np.append(fit.residual, 0.0)
        score = np.abs(walsh_hadamard(extended[layout.rows])) / np.sqrt(energy)
        found = np.flatnonzero(allowed & (score > threshold))
        found = found[np.argsort(-score[found], kind="stable")][: len(values) // 3]
        allowed[found] = False
        if not len(found) or len(fit) + len(found) > _MOST_TERMS:
            break
        fit.add(np.stack([_padded(_support(members[j]), width, n_features) for j in found]))
        fit.keep(np.abs(fit.z_scores) > 2.0)
    supports = set(_supports(fit.supports[1:], n_features))
    for order in range(1, max_order + 1):
        more = {_support(members[j]) for j in np.flatnonzero(orders == order)}
        if len(supports | more) > min(len(values) // 2, _MOST_TERMS):
            break
        supports |= more
    return sorted(supports, key=lambda s: (len(s), s))


def _support(member: BoolArray) -> Support:
    return tuple(np.flatnonzero(member).tolist())


def _padded(support: Support, width: int, n_features: int) -> IntArray:
    row = np.full(width, n_features, dtype=np.int64)
    row[: len(support)] = support
    return row


def _supports(rows: IntArray, n_features: int) -> list[Support]:
    return [tuple(i for i in row if i < n_features) for row in rows.tolist()]
