"""Bounded-distance decoding of many BCH words at once, from their syndromes.

Two steps, each on whole arrays: the error locator by Berlekamp-Massey, then its roots by evaluation at every code
position (Chien search). `sieve` rejects most undecodable words before.
Source: Lin and Costello, Error Control Coding, chapter 6.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spex_core.arrays import BoolArray, IntArray
from spex_core.coding.bch import BchCode
from spex_core.coding.field import BinaryField

_CHUNK_WORDS = 4096  # keeps the working set of one chunk inside the processor's cache
_CHUNK_POINTS = 100_000


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
        syndromes: (w, t) S_1, S_3, ..., S_{2t-1} per word; fastest as the transpose of a (t, w) array.

    Returns:
        The decodable words in order; the all-zero word (no error at all) is among them with an empty support.
    """
    used = code.n_info + code.n_parity
    words, positions = [np.zeros(0, dtype=np.int64)], [np.zeros((0, code.t), dtype=np.int64)]
    for start in range(0, len(syndromes), _CHUNK_WORDS):
        locators, degrees = berlekamp_massey(code.field, syndromes[start : start + _CHUNK_WORDS])
        for degree in range(code.t + 1):
            chosen = np.flatnonzero(degrees == degree)
            if len(chosen):
                roots, inside = _roots_at_positions(code, locators[: degree + 1, chosen])
                words.append(start + chosen[inside])
                positions.append(np.pad(roots[inside], ((0, 0), (0, code.t - degree)), constant_values=used))
    word, position = np.concatenate(words), np.concatenate(positions)
    order = np.argsort(word, kind="stable")
    word, position = word[order], position[order]
    is_info = (position >= code.n_parity) & (position < used)
    supports = np.sort(np.where(is_info, position - code.n_parity, code.n_info), axis=1)
    orders = is_info.sum(axis=1)
    return Decoded(word, supports, orders, (position < code.n_parity).sum(axis=1))


def berlekamp_massey(field: BinaryField, syndromes: IntArray) -> tuple[IntArray, IntArray]:
    """Inversion-free Berlekamp-Massey for binary codes, on all words at once.

    For a binary code the discrepancy of every even step is zero, so t steps do.

    Args:
        field: GF(2^m).
        syndromes: (w, t) odd syndromes S_1, S_3, ...

    Returns:
        Locators (t + 1, w), coefficient of x^i in row i, up to a scale; and degrees (w,), t + 1 where no
        locator of degree <= t fits.
    """
    count, t = syndromes.shape
    full = np.empty((2 * t, count), dtype=np.int64)  # logarithms, row i of S_{i+1}
    full[0::2] = field.log[syndromes.T]
    for i in range(1, 2 * t, 2):
        full[i] = field.log[field.exp[2 * full[i // 2]]]  # S_2i = S_i^2
    locator = np.zeros((t + 1, count), dtype=np.int64)
    locator[0] = 1
    correction = np.zeros((t + 1, count), dtype=np.int64)
    correction[1] = 1
    scale = np.zeros(count, dtype=np.int64)  # logarithm
    length = np.zeros(count, dtype=np.int64)
    for step in range(t):
        before, after = min(t, 2 * step) + 1, min(t, 2 * step + 1) + 1  # rows that can hold anything
        logs = field.log[locator[:before]]
        # S_{2 step + 1 - i} for i = 0, 1, ...
        discrepancy = np.bitwise_xor.reduce(field.exp[logs + full[2 * step - np.arange(before)]], axis=0)
        discrepancy_log = field.log[discrepancy]
        updated = field.exp[discrepancy_log + field.log[correction[:after]]]
        updated[:before] ^= field.exp[scale + logs]
        grow = (discrepancy != 0) & (length <= step)
        # One x for this step and one for the even step after it, whose discrepancy is zero.
        correction[2:] = np.where(grow, locator[:-2], correction[:-2])
        correction[:2] = 0
        locator[:after] = updated
        scale = np.where(grow, discrepancy_log, scale)
        length = np.where(grow, 2 * step + 1 - length, length)
    # A locator whose degree differs from its register length belongs to no error pattern.
    degree = t - np.argmax(locator[::-1] != 0, axis=0)
    return locator, np.where((length > t) | (degree != length), t + 1, degree)


def _roots_at_positions(code: BchCode, locators: IntArray) -> tuple[IntArray, BoolArray]:
    """Code positions (w, d) of the errors behind locators (d + 1, w), and whether there are d of them."""
    points = np.arange(code.n_info + code.n_parity)
    degree, count = len(locators) - 1, locators.shape[1]
    found = np.zeros((count, degree), dtype=np.int64)
    inside = np.zeros(count, dtype=bool)
    exponents = -points * np.arange(degree + 1)[:, None] % code.field.order  # roots are inverse to positions
    rows = max(1, _CHUNK_POINTS // len(points))
    for start in range(0, count, rows):
        logs = code.field.log[locators[:, start : start + rows]]
        total = code.field.exp[logs[0, :, None] + exponents[0]]
        for i in range(1, degree + 1):
            total ^= code.field.exp[logs[i, :, None] + exponents[i]]
        word, position = np.nonzero(total == 0)
        complete = np.bincount(word, minlength=logs.shape[1]) == degree
        inside[start : start + rows] = complete
        found[start : start + rows][complete] = position[complete[word]].reshape(complete.sum(), degree)
    return found, inside
