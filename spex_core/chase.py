"""Soft (Chase) and hard decoding of many bins at once.

A bin holds r + 1 real observations of one sign pattern. Hard decoding takes the signs as they are; Chase decoding
(Chase, IEEE Trans. Inf. Theory 18, 1972, algorithm 2) also tries flips of the least reliable ones. The sign of the
reference shift is one of the r + 1: flipping it flips every parity. A decoded support counts only if it
hashes to the bin it came from; of several, the one that correlates best with the observations wins.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from spex_core.arrays import BoolArray, FloatArray, IntArray
from spex_core.bch_decoding import decode_syndromes
from spex_core.subsampling import CodedLayout

_CHUNK_WORDS = 1 << 16


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
    """Lookup tables of a design, with an empty last feature so that padded supports need no special case.

    Attributes:
        hashes: (c, n + 1) bin of each single feature.
        signs: (c, n + 1, r + 1) uint8 parity <d_{c,p}, feature>.
    """

    hashes: IntArray
    signs: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]

    @staticmethod
    def of(layout: CodedLayout) -> Signatures:
        """Tables of `layout`."""
        groups, shifts, _ = layout.offsets.shape
        hashes = np.concatenate([layout.hashes, np.zeros((groups, 1), dtype=np.int64)], axis=1)
        offsets = np.concatenate([layout.offsets, np.zeros((groups, shifts, 1), dtype=bool)], axis=2)
        return Signatures(hashes, np.ascontiguousarray(offsets.transpose(0, 2, 1)).view(np.uint8))

    def bins(self, groups: IntArray, supports: IntArray) -> IntArray:
        """Bin of each (k, t) support in each group: (k,)."""
        found: IntArray = np.bitwise_xor.reduce(self.hashes[groups[:, None], supports], axis=1)
        return found

    def patterns(self, groups: IntArray, supports: IntArray) -> FloatArray:
        """(-1)^<d_{c,p}, k> for each support in each group: (k, r + 1)."""
        parity = self.signs[groups, supports[:, 0]]
        for column in range(1, supports.shape[1]):
            parity = parity ^ self.signs[groups, supports[:, column]]
        signs: FloatArray = 1.0 - 2.0 * parity.astype(np.float64)
        return signs


def flip_patterns(depths: tuple[int, ...]) -> BoolArray:
    """Flips to try: all w-subsets of the depths[w - 1] least reliable observations, w = 1, 2, ...; none comes first.

    Returns:
        (number of patterns, largest depth) bool.
    """
    width = max(depths, default=0)
    chosen = [()] + [c for w, depth in enumerate(depths, start=1) for c in combinations(range(depth), w)]
    patterns = np.zeros((len(chosen), width), dtype=bool)
    for row, positions in enumerate(chosen):
        patterns[row, list(positions)] = True
    return patterns


HARD = (flip_patterns(()),)
"""Decoding effort, in the order in which it is spent: signs as they are."""
SOFT = (flip_patterns((8, 6)), flip_patterns((12, 10, 8, 6)))
"""A few flips in every round; many once nothing else makes progress."""


def decode_bins(
    layout: CodedLayout,
    signatures: Signatures,
    observations: FloatArray,
    groups: IntArray,
    bins: IntArray,
    patterns: BoolArray,
) -> Candidates:
    """Best support of each bin.

    Args:
        layout: the design.
        signatures: its tables.
        observations: (w, r + 1) values U_p of each bin.
        groups: (w,) group of each bin.
        bins: (w,) index of each bin within its group.
        patterns: a set of `flip_patterns`.
    """
    rows = max(1, _CHUNK_WORDS // len(patterns))
    pieces = [
        _decode_chunk(
            layout, signatures, observations[s : s + rows], groups[s : s + rows], bins[s : s + rows], patterns, s
        )
        for s in range(0, max(len(observations), 1), rows)
    ]
    return Candidates(
        np.concatenate([p.bins for p in pieces]),
        np.concatenate([p.supports for p in pieces]),
        np.concatenate([p.amplitudes for p in pieces]),
    )


def _decode_chunk(
    layout: CodedLayout,
    signatures: Signatures,
    observations: FloatArray,
    groups: IntArray,
    bins: IntArray,
    patterns: BoolArray,
    offset: int,
) -> Candidates:
    code = layout.code
    negative = observations < 0
    parities = negative[:, 1:] ^ negative[:, :1]
    base = _received_syndromes(parities, code.parity_syndromes)
    # Flipping the reference, observation 0, flips every parity.
    flip = np.concatenate([np.bitwise_xor.reduce(code.parity_syndromes, axis=0)[None], code.parity_syndromes])
    depth = min(patterns.shape[1], observations.shape[1])
    patterns = patterns[~patterns[:, depth:].any(axis=1), :depth]
    words = np.repeat(base[:, None, :], len(patterns), axis=1)
    if depth:
        weakest = np.argsort(np.abs(observations), axis=1, kind="stable")[:, :depth]
        for column in range(depth):
            words[:, patterns[:, column]] ^= flip[weakest[:, column]][:, None, :]
    decoded = decode_syndromes(code, words.reshape(-1, code.t))
    word_bin = decoded.words // len(patterns)
    group = groups[word_bin]
    supports = _to_features(layout, group, decoded.supports)
    valid = (decoded.orders > 0) & (signatures.bins(group, supports) == bins[word_bin])
    word_bin, group, supports = word_bin[valid], group[valid], supports[valid]
    amplitudes = np.einsum("wp,wp->w", observations[word_bin], signatures.patterns(group, supports))
    amplitudes /= observations.shape[1]
    order = np.lexsort((-np.abs(amplitudes), word_bin))
    best = order[np.concatenate([[True], np.diff(word_bin[order]) > 0])] if len(order) else order
    return Candidates(word_bin[best] + offset, supports[best], amplitudes[best])


def _received_syndromes(parities: BoolArray, table: IntArray) -> IntArray:
    """XOR of the table's rows at the set parities: (w, r) and (r, t) give (w, t)."""
    out = np.zeros((len(parities), table.shape[1]), dtype=np.int64)
    for position in range(len(table)):
        out ^= np.where(parities[:, position, None], table[position], 0)
    return out


def _to_features(layout: CodedLayout, groups: IntArray, information: IntArray) -> IntArray:
    """Information positions (w, t), filled up with n, as ascending features."""
    padded = np.concatenate([layout.feature_at, np.full((len(layout.feature_at), 1), layout.code.n_info)], axis=1)
    features: IntArray = np.sort(padded[groups[:, None], information], axis=1)
    return features
