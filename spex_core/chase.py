"""Soft (Chase) and hard decoding of many bins at once.

A bin holds r + 1 real observations of one sign pattern. Hard decoding takes the signs as they are; Chase decoding
(Chase, IEEE Trans. Inf. Theory 18, 1972, algorithm 2) also tries flips of the least reliable ones. The sign of the
reference shift is one of the r + 1: flipping it flips every parity. A decoded support counts only if it
hashes to the bin it came from; of several, the one that correlates best with the observations wins.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from spex_core.arrays import BoolArray, FloatArray, IntArray
from spex_core.bch import BchCode
from spex_core.bch_decoding import decode_syndromes
from spex_core.bch_sieve import sieve
from spex_core.subsampling import CodedLayout

_CHUNK_WORDS = 1 << 17
_WORTH_SIEVING = 200  # words; fewer are decoded faster than sieved


@dataclass(frozen=True, eq=False)
class Candidates:
    """Decoded supports, at most one per bin.

    Attributes:
        bins: (d,) positions of the decoded bins in the input.
        supports: (d, t) features, ascending, filled up with n.
        amplitudes: (d,) mean of the observations times the support's signs.
    """

    bins: IntArray
    supports: IntArray
    amplitudes: FloatArray


@dataclass(frozen=True, eq=False)
class Signatures:
    """Where each support falls and with which signs; an empty last feature makes padded supports no special case.

    Attributes:
        hashes: (n + 1, c) bin of each single feature.
        signs: (n + 1, c, ceil((r + 1) / 8)) parities <d_{c,p}, feature>, packed.
        shifts: r + 1.
        b: log2 of the number of bins of a group.
    """

    hashes: IntArray
    signs: npt.NDArray[np.uint8]
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
        return Signatures(hashes, np.packbits(parities, axis=2), shifts, layout.b)

    def cells(self, supports: IntArray) -> IntArray:
        """Bin of each (k, t) support in each group, the bins of all groups counted through: (k, c)."""
        found = self.hashes[supports[:, 0]]
        for column in range(1, supports.shape[1]):
            found = found ^ self.hashes[supports[:, column]]
        return found + (np.arange(found.shape[1]) << self.b)

    def patterns(self, supports: IntArray, groups: IntArray | slice = slice(None)) -> FloatArray:
        """(-1)^<d_{c,p}, k> of each (k, t) support: (k, c, r + 1), or (k, r + 1) where `groups` names one for each."""
        parity = self.signs[supports[:, 0], groups]
        for column in range(1, supports.shape[1]):
            parity ^= self.signs[supports[:, column], groups]
        signs: FloatArray = 1.0 - 2.0 * np.unpackbits(parity, axis=-1, count=self.shifts).astype(np.float64)
        return signs


def flip_patterns(weight: int) -> BoolArray:
    """Flips to try: all sets of observations whose ranks add up to at most `weight`, likeliest first.

    The least reliable observation has rank 1. With reliabilities that grow in proportion to their ranks, this is the
    order of likelihood (Duffy, An and Medard, IEEE Trans. Signal Processing 70, 2022: ordered reliability bits).

    Returns:
        (number of patterns, weight) bool; the first flips nothing.
    """
    sets: list[tuple[int, ...]] = [()]
    for rank in range(1, weight + 1):
        sets += [(*ranks, rank) for ranks in sets if sum(ranks) + rank <= weight]
    sets.sort(key=lambda ranks: (sum(ranks), ranks))
    patterns = np.zeros((len(sets), weight), dtype=bool)
    for row, ranks in enumerate(sets):
        patterns[row, [rank - 1 for rank in ranks]] = True
    return patterns


HARD = (flip_patterns(0),)
"""Decoding effort, in the order in which it is spent on a bin: signs as they are."""
SOFT = (flip_patterns(0), flip_patterns(20))
"""Signs as they are; 371 sets of flips in bins where nothing else makes progress."""


def decode_bins(
    layout: CodedLayout, signatures: Signatures, observations: FloatArray, cells: IntArray, patterns: BoolArray
) -> Candidates:
    """Best support of each bin.

    Args:
        layout: the design.
        signatures: its tables.
        observations: (w, r + 1) values U_p of each bin.
        cells: (w,) index of each bin, the bins of all groups counted through.
        patterns: a set of `flip_patterns`.
    """
    rows = max(1, _CHUNK_WORDS // len(patterns))
    pieces = [
        _decode_chunk(layout, signatures, observations[start : start + rows], cells[start : start + rows], patterns)
        for start in range(0, max(len(cells), 1), rows)
    ]
    return Candidates(
        np.concatenate([p.bins + i * rows for i, p in enumerate(pieces)]),
        np.concatenate([p.supports for p in pieces]),
        np.concatenate([p.amplitudes for p in pieces]),
    )


def _decode_chunk(
    layout: CodedLayout, signatures: Signatures, observations: FloatArray, cells: IntArray, patterns: BoolArray
) -> Candidates:
    code = layout.code
    negative = observations < 0
    parities = negative[:, 1:] ^ negative[:, :1]
    depth = min(patterns.shape[1], observations.shape[1])
    patterns = patterns[~patterns[:, depth:].any(axis=1), :depth]
    weakest = np.argsort(np.abs(observations), axis=1, kind="stable")[:, :depth]
    words = _Words(code, parities, weakest, patterns)
    pattern, position = words.worth_decoding()
    decoded = decode_syndromes(code, words.syndromes(pattern, position))
    position, supports = position[decoded.words], decoded.supports
    group = cells[position] >> layout.b
    supports = _to_features(layout, group, supports)
    valid = (decoded.orders > 0) & (signatures.cells(supports)[np.arange(len(group)), group] == cells[position])
    position, group, supports = position[valid], group[valid], supports[valid]
    signs = signatures.patterns(supports, group)
    amplitudes = np.einsum("wp,wp->w", observations[position], signs) / observations.shape[1]
    order = np.lexsort((-np.abs(amplitudes), position))
    best = order[np.concatenate([[True], np.diff(position[order]) > 0])] if len(order) else order
    return Candidates(position[best], supports[best], amplitudes[best])


class _Words:
    """One word per flip pattern and bin: the bin's parities with its least reliable observations flipped."""

    def __init__(self, code: BchCode, parities: BoolArray, weakest: IntArray, patterns: BoolArray) -> None:
        self._code, self._parities, self._weakest, self._patterns = code, parities, weakest, patterns
        # Flipping the reference, observation 0, flips every parity.
        single = code.parity_syndromes
        self._flip = np.concatenate([np.bitwise_xor.reduce(single, axis=0)[None], single])

    def worth_decoding(self) -> tuple[IntArray, IntArray]:
        """(pattern, bin) of the words that `bch_sieve` lets through, or of all where that saves nothing."""
        tried, count = len(self._patterns), len(self._parities)
        if tried * count < _WORTH_SIEVING or self._code.t == 1:
            return np.repeat(np.arange(tried), count), np.tile(np.arange(count), tried)
        m, t = self._code.field.m, self._code.t
        bits = (self._flip[:, None, :] >> np.arange(m)[:, None] & 1).astype(bool).reshape(-1, m * t)
        received = self._parities.astype(np.float32) @ bits[1:].astype(np.float32) % 2 > 0
        planes = np.repeat(np.packbits(received, axis=0).T[:, None], tried, axis=1)
        for column in range(self._patterns.shape[1]):
            flipped = np.packbits(bits[self._weakest[:, column]], axis=0).T
            planes[:, self._patterns[:, column]] ^= flipped[:, None]
        passed = sieve(self._code, planes.reshape(m, t, -1))
        pattern, position = np.nonzero(np.unpackbits(passed.reshape(tried, -1), axis=1, count=count))
        return pattern.astype(np.int64), position.astype(np.int64)

    def syndromes(self, pattern: IntArray, position: IntArray) -> IntArray:
        """(w, t) syndromes of the chosen words."""
        received = np.zeros((self._code.t, len(self._parities)), dtype=np.int64)
        for column, table in enumerate(self._code.parity_syndromes):
            received ^= np.where(self._parities[:, column], table[:, None], 0)
        words = received[:, position]
        for column in range(self._patterns.shape[1]):
            flips = self._flip[self._weakest[position, column]].T
            words ^= np.where(self._patterns[pattern, column], flips, 0)
        return words.T


def _to_features(layout: CodedLayout, groups: IntArray, information: IntArray) -> IntArray:
    """Information positions (w, t), filled up with n, as ascending features."""
    padded = np.concatenate([layout.feature_at, np.full((len(layout.feature_at), 1), layout.code.n_info)], axis=1)
    features: IntArray = np.sort(padded[groups[:, None], information], axis=1)
    return features
