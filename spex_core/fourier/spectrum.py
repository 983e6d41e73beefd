"""A sparse Fourier (Walsh-Hadamard) spectrum of a set function.

The convention throughout is ``F(k) = E_m[(-1)^<k,m> f(m)]`` for m uniform on {0,1}^n with m_i = 1 where
feature i is kept, so that ``f(m) = sum_k F(k) (-1)^<k,m>`` (SPEX, arXiv 2502.13870, eq. 2).
A feature that raises the output therefore has a *negative* first-order coefficient.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from spex_core.arrays import BoolArray, FloatArray, IntArray, Support, check_masks

_CHUNK_CELLS = 4_000_000  # design matrices are built in pieces of at most this many entries (32 MB)
_TIED = 1e-9  # of a magnitude: what differs by less may do so by rounding alone,
_FLOOR = 1e-12  # and of the largest one


@dataclass(frozen=True, eq=False)
class Spectrum:
    """Sparse set of (support, coefficient) pairs, strongest first, the constant leading if present.

    Attributes:
        n_features: n.
        supports: sorted feature positions per term, all distinct; ``()`` is the constant.
        coefficients: (k,) float64.
    """

    n_features: int
    supports: list[Support]
    coefficients: FloatArray

    def __post_init__(self) -> None:
        if self.coefficients.shape != (len(self.supports),):
            raise ValueError(f"{len(self.supports)} supports but coefficients of shape {self.coefficients.shape}")

    @staticmethod
    def from_terms(n_features: int, supports: Iterable[Support], coefficients: Iterable[float]) -> Spectrum:
        """Sort terms into the canonical order (constant, then as `strongest_first`, ties by size, then position).

        Raises:
            ValueError: a support is unsorted, repeated or outside 0..n-1, or a coefficient is not finite.
        """
        pairs = [(tuple(int(i) for i in s), float(c)) for s, c in zip(supports, coefficients, strict=True)]
        for support, value in pairs:
            if list(support) != sorted(set(support)) or (support and not 0 <= support[0] <= support[-1] < n_features):
                raise ValueError(f"support {support} is not a sorted set of positions below {n_features}")
            if not np.isfinite(value):
                raise ValueError(f"coefficient of {support} is not finite")
        if len({support for support, _ in pairs}) != len(pairs):
            raise ValueError("a support appears twice")
        pairs.sort(key=lambda pair: (len(pair[0]), pair[0]))
        first = sum(not support for support, _ in pairs)
        order = first + strongest_first(np.array([value for _, value in pairs[first:]], dtype=np.float64))
        ranked = pairs[:first] + [pairs[row] for row in order]
        return Spectrum(n_features, [s for s, _ in ranked], np.array([c for _, c in ranked], dtype=np.float64))

    @staticmethod
    def from_dict(n_features: int, terms: Mapping[Support, float]) -> Spectrum:
        """`from_terms` of a mapping."""
        return Spectrum.from_terms(n_features, terms.keys(), terms.values())

    def to_dict(self) -> dict[Support, float]:
        """Support -> coefficient."""
        return dict(zip(self.supports, self.coefficients.tolist(), strict=True))

    def __len__(self) -> int:
        return len(self.supports)

    @cached_property
    def orders(self) -> IntArray:
        """(k,) order (size) of each support."""
        return np.array([len(s) for s in self.supports], dtype=np.int64)

    @property
    def max_order(self) -> int:
        """Largest order present; 0 for a constant or empty spectrum."""
        return int(self.orders.max(initial=0))

    @property
    def constant(self) -> float:
        """F(()), the mean of the function over all masks; 0.0 where the term is absent."""
        return next((float(c) for s, c in zip(self.supports, self.coefficients, strict=True) if not s), 0.0)

    def energy_by_order(self) -> dict[int, tuple[float, float]]:
        """Order -> (energy of positive, energy of negative coefficients), orders >= 1 that occur.

        By Parseval the sum of all entries is the variance of the function over uniform masks.
        """
        energy: dict[int, tuple[float, float]] = {}
        for order in sorted(set(self.orders.tolist()) - {0}):
            chosen = self.coefficients[self.orders == order]
            energy[order] = (float((chosen[chosen > 0] ** 2).sum()), float((chosen[chosen < 0] ** 2).sum()))
        return energy

    def truncate(self, max_order: int) -> Spectrum:
        """Only the terms of order <= `max_order`."""
        keep = np.flatnonzero(self.orders <= max_order)
        return Spectrum(self.n_features, [self.supports[i] for i in keep], self.coefficients[keep])

    def predict(self, masks: BoolArray) -> FloatArray:
        """Value of the sparse function on (m, n) bool masks: (m,) float64.

        Raises:
            ValueError: the masks do not have n columns.
        """
        return evaluate(masks, self.supports, self.coefficients, self.n_features)


def strongest_first(values: FloatArray, tied: float = _TIED) -> IntArray:
    """Positions of (k,) finite values by falling magnitude; of values that are equal but for rounding, which is another
    on every processor, the earlier comes first.

    Args:
        tied: neighbours are equal that are this share of their magnitude apart, or closer.
    """
    sizes = np.abs(values)
    order = np.argsort(-sizes, kind="stable")
    falling = sizes[order]
    apart = -np.diff(falling, prepend=np.inf) > tied * falling + _FLOOR * falling.max(initial=0.0)
    return order[np.lexsort((order, np.cumsum(apart)))]


def walsh_columns(masks: BoolArray, supports: list[Support]) -> FloatArray:
    """Design matrix of the Walsh basis: entry (r, t) is (-1)^<k_t, m_r>, (m, k) float64, column-major.

    Parities are XORs of bit-packed mask columns, 64 rows of a machine word at once.
    """
    masks = np.asarray(masks, dtype=bool)
    padded = _padded(supports, masks.shape[1])
    with_zero = np.concatenate([masks.T, np.zeros((1, len(masks)), dtype=bool)])
    packed = np.packbits(with_zero, axis=1)
    parity = np.zeros((len(supports), packed.shape[1]), dtype=np.uint8)
    for column in padded.T:
        parity ^= packed[column]
    signs = np.unpackbits(parity, axis=1, count=len(masks))
    columns: FloatArray = np.multiply(signs, -2.0, dtype=np.float64)
    columns += 1.0
    return columns.T


def evaluate(masks: BoolArray, supports: list[Support], coefficients: FloatArray, n_features: int) -> FloatArray:
    """``sum_t coefficients[t] (-1)^<k_t, m>`` on each row, in bounded memory.

    `coefficients` may be (k,) or (k, c) for several functions on the same supports: (m,) or (m, c).
    """
    masks = check_masks(masks, n_features)
    out = np.zeros((len(masks), *coefficients.shape[1:]))
    if not supports:
        return out
    rows = max(1, _CHUNK_CELLS // len(supports))
    for start in range(0, len(masks), rows):
        out[start : start + rows] = walsh_columns(masks[start : start + rows], supports) @ coefficients
    return out


def _padded(supports: list[Support], n_features: int) -> IntArray:
    """(k, max order) positions, filled up with n, the index of an always-hidden column."""
    width = max((len(s) for s in supports), default=0)
    table = np.full((len(supports), width), n_features, dtype=np.int64)
    for row, support in enumerate(supports):
        table[row, : len(support)] = support
    return table
