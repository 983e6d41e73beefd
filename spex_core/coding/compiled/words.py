"""Bounded-distance decoding of one BCH word, compiled: `bch_decoding` and the test of `coding.sieve`, word by word."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from spex_core.arrays import IntArray

_compiled = njit(cache=True, nogil=True)


class Code(NamedTuple):
    """exp and log of the field, as small as they can be, syndromes (r + 1, t) of each flipped observation, taps of the
    field's polynomial."""

    exp: npt.NDArray[np.uint16]
    log: npt.NDArray[np.uint16]
    flipped: IntArray
    taps: IntArray


class Scratch(NamedTuple):
    """Working memory of one word."""

    syndrome: IntArray
    locator: IntArray
    correction: IntArray
    before: IntArray
    full: IntArray
    logs: IntArray
    exponents: IntArray
    roots: IntArray
    supports: IntArray
    value: IntArray
    squares: IntArray
    powers: IntArray


@_compiled
def new_scratch(t):  # type: ignore[no-untyped-def]
    """Working memory for t errors."""
    return Scratch(
        syndrome=np.zeros(t, dtype=np.int64),
        locator=np.zeros(t + 1, dtype=np.int64),
        correction=np.zeros(t + 1, dtype=np.int64),
        before=np.zeros(t + 1, dtype=np.int64),
        full=np.zeros(2 * t, dtype=np.int64),
        logs=np.zeros(t, dtype=np.int64),
        exponents=np.zeros(t, dtype=np.int64),
        roots=np.zeros(t, dtype=np.int64),
        supports=np.zeros((1, t), dtype=np.int64),
        value=np.zeros(t, dtype=np.int64),
        squares=np.zeros(t, dtype=np.int64),
        powers=np.zeros((t, t), dtype=np.int64),
    )


@_compiled
def field_degree(code):  # type: ignore[no-untyped-def]
    """m of GF(2^m)."""
    m = 0
    while 1 << m < len(code.log):
        m += 1
    return m


@_compiled
def decode_word(positions, sieved, code, scratch):  # type: ignore[no-untyped-def]
    """Errors behind the syndromes in the scratch: how many, their code positions in its `roots`; 0 where there is none.

    Args:
        positions: n + r of the shortened code.
        sieved: whether the word has passed a sieve: most of those are no codeword of the shortened code.
        code: its tables.
        scratch: working memory.
    """
    degree = _error_locator(code, scratch)
    if degree < 1 or not _splits(degree, code, scratch):
        return 0
    if sieved and _has_root(positions, len(code.log) - 1, degree, code, scratch):
        return 0  # a root outside is found sooner than that one inside is missing
    return _roots(positions, degree, code, scratch)


@_compiled
def _error_locator(code, scratch):  # type: ignore[no-untyped-def]
    """`bch_decoding.berlekamp_massey` of one word: the degree of the locator, or -1 where there is none."""
    exp, log, t = code.exp, code.log, code.flipped.shape[1]
    locator, correction, before, full = scratch.locator, scratch.correction, scratch.before, scratch.full
    for k in range(t):
        full[2 * k] = scratch.syndrome[k]
    for k in range(1, 2 * t, 2):
        full[k] = exp[2 * log[full[k // 2]]]
    locator[:] = 0
    correction[:] = 0
    locator[0] = 1
    correction[1] = 1
    scale, length = np.int64(1), 0
    for step in range(t):
        discrepancy = np.int64(0)
        for i in range(min(t, 2 * step) + 1):
            discrepancy ^= exp[log[locator[i]] + log[full[2 * step - i]]]
        for i in range(t + 1):
            before[i] = locator[i]
            locator[i] = exp[log[scale] + log[locator[i]]] ^ exp[log[discrepancy] + log[correction[i]]]
        grow = discrepancy != 0 and length <= step
        for i in range(t, 1, -1):
            correction[i] = before[i - 2] if grow else correction[i - 2]
        correction[0] = 0
        correction[1] = 0
        if grow:
            scale = discrepancy
            length = 2 * step + 1 - length
    degree = t
    while locator[degree] == 0:
        degree -= 1
    return degree if length <= t and degree == length else -1


@_compiled
def _splits(degree, code, scratch):  # type: ignore[no-untyped-def]
    """Whether the locator divides x^(2^m) - x, and so has as many roots as its degree."""
    exp, log, value, squares = code.exp, code.log, scratch.value, scratch.squares
    if degree < 3:
        return True  # the search for roots is as fast
    powers = scratch.powers  # row i: x^(degree + i) modulo the locator
    order = len(log) - 1
    lead = order - log[scratch.locator[degree]]
    for j in range(degree):
        powers[0, j] = exp[log[scratch.locator[j]] + lead]
    for i in range(1, degree - 1):
        last = log[powers[i - 1, degree - 1]]
        for j in range(degree):
            powers[i, j] = exp[log[powers[0, j]] + last] ^ (powers[i - 1, j - 1] if j else 0)
    low = (degree + 1) // 2
    done = 0
    while 2 << done <= 2 * degree - 2:
        done += 1
    for j in range(degree):
        value[j] = powers[(1 << done) - degree, j]
    for _ in range(field_degree(code) - done):
        for j in range(degree):
            squares[j] = exp[2 * log[value[j]]]
        for j in range(degree):
            value[j] = 0 if j % 2 else squares[j // 2]
        for i in range(low, degree):
            square = log[squares[i]]
            for j in range(degree):
                value[j] ^= exp[log[powers[2 * i - degree, j]] + square]
    value[1] ^= 1
    rest = np.int64(0)
    for j in range(degree):
        rest |= value[j]
    return rest == 0


@_compiled
def _has_root(start, stop, degree, code, scratch):  # type: ignore[no-untyped-def]
    """Whether the locator vanishes at the inverse of a position from `start` to `stop`."""
    for i in range(degree + 1):
        scratch.before[i] = scratch.locator[i]
    return _next_root(start, stop, degree, code, scratch) < stop


@_compiled
def _roots(positions, degree, code, scratch):  # type: ignore[no-untyped-def]
    """Put the positions whose inverses are roots of the locator into the scratch: `degree`, or 0 if one is missing."""
    exp, log, rest = code.exp, code.log, scratch.before
    order = len(log) - 1
    for i in range(degree + 1):
        rest[i] = scratch.locator[i]
    position = -1
    for found in range(degree):
        left = degree - found
        if left == 1:
            position = (order + log[rest[1]] - log[rest[0]]) % order
        else:
            position = _next_root(position + 1, positions, left, code, scratch)
        if position >= positions:
            return 0
        scratch.roots[found] = position
        # What is left of the locator divided by x - alpha^-position.
        inverse = (order - position) % order
        carry = np.int64(0)
        for i in range(left, -1, -1):
            carry, rest[i] = rest[i] ^ exp[log[carry] + inverse], carry
    return degree


@_compiled
def _next_root(start, stop, degree, code, scratch):  # type: ignore[no-untyped-def]
    """First position from `start` on at whose inverse the polynomial `before` of the scratch vanishes, or `stop`."""
    exp, log, rest, logs, exponents = code.exp, code.log, scratch.before, scratch.logs, scratch.exponents
    order = len(log) - 1
    terms = 0
    for i in range(1, degree + 1):
        if rest[i]:
            logs[terms], exponents[terms] = (log[rest[i]] + i * (order - start)) % order, i
            terms += 1
    for position in range(start, stop):
        value = rest[0]
        for i in range(terms):
            value ^= exp[logs[i]]
            logs[i] -= exponents[i]
            if logs[i] < 0:
                logs[i] += order
        if value == 0:
            return position
    return stop
