"""Small n: all 2^n masks, or nearly all, are known, so the transform itself replaces the code."""

from __future__ import annotations

import numpy as np

from spex_core.arrays import BoolArray, FloatArray, IntArray, Samples, Support
from spex_core.coding.layouts import ERASED, CubeLayout
from spex_core.fourier.masks import all_masks
from spex_core.fourier.spectrum import Spectrum
from spex_core.fourier.walsh import walsh_hadamard

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


_RIDGE = 1e-9  # per row; only keeps the solve defined where columns coincide


class JointFit:
    """Least squares of the values on a set of Walsh functions that grows and shrinks.

    Columns and Gram matrix are kept in single precision, where sums of ±1 up to 2^24 rows are exact.

    Attributes:
        supports: (k, t) features per term, filled up with n; the first is the constant.
        coefficients: (k,) least-squares solution.
        residual: (m,) values minus the fit.
        z_scores: (k,) coefficients in units of their standard errors.
    """

    def __init__(self, masks: BoolArray, values: FloatArray, width: int) -> None:
        n_rows, n_features = masks.shape
        padded = np.concatenate([masks, np.zeros((n_rows, 1), dtype=bool)], axis=1)
        self._packed = np.packbits(padded.T, axis=1)
        self._values = values
        self._columns = np.ones((1, n_rows), dtype=np.float32)
        self._gram = np.array([[float(n_rows)]])
        self.supports: IntArray = np.full((1, width), n_features, dtype=np.int64)
        self._solve()

    def __len__(self) -> int:
        return len(self.supports)

    def add(self, supports: IntArray) -> None:
        """Add terms (distinct, none of them present) and solve again."""
        parity = self._packed[supports[:, 0]]
        for column in range(1, supports.shape[1]):
            parity = parity ^ self._packed[supports[:, column]]
        bits = np.unpackbits(parity, axis=1, count=len(self._values))
        fresh = np.float32(1) - 2 * bits.astype(np.float32)
        cross = (self._columns @ fresh.T).astype(np.float64)
        own = (fresh @ fresh.T).astype(np.float64)
        self._gram = np.block([[self._gram, cross], [cross.T, own]])
        self._columns = np.concatenate([self._columns, fresh])
        self.supports = np.concatenate([self.supports, supports])
        self._solve()

    def keep(self, chosen: BoolArray) -> None:
        """Keep only the chosen terms (and always the constant), and solve again."""
        chosen = chosen.copy()
        chosen[0] = True
        if chosen.all():
            return
        self._gram = self._gram[np.ix_(chosen, chosen)]
        self._columns = self._columns[chosen]
        self.supports = self.supports[chosen]
        self._solve()

    def _solve(self) -> None:
        rows, terms = len(self._values), len(self._gram)
        inverse = np.linalg.inv(self._gram + _RIDGE * rows * np.eye(terms))
        coefficients = np.zeros(terms)
        residual = self._values.copy()
        # Two steps of iterative refinement repair the rounding of the single-precision products.
        for _ in range(3):
            scale = float(np.abs(residual).max(initial=0.0)) or 1.0
            update = inverse @ (self._columns @ (residual / scale).astype(np.float32)).astype(np.float64) * scale
            coefficients = coefficients + update
            scale = float(np.abs(update).max(initial=0.0)) or 1.0
            fitted = ((update / scale).astype(np.float32) @ self._columns).astype(np.float64)
            residual = residual - fitted * scale
        self.coefficients: FloatArray = coefficients
        self.residual: FloatArray = residual
        variance = float(residual @ residual) / max(rows - terms, 1)
        self.z_scores: FloatArray = coefficients / np.sqrt(np.maximum(variance * np.diag(inverse), 1e-300))
