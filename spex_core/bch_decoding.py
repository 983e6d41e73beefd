"""Bounded-distance decoding of many BCH words at once, from their syndromes.

Three steps, each on whole arrays: the error locator by Berlekamp-Massey; a test that it splits into distinct
linear factors, i.e. that x^(2^m) = x modulo the locator, which rejects most undecodable words before any root
search; then the roots by evaluation at every code position (Chien search).
Source: Lin and Costello, Error Control Coding, chapter 6; von zur Gathen and Gerhard, Modern Computer Algebra, 14.2.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spex_core.arrays import BoolArray, IntArray
from spex_core.bch import BchCode
from spex_core.binary_field import BinaryField

_CHUNK_WORDS = 4096  # keeps the working set of one chunk inside the processor's cache


@dataclass(frozen=True, eq=False)
class Decoded:
    """Words that decoded.

    Attributes:
        words: (d,) positions of those words in the input.
        supports: (d, t) information bits in error, ascending, filled up with n.
        orders: (d,) how many there are.
        parity_errors: (d,) how many parities were corrected beside them.
    """

    words: IntArray
    supports: IntArray
    orders: IntArray
    parity_errors: IntArray


def decode_syndromes(code: BchCode, syndromes: IntArray) -> Decoded:
    """Find the error pattern of at most t ones behind each set of syndromes, where there is one.

    Args:
        code: the code.
        syndromes: (w, t) S_1, S_3, ..., S_{2t-1} per word.

    Returns:
        The decodable words in order; the all-zero word (no error at all) is among them with an empty support.
    """
    pieces = [
        _decode_chunk(code, syndromes[start : start + _CHUNK_WORDS], start)
        for start in range(0, len(syndromes), _CHUNK_WORDS)
    ]
    if not pieces:
        none = np.zeros(0, dtype=np.int64)
        return Decoded(none, np.zeros((0, code.t), dtype=np.int64), none, none)
    return Decoded(
        np.concatenate([p.words for p in pieces]),
        np.concatenate([p.supports for p in pieces]),
        np.concatenate([p.orders for p in pieces]),
        np.concatenate([p.parity_errors for p in pieces]),
    )


def _decode_chunk(code: BchCode, syndromes: IntArray, offset: int) -> Decoded:
    locators, degrees = berlekamp_massey(code.field, syndromes)
    words: list[IntArray] = [np.flatnonzero(degrees == 0)]
    roots: list[IntArray] = [np.full((len(words[0]), code.t), code.n_info + code.n_parity, dtype=np.int64)]
    for degree in range(1, code.t + 1):
        chosen = np.flatnonzero(degrees == degree)
        if not len(chosen):
            continue
        monic = _reversed_monic(code.field, locators[chosen, : degree + 1])
        splits = splits_completely(code.field, monic)
        chosen, monic = chosen[splits], monic[splits]
        positions, inside = _roots_at_positions(code, monic)
        words.append(chosen[inside])
        roots.append(positions[inside])
    word = np.concatenate(words)
    position = np.concatenate(roots)
    order = np.argsort(word, kind="stable")
    word, position = word[order], position[order]
    used = position < code.n_info + code.n_parity
    is_info = used & (position >= code.n_parity)
    supports = np.sort(np.where(is_info, position - code.n_parity, code.n_info), axis=1)
    orders = is_info.sum(axis=1)
    return Decoded(word + offset, supports, orders, used.sum(axis=1) - orders)


def berlekamp_massey(field: BinaryField, syndromes: IntArray) -> tuple[IntArray, IntArray]:
    """Inversion-free Berlekamp-Massey for binary codes, on all words at once.

    For a binary code the discrepancy of every even step is zero, so t steps do.

    Args:
        field: GF(2^m).
        syndromes: (w, t) odd syndromes S_1, S_3, ...

    Returns:
        Locators (w, t + 1), coefficient of x^i in column i, up to a scale; and degrees (w,), t + 1 where no
        locator of degree <= t fits.
    """
    count, t = syndromes.shape
    odd = np.ascontiguousarray(syndromes.T)
    full = np.zeros((2 * t, count), dtype=np.int64)  # row i holds S_{i+1}
    full[0::2] = odd
    for i in range(2, 2 * t + 1, 2):
        full[i - 1] = field.square(full[i // 2 - 1])
    full_log = field.log[full]
    locator = np.zeros((t + 1, count), dtype=np.int64)
    locator[0] = 1
    correction = np.zeros((t + 1, count), dtype=np.int64)
    correction[1] = 1
    scale_log = np.zeros(count, dtype=np.int64)
    length = np.zeros(count, dtype=np.int64)
    for step in range(t):
        locator_log = field.log[locator]
        terms = min(t, 2 * step) + 1
        # S_{2 step + 1 - i} for i = 0..terms-1
        products = field.exp[locator_log[:terms] + full_log[2 * step - np.arange(terms)]]
        discrepancy = np.bitwise_xor.reduce(products, axis=0)
        discrepancy_log = field.log[discrepancy]
        updated = field.exp[scale_log + locator_log] ^ field.exp[discrepancy_log + field.log[correction]]
        grow = (discrepancy != 0) & (length <= step)
        source = np.where(grow, locator, correction)
        # One x for this step and one for the even step after it, whose discrepancy is zero.
        correction = np.zeros_like(correction)
        correction[2:] = source[:-2]
        locator = updated
        scale_log = np.where(grow, discrepancy_log, scale_log)
        length = np.where(grow, 2 * step + 1 - length, length)
    # A locator whose degree differs from its register length belongs to no error pattern.
    degree = np.where(locator != 0, np.arange(t + 1)[:, None], 0).max(axis=0)
    bad = (length > t) | (degree != length)
    return locator.T, np.where(bad, t + 1, degree)


def _reversed_monic(field: BinaryField, locators: IntArray) -> IntArray:
    """Coefficients (w, d) of the monic polynomial with the error positions as roots, constant first, x^d left out."""
    flipped = locators[:, ::-1]
    lead = field.log[flipped[:, -1]]  # coefficient 0 of the locator, never zero
    scaled: IntArray = field.exp[field.log[flipped[:, :-1]] + (field.order - lead)[:, None]]
    return scaled


def splits_completely(field: BinaryField, monic: IntArray) -> BoolArray:
    """Which monic polynomials (w, d), x^d left out, have d distinct non-zero roots in the field: (w,) bool."""
    count, degree = monic.shape
    good: BoolArray = monic[:, 0] != 0
    if degree == 1:
        return good
    low = np.ascontiguousarray(monic.T)
    low_log = field.log[low]
    # powers[e] = x^e mod the polynomial for even e >= degree, by repeated multiplication with x
    current = low.copy()  # x^degree
    powers: dict[int, IntArray] = {degree: field.log[current]}
    for exponent in range(degree + 1, 2 * degree - 1):
        top = field.log[current[-1]]
        shifted = np.zeros_like(current)
        shifted[1:] = current[:-1]
        current = shifted ^ field.exp[top + low_log]
        powers[exponent] = field.log[current]
    value = np.zeros((degree, count), dtype=np.int64)
    value[1] = 1
    for _ in range(field.m):
        squares = field.square(value)
        value = np.zeros_like(value)
        for i in range(degree):
            if 2 * i < degree:
                value[2 * i] ^= squares[i]
            else:
                value ^= field.exp[field.log[squares[i]] + powers[2 * i]]
    target = np.zeros(degree, dtype=np.int64)
    target[1] = 1
    result: BoolArray = good & (value == target[:, None]).all(axis=0)
    return result


def _roots_at_positions(code: BchCode, monic: IntArray) -> tuple[IntArray, BoolArray]:
    """Code positions (w, t) of the roots, filled up with n + r, and whether all lie inside the shortened code."""
    used = code.n_info + code.n_parity
    count, degree = monic.shape
    points = np.arange(used)
    found = np.full((count, code.t), used, dtype=np.int64)
    inside = np.zeros(count, dtype=bool)
    rows = max(1, 1_000_000 // used)
    for start in range(0, count, rows):
        logs = code.field.log[monic[start : start + rows]]
        total = np.broadcast_to(code.field.power(points * degree), (len(logs), used)).copy()
        for i in range(degree):
            total ^= code.field.exp[logs[:, i, None] + (points * i % code.field.order)[None, :]]
        word, position = np.nonzero(total == 0)
        complete = np.bincount(word, minlength=len(logs)) == degree
        inside[start : start + rows] = complete
        found[start + np.flatnonzero(complete), :degree] = position[complete[word]].reshape(-1, degree)
    return found, inside
