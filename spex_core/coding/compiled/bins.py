"""Compiled kernels of SPEX decoding. Importing this module loads numba: only `compiled` does, where it pays.

`chase` and `signatures` hold the same computations on NumPy arrays and describe them; the results are the same bit
for bit. Here bins are decoded one after the other, the words of a few bins sieved together (`sieve`) and
those that pass decoded one by one (`words`).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from spex_core.arrays import BoolArray, FloatArray, IntArray
from spex_core.coding.compiled.sieve import new_planes, sieve
from spex_core.coding.compiled.words import Code, decode_word, field_degree, new_scratch

_LANES = 48  # 3,072 words are sieved at a time
_FEW_PATTERNS = 32  # so few words per bin are decoded faster than sieved

# Observations lie on a grid on which sums are exact in any order, so they may be summed in any.
_compiled = njit(cache=True, nogil=True, fastmath={"reassoc", "nsz"})


class Layout(NamedTuple):
    """Where supports fall: hashes (n + 1, c), sign words (n + 1, c, q) uint64, features (c, n) by position, b."""

    hashes: IntArray
    signs: IntArray
    feature_at: IntArray
    b: int


class Flips(NamedTuple):
    """Columns (P, f) that each pattern flips, filled up with -1; packed patterns (depth, ...) that flip each column."""

    columns: IntArray
    members: IntArray


class Best(NamedTuple):
    """Per bin: whether anything decoded, the best support (w, t) filled up with n, its amplitude."""

    found: BoolArray
    supports: IntArray
    amplitudes: FloatArray


@_compiled
def decode_bins(layout, code, flips, observations, cells, weakest):  # type: ignore[no-untyped-def]
    """Best support of each bin, as `chase.decode_bins`.

    Args:
        layout, code, flips: tables.
        observations: (w, r + 1) float64.
        cells: (w,) index of each bin, the bins of all groups counted through.
        weakest: (w, depth) the least reliable observations of each bin.

    Returns:
        `Best`.
    """
    count, t = len(cells), code.flipped.shape[1]
    best = Best(
        np.zeros(count, dtype=np.bool_),
        np.full((count, t), len(layout.hashes) - 1, dtype=np.int64),
        np.zeros(count, dtype=np.float64),
    )
    scratch = new_scratch(t)
    received = _received(observations, code.flipped)
    patterns = len(flips.columns)
    if patterns < _FEW_PATTERNS or t == 1:
        for word in range(count):
            for pattern in range(patterns):
                _try_word(word, pattern, layout, code, flips, observations, cells, weakest, received, scratch, best)
        return best
    lanes = flips.members.shape[1]
    block = max(1, min(_LANES // lanes, count))
    planes = new_planes(field_degree(code), t, block * lanes)
    for start in range(0, count, block):
        stop = min(start + block, count)
        _fill(planes.odd, received, weakest, code.flipped, flips.members, start, stop)
        sieve(planes, code.taps)
        for word in range(start, stop):
            for lane in range(lanes):
                bits = planes.passed[(word - start) * lanes + lane]
                for bit in range(min(64, patterns - 64 * lane)):
                    if bits >> np.uint64(bit) & np.uint64(1):
                        _try_word(
                            word, 64 * lane + bit, layout, code, flips, observations, cells, weakest, received,
                            scratch, best,
                        )  # fmt: skip
    return best


@_compiled
def correlate(layout, bins, supports):  # type: ignore[no-untyped-def]
    """Cells (k, c) of supports (k, t), filled up with n, and the sums there of the observations times their signs."""
    hashes, signs = layout.hashes, layout.signs
    count, groups, shifts = len(supports), hashes.shape[1], bins.shape[1]
    cells = np.empty((count, groups), dtype=np.int64)
    sums = np.empty((count, groups), dtype=np.float64)
    for row in range(count):
        order = _order(supports, row, len(hashes) - 1)
        for group in range(groups):
            cell = _cell(hashes, supports, row, order, group) + (group << layout.b)
            total = 0.0
            for part in range(signs.shape[2]):
                parity = _parity(signs, supports, row, order, group, part)
                total += _signed_sum(bins, cell, parity, 64 * part, min(64 * part + 64, shifts))
            cells[row, group], sums[row, group] = cell, total
    return cells, sums


@_compiled
def superpose(layout, supports, amplitudes, bins):  # type: ignore[no-untyped-def]
    """Add terms to the bins, as `Signatures.superposed`."""
    hashes, signs = layout.hashes, layout.signs
    for row in range(len(supports)):
        order = _order(supports, row, len(hashes) - 1)
        for group in range(hashes.shape[1]):
            cell = _cell(hashes, supports, row, order, group) + (group << layout.b)
            for part in range(signs.shape[2]):
                parity = _parity(signs, supports, row, order, group, part)
                values = bins[cell, 64 * part : 64 * part + 64]
                for i in range(len(values)):
                    values[i] += -amplitudes[row] if parity >> np.uint64(i) & np.uint64(1) else amplitudes[row]


@_compiled
def overlaps(layout, supports, shifts):  # type: ignore[no-untyped-def]
    """Pairs of supports that share a bin, and the products of their signs summed there, as `Signatures.overlaps`."""
    hashes, signs = layout.hashes, layout.signs
    terms, groups = len(supports), hashes.shape[1]
    cells = np.empty(terms * groups, dtype=np.int64)
    for row in range(terms):
        order = _order(supports, row, len(hashes) - 1)
        for group in range(groups):
            cells[row * groups + group] = _cell(hashes, supports, row, order, group) + (group << layout.b)
    sorted_by_cell, pairs = _by_cell(cells, groups << layout.b)
    first, second, overlap = (
        np.empty(pairs, dtype=np.int64),
        np.empty(pairs, dtype=np.int64),
        np.empty(pairs, dtype=np.int64),
    )
    pair, distance = 0, 1
    while pair < pairs:
        for i in range(len(cells) - distance):
            left, right = sorted_by_cell[i], sorted_by_cell[i + distance]
            if cells[left] != cells[right]:
                continue
            group = left % groups
            first[pair], second[pair] = left // groups, right // groups
            agreeing = shifts
            for part in range(signs.shape[2]):
                parity = np.uint64(0)
                for row in (first[pair], second[pair]):
                    order = _order(supports, row, len(hashes) - 1)
                    parity ^= _parity(signs, supports, row, order, group, part)
                while parity:
                    parity &= parity - np.uint64(1)
                    agreeing -= 2
            overlap[pair] = agreeing
            pair += 1
        distance += 1
    return first, second, overlap


@_compiled
def _by_cell(cells, count):  # type: ignore[no-untyped-def]
    """A stable order by cell, and how many pairs share a cell."""
    starts = np.zeros(count + 1, dtype=np.int64)
    for cell in cells:
        starts[cell + 1] += 1
    pairs = 0
    for cell in range(count):
        pairs += starts[cell + 1] * (starts[cell + 1] - 1) // 2
        starts[cell + 1] += starts[cell]
    order = np.empty(len(cells), dtype=np.int64)
    for i in range(len(cells)):
        order[starts[cells[i]]] = i
        starts[cells[i]] += 1
    return order, pairs


@_compiled
def _order(supports, row, padding):  # type: ignore[no-untyped-def]
    """How many features a support has."""
    order = 0
    while order < supports.shape[1] and supports[row, order] < padding:
        order += 1
    return order


@_compiled
def _cell(hashes, supports, row, order, group):  # type: ignore[no-untyped-def]
    """Bin of a support within a group."""
    cell = np.int64(0)
    for i in range(order):
        cell ^= hashes[supports[row, i], group]
    return cell


@_compiled
def _parity(signs, supports, row, order, group, part):  # type: ignore[no-untyped-def]
    """64 packed parities of a support."""
    parity = np.uint64(0)
    for i in range(order):
        parity ^= signs[supports[row, i], group, part]
    return parity


@_compiled
def _signed_sum(values, row, parity, start, stop):  # type: ignore[no-untyped-def]
    """Sum of values[row, start:stop], those negative whose bit of `parity` is set."""
    part = values[row, start:stop]
    total = 0.0
    for i in range(len(part)):
        value = part[i]
        total += -value if parity >> np.uint64(i) & np.uint64(1) else value
    return total


@_compiled
def _received(observations, flipped):  # type: ignore[no-untyped-def]
    """Syndromes (w, t) of the signs as they are."""
    count, shifts = observations.shape
    received = np.zeros((count, flipped.shape[1]), dtype=np.int64)
    for word in range(count):
        reference = observations[word, 0] < 0
        for shift in range(1, shifts):
            if (observations[word, shift] < 0) != reference:
                for k in range(flipped.shape[1]):
                    received[word, k] ^= flipped[shift, k]
    return received


@_compiled
def _fill(odd, received, weakest, flipped, members, start, stop):  # type: ignore[no-untyped-def]
    """Planes of the syndromes of every pattern of the bins from `start` to `stop`."""
    t, m, _ = odd.shape
    lanes = members.shape[1]
    for word in range(start, stop):
        first = (word - start) * lanes
        for k in range(t):
            for i in range(m):
                everywhere = np.uint64(0) - np.uint64(received[word, k] >> i & 1)
                for lane in range(lanes):
                    odd[k, i, first + lane] = everywhere
        for column in range(len(members)):
            for k in range(t):
                syndrome = flipped[weakest[word, column], k]
                for i in range(m):
                    if syndrome >> i & 1:
                        for lane in range(lanes):
                            odd[k, i, first + lane] ^= members[column, lane]


@_compiled
def _try_word(word, pattern, layout, code, flips, observations, cells, weakest, received, scratch, best):  # type: ignore[no-untyped-def]
    """Decode one word; keep its support where it belongs to the bin and correlates better than those before."""
    t = code.flipped.shape[1]
    for k in range(t):
        scratch.syndrome[k] = received[word, k]
    for i in range(flips.columns.shape[1]):
        column = flips.columns[pattern, i]
        if column < 0:
            break
        for k in range(t):
            scratch.syndrome[k] ^= code.flipped[weakest[word, column], k]
    parities, n_info = observations.shape[1] - 1, (len(layout.hashes) - 1)
    degree = decode_word(parities + n_info, flips.columns.shape[0] > 1, code, scratch)
    group, supports = cells[word] >> layout.b, scratch.supports
    order = _to_features(scratch, degree, parities, group, layout)
    if order == 0 or _cell(layout.hashes, supports, 0, order, group) + (group << layout.b) != cells[word]:
        return
    total = 0.0
    for part in range(layout.signs.shape[2]):
        parity = _parity(layout.signs, supports, 0, order, group, part)
        total += _signed_sum(observations, word, parity, 64 * part, min(64 * part + 64, parities + 1))
    amplitude = total / (parities + 1)
    if not best.found[word] or abs(amplitude) > abs(best.amplitudes[word]):
        best.found[word] = True
        best.amplitudes[word] = amplitude
        for i in range(t):
            best.supports[word, i] = supports[0, i] if i < order else n_info


@_compiled
def _to_features(scratch, degree, parities, group, layout):  # type: ignore[no-untyped-def]
    """Features, ascending, at the roots that are no parities, put into the scratch: how many there are."""
    roots, supports = scratch.roots, scratch.supports
    order = 0
    for i in range(degree):
        if roots[i] < parities:
            continue
        feature = layout.feature_at[group, roots[i] - parities]
        at = order
        while at > 0 and supports[0, at - 1] > feature:
            supports[0, at] = supports[0, at - 1]
            at -= 1
        supports[0, at] = feature
        order += 1
    return order


def compile_all() -> None:
    """Compile every kernel for the types that are used, or load what is kept, and refuse others from then on."""
    layout = Layout(
        np.zeros((2, 1), dtype=np.int64), np.zeros((2, 1, 1), dtype=np.uint64), np.zeros((1, 2), np.int64), 0
    )
    code = Code(*(np.zeros(2, dtype=np.uint16),) * 2, np.zeros((2, 1), dtype=np.int64), np.zeros(1, dtype=np.int64))
    flips = Flips(np.zeros((0, 0), dtype=np.int64), np.zeros((0, 1), dtype=np.uint64))
    none, bins = np.zeros((0, 1), dtype=np.int64), np.zeros((1, 2))
    decode_bins(layout, code, flips, bins[:0], none[:, 0].copy(), none)
    correlate(layout, bins, none)
    superpose(layout, none, np.zeros(0), bins)
    overlaps(layout, none, 2)
    for kernel in (decode_bins, correlate, superpose, overlaps):
        kernel.disable_compile()
