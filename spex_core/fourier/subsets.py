"""All subsets of one size of many feature sets, equal ones brought together: the inner loop of conversions."""

from __future__ import annotations

from itertools import chain, combinations
from math import comb

import numpy as np

from spex_core.arrays import IntArray, Support


def picks(d: int, s: int) -> IntArray:
    """(C(d, s), s) column numbers of every size-s subset of d columns, in lexicographic order."""
    count = comb(d, s)
    return np.fromiter(chain.from_iterable(combinations(range(d), s)), np.int64, count * s).reshape(count, s)


def renumber(blocks: list[IntArray], n_features: int) -> tuple[list[IntArray], IntArray]:
    """Number the features that occur in (k, d) tables of positions from 0 up, keeping their order.

    Returns:
        The tables in new numbers, and the feature position behind each number.
    """
    occurs = np.zeros(n_features, dtype=bool)
    for block in blocks:
        occurs[block] = True
    numbers = np.cumsum(occurs) - 1
    return [numbers[block] for block in blocks], np.flatnonzero(occurs)


def merge_subsets(blocks: list[IntArray], s: int, limit: int) -> tuple[IntArray, IntArray]:
    """Every size-s subset of every row of every table.

    Args:
        blocks: (k, d) tables of numbers below `limit`, each row strictly rising.
        s: size of the subsets.
        limit: how many numbers there are.

    Returns:
        The distinct subsets, (t, s), in lexicographic order, and for each listed subset (tables in turn,
        then rows, then `picks`) the row of its distinct one.
    """
    listed = sum(len(block) * comb(block.shape[1], s) for block in blocks)
    if s == 0:
        return np.zeros((min(1, listed), 0), dtype=np.int64), np.zeros(listed, dtype=np.int64)
    bits = max(1, (limit - 1).bit_length())
    per_word = 63 // bits
    keys = [_keys(block, s, bits, per_word) for block in blocks]
    words, ordering = _sorted([np.concatenate(pieces) for pieces in zip(*keys, strict=True)], s * bits)
    fresh = np.zeros(listed, dtype=bool)
    fresh[:1] = True
    for word in words:
        fresh[1:] |= word[1:] != word[:-1]
    group = np.empty(listed, dtype=np.int64)
    group[ordering] = np.cumsum(fresh) - 1
    return _numbers([word[fresh] for word in words], s, bits, per_word), group


def as_supports(subsets: IntArray, positions: IntArray) -> list[Support]:
    """(t, s) numbers to tuples of the feature positions behind them."""
    if subsets.shape[1] == 0:
        return [()] * len(subsets)
    # Either way no int is made: bytes give out the small ones that Python keeps, the others are made once per feature.
    if positions.max() < 256:
        small = positions.astype(np.uint8)
        return list(zip(*[small[column].tobytes() for column in subsets.T], strict=True))
    shared = np.array(positions.tolist(), dtype=object)
    return list(zip(*[shared[column].tolist() for column in subsets.T], strict=True))


def _sorted(words: list[IntArray], bits: int) -> tuple[list[IntArray], IntArray]:
    """Keys in rising order, and where each stood; keys of `bits` bits in all, the first word the most significant, in
    arrays that are written over."""
    count = len(words[0])
    place = count.bit_length()
    if bits + place > 63:
        ordering = np.lexsort(words[::-1])
        return [word[ordering] for word in words], ordering
    # A key and its place in one number: sorting plain numbers is several times faster than ordering them.
    packed = words[0]
    packed <<= place
    packed |= np.arange(count)
    packed.sort()
    return [packed >> place], packed & ((1 << place) - 1)


def _keys(block: IntArray, s: int, bits: int, per_word: int) -> list[IntArray]:
    """Keys of every size-s subset of every row: int64 words, equal only for equal subsets and in
    lexicographic order; `per_word` numbers of `bits` bits to a word."""
    chosen = picks(block.shape[1], s).T
    columns = np.ascontiguousarray(block.T)
    words = []
    for start in range(0, s, per_word):
        word = columns[chosen[start]]
        for pick in chosen[start + 1 : start + per_word]:
            word <<= bits
            word |= columns[pick]
        words.append(word.T.ravel())
    return words


def _numbers(words: list[IntArray], s: int, bits: int, per_word: int) -> IntArray:
    """Keys back to (t, s) numbers."""
    numbers = np.empty((s, len(words[0])), dtype=np.int64)
    for j in range(s):
        in_word = min(per_word, s - j // per_word * per_word)
        shift = bits * (in_word - 1 - j % per_word)
        numbers[j] = (words[j // per_word] >> shift) & ((1 << bits) - 1)
    return numbers.T
