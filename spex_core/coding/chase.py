"""Soft (Chase) and hard decoding of many bins at once.

A bin j of a group c holds r + 1 real observations U_{c,p}[j] (`plan`) of one sign pattern. Hard decoding takes
the signs as they are; Chase decoding (Chase, IEEE Trans. Inf. Theory 18, 1972, algorithm 2) also tries flips of the
least reliable ones. The sign of the reference shift is one of the r + 1: flipping it flips every parity. A decoded
support counts only if it hashes to the bin it came from; of several, the one that correlates best with the
observations wins.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from spex_core.arrays import BoolArray, FloatArray, IntArray, WordArray
from spex_core.coding import compiled
from spex_core.coding.bch import BchCode
from spex_core.coding.bch_decoding import decode_syndromes
from spex_core.coding.sieve import sieve
from spex_core.coding.signatures import Signatures, packed

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


@lru_cache(maxsize=8)
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


HARD = (0,)
"""Decoding effort, as weights of `flip_patterns` in the order in which they are spent on a bin: signs as they are."""
SOFT = (0, 20)
"""Signs as they are; 371 sets of flips in bins where nothing else makes progress."""


def decode_bins(
    code: BchCode, signatures: Signatures, observations: FloatArray, cells: IntArray, weight: int
) -> Candidates:
    """Best support of each bin.

    Args:
        code: of the design.
        signatures: of the design.
        observations: (w, r + 1) values U_p of each bin, on a grid (`signatures.on_grid`).
        cells: (w,) index of each bin, the bins of all groups counted through.
        weight: of `flip_patterns`.
    """
    depth = min(weight, observations.shape[1])
    weakest = np.zeros((len(cells), 0), dtype=np.int64)
    if depth:
        weakest = np.ascontiguousarray(np.argsort(np.abs(observations), axis=1, kind="stable")[:, :depth])
    if (kernels := compiled.kernels()) is not None:
        tables, flips = kernels.Code(*_code_tables(code)), kernels.Flips(*_flip_tables(weight, depth))
        best = kernels.decode_bins(signatures.tables(kernels), tables, flips, observations, cells, weakest)
        found = np.flatnonzero(best.found)
        return Candidates(found, best.supports[found], best.amplitudes[found])
    patterns = _patterns(weight, depth)
    rows = max(1, _CHUNK_WORDS // len(patterns))
    pieces = []
    for start in range(0, max(len(cells), 1), rows):
        part = slice(start, start + rows)
        pieces.append(_decode_chunk(code, signatures, observations[part], cells[part], weakest[part], patterns))
    return Candidates(
        np.concatenate([piece.bins + i * rows for i, piece in enumerate(pieces)]),
        np.concatenate([piece.supports for piece in pieces]),
        np.concatenate([piece.amplitudes for piece in pieces]),
    )


def _patterns(weight: int, depth: int) -> BoolArray:
    """Those of `flip_patterns` that flip none but the `depth` least reliable observations."""
    patterns = flip_patterns(weight)
    return patterns[~patterns[:, depth:].any(axis=1), :depth]


def _decode_chunk(
    code: BchCode,
    signatures: Signatures,
    observations: FloatArray,
    cells: IntArray,
    weakest: IntArray,
    patterns: BoolArray,
) -> Candidates:
    negative = observations < 0
    words = _Words(code, negative[:, 1:] ^ negative[:, :1], weakest, patterns)
    pattern, position = words.worth_decoding()
    decoded = decode_syndromes(code, words.syndromes(pattern, position))
    position = position[decoded.words]
    group = cells[position] >> signatures.b
    supports = signatures.features(group, decoded.supports)
    belongs = signatures.cells(supports)[np.arange(len(group)), group] == cells[position]
    valid = (decoded.orders > 0) & belongs
    position, group, supports = position[valid], group[valid], supports[valid]
    signs = signatures.patterns(signatures.words(supports, group))
    amplitudes = np.einsum("wp,wp->w", observations[position], signs) / observations.shape[1]
    order = np.lexsort((-np.abs(amplitudes), position))
    best = order[np.concatenate([[True], np.diff(position[order]) > 0])] if len(order) else order
    return Candidates(position[best], supports[best], amplitudes[best])


@lru_cache(maxsize=32)
def _code_tables(code: BchCode) -> tuple[NDArray[np.uint16], NDArray[np.uint16], IntArray, IntArray]:
    """What the compiled kernels read of a code; with 16 bits the logarithms stay in the processor's first cache."""
    field = code.field
    return field.exp.astype(np.uint16), field.log.astype(np.uint16), _flipped_syndromes(code), np.array(field.taps)


@lru_cache(maxsize=32)
def _flip_tables(weight: int, depth: int) -> tuple[IntArray, WordArray]:
    """What the compiled kernels read of the flips, see `coding.compiled.bins.Flips`."""
    patterns = _patterns(weight, depth)
    most = int(patterns.sum(axis=1).max(initial=0))
    columns = np.argsort(~patterns, axis=1, kind="stable")[:, :most]
    columns = np.where(np.take_along_axis(patterns, columns, axis=1), columns, -1)
    return columns, packed(patterns.T)


def _flipped_syndromes(code: BchCode) -> IntArray:
    """(r + 1, t) syndromes of each flipped observation; the first is the reference, whose flip flips every parity."""
    single = code.parity_syndromes
    return np.concatenate([np.bitwise_xor.reduce(single, axis=0)[None], single])


class _Words:
    """One word per flip pattern and bin: the bin's parities with its least reliable observations flipped."""

    def __init__(self, code: BchCode, parities: BoolArray, weakest: IntArray, patterns: BoolArray) -> None:
        self._code, self._parities, self._weakest, self._patterns = code, parities, weakest, patterns
        self._flip = _flipped_syndromes(code)

    def worth_decoding(self) -> tuple[IntArray, IntArray]:
        """(pattern, bin) of the words that `sieve` lets through, or of all where that saves nothing."""
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
