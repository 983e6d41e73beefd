"""Where the supports of a design fall, with which signs, and how the bins there correlate with them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from spex_core.arrays import BoolArray, FloatArray, IntArray, WordArray
from spex_core.coding import compiled
from spex_core.coding.layouts import CodedLayout

_CHUNK_CELLS = 200_000
_GRID_BITS = 40  # 13 fewer than a float64 has: a sum of 8,192 numbers on the grid is exact


@dataclass(frozen=True, eq=False)
class Signatures:
    """Tables of a design; an empty last feature makes padded supports no special case.

    Attributes:
        hashes: (n + 1, c) bin of each single feature.
        signs: (n + 1, c, q) parities <d_{c,p}, feature> of the shifts p, see `packed`.
        feature_at: (c, n + 1) feature at each information position of the code.
        shifts: r + 1.
        b: log2 of the number of bins of a group.
    """

    hashes: IntArray
    signs: WordArray
    feature_at: IntArray
    shifts: int
    b: int

    @staticmethod
    def of(layout: CodedLayout) -> Signatures:
        """Tables of `layout`."""
        groups, shifts, n_features = layout.offsets.shape
        hashes = np.zeros((n_features + 1, groups), dtype=np.int64)
        hashes[:-1] = layout.hashes.T
        parities = np.zeros((n_features + 1, groups, shifts), dtype=bool)
        parities[:-1] = layout.offsets.transpose(2, 0, 1)
        feature_at = np.full((groups, n_features + 1), n_features)
        feature_at[:, :-1] = layout.feature_at
        return Signatures(hashes, packed(parities), feature_at, shifts, layout.b)

    def tables(self, kernels: Any) -> Any:
        """What the compiled kernels read of them."""
        return kernels.Layout(self.hashes, self.signs, self.feature_at, self.b)

    def features(self, groups: IntArray, positions: IntArray) -> IntArray:
        """Features, ascending, at information positions (w, t), filled up with n, of the code of (w,) groups."""
        features: IntArray = np.sort(self.feature_at[groups[:, None], positions], axis=1)
        return features

    def cells(self, supports: IntArray) -> IntArray:
        """Bin of each (k, t) support in each group, the bins of all groups counted through: (k, c)."""
        found = self.hashes[supports[:, 0]]
        for column in range(1, supports.shape[1]):
            found = found ^ self.hashes[supports[:, column]]
        return found + (np.arange(found.shape[1]) << self.b)

    def words(self, supports: IntArray, groups: IntArray | slice = slice(None)) -> WordArray:
        """Packed parities of each (k, t) support: (k, c, q), or (k, q) where `groups` names one group for each."""
        parity = self.signs[supports[:, 0], groups]
        for column in range(1, supports.shape[1]):
            parity ^= self.signs[supports[:, column], groups]
        return parity

    def patterns(self, words: WordArray) -> FloatArray:
        """Signs (-1)^<d_{c,p}, k> of packed parities: (..., q) to (..., r + 1)."""
        bits = np.unpackbits(words.view(np.uint8), axis=-1, count=self.shifts, bitorder="little")
        signs: FloatArray = 1.0 - 2.0 * bits.astype(np.float64)
        return signs

    def correlate(self, bins: FloatArray, supports: IntArray) -> tuple[IntArray, FloatArray]:
        """Bins of (k, t) supports, and the sums there of the observations times the supports' signs: both (k, c).

        Args:
            bins: (c 2^b, r + 1) observations on a grid, see `on_grid`.
            supports: filled up with n.
        """
        if (kernels := compiled.kernels()) is not None:
            cells, sums = kernels.correlate(self.tables(kernels), bins, supports)
            return cells, sums
        # Features come first in a row and the padding last, so columns without a feature add nothing.
        widest = int((supports < len(self.hashes) - 1).sum(axis=1).max(initial=1))
        supports = supports[:, :widest]
        cells = self.cells(supports)
        sums = np.empty(cells.shape)
        rows = max(1, _CHUNK_CELLS // (cells.shape[1] * self.shifts))
        for start in range(0, len(supports), rows):
            part = slice(start, start + rows)
            sums[part] = np.einsum("kcp,kcp->kc", bins[cells[part]], self.patterns(self.words(supports[part])))
        return cells, sums

    def superposed(self, supports: IntArray, amplitudes: FloatArray) -> FloatArray:
        """Bins (c 2^b, r + 1) of the sum of terms (k, t) with amplitudes (k,) on a grid: `correlate`'s transpose."""
        groups = self.hashes.shape[1]
        bins = np.zeros((groups << self.b, self.shifts))
        if (kernels := compiled.kernels()) is not None:
            kernels.superpose(self.tables(kernels), supports, amplitudes, bins)
            return bins
        cells = self.cells(supports).ravel()
        order = np.argsort(cells, kind="stable")
        starts = np.flatnonzero(np.diff(cells[order], prepend=-1))
        weighted = (amplitudes[:, None, None] * self.patterns(self.words(supports))).reshape(-1, self.shifts)
        bins[cells[order[starts]]] = np.add.reduceat(weighted[order], starts, axis=0)
        return bins

    def overlaps(self, supports: IntArray) -> tuple[IntArray, IntArray, IntArray]:
        """Pairs of supports (k, t) that share a bin, by position, and the sums of the products of their signs there.

        Those whose positions among the supports of a bin differ by one come first, then those that differ by two, ...
        """
        if (kernels := compiled.kernels()) is not None:
            first, second, overlap = kernels.overlaps(self.tables(kernels), supports, self.shifts)
            return first, second, overlap
        groups = self.hashes.shape[1]
        cells = self.cells(supports).ravel()
        words = self.words(supports).reshape(len(cells), -1)
        order = np.argsort(cells, kind="stable")
        ordered = cells[order]
        pairs = [np.zeros((2, 0), dtype=np.int64)]
        for distance in range(1, len(supports)):
            same = np.flatnonzero(ordered[distance:] == ordered[:-distance])
            if not len(same):
                break
            pairs.append(np.stack([order[same], order[same + distance]]))
        first, second = np.concatenate(pairs, axis=1)
        differing = np.bitwise_count(words[first] ^ words[second]).sum(axis=1, dtype=np.int64)
        return first // groups, second // groups, self.shifts - 2 * differing


def packed(bits: BoolArray) -> WordArray:
    """The last axis packed into 64-bit integers, the first bit lowest, filled up with zeros."""
    size = bits.shape[-1]
    padded = np.zeros((*bits.shape[:-1], -(-size // 64) * 64), dtype=bool)
    padded[..., :size] = bits
    words: WordArray = np.packbits(padded, axis=-1, bitorder="little").view("<u8")
    return words


def grid_of(values: FloatArray) -> float:
    """A power of two so small beside the largest value that rounding to its multiples loses nothing that counts.

    Sums of such multiples are exact in any order, so compiled and plain code give the same bits.
    """
    return float(np.ldexp(1.0, int(np.frexp(np.abs(values).max(initial=0.0))[1]) - _GRID_BITS))


def on_grid(values: FloatArray, grid: float) -> FloatArray:
    """The nearest multiples of `grid`."""
    large = 1.5 * 2.0**52 * grid  # beside a number of this size there is no room for anything finer
    rounded: FloatArray = (values + large) - large
    return rounded
