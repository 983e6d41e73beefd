"""Rejects undecodable BCH words, 8 of them per byte, before any of them is decoded one by one.

Nearly every word that soft decoding tries is undecodable. Here the words are bit-sliced: a field element of many words
is m planes of bits, plane i holding bit i of all of them, so that field arithmetic is a few AND and XOR of whole
planes (Biham, A fast new DES implementation in software, FSE 1997). With t errors and no discrepancy zero,
Berlekamp-Massey needs no branch, and neither does the test that the locator splits. A word with fewer errors has a
zero discrepancy; it is let through untested, and so is every other word of that kind.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from spex_core.coding.bch import BchCode
from spex_core.coding.field import binary_field

Planes = npt.NDArray[np.uint8]
"""(m, k, w / 8): plane i holds bit i of k field elements of each of w words, 8 words to a byte."""

_CHUNK_BYTES = 2048  # per plane: keeps the working set inside the processor's cache


def sieve(code: BchCode, syndromes: Planes) -> npt.NDArray[np.uint8]:
    """Which words may be decodable: every decodable one, and few others.

    Args:
        code: the code.
        syndromes: (m, t, w / 8) planes of S_1, S_3, ..., S_{2t-1}.

    Returns:
        (w / 8,) bits.
    """
    pieces = [
        _sieve_chunk(code, np.ascontiguousarray(syndromes[:, :, start : start + _CHUNK_BYTES]))
        for start in range(0, syndromes.shape[2], _CHUNK_BYTES)
    ]
    return np.concatenate(pieces) if pieces else np.zeros(0, dtype=np.uint8)


def _sieve_chunk(code: BchCode, odd: Planes) -> npt.NDArray[np.uint8]:
    m, t, size = odd.shape
    full = np.empty((m, 2 * t, size), dtype=np.uint8)
    full[:, 0::2] = odd
    for i in range(1, 2 * t, 2):
        full[:, i] = _reduce(_square(full[:, i // 2]))
    one = np.zeros((m, 1, size), dtype=np.uint8)
    one[0] = 0xFF
    special = np.zeros(size, dtype=np.uint8)
    # locator_{s+1} = discrepancy_{s-1} locator_s + discrepancy_s x^2 locator_{s-1}
    before, locator, scale = one, np.concatenate([one, odd[:, :1]], axis=1), odd[:, :1]
    special |= ~np.bitwise_or.reduce(odd[:, 0], axis=0)
    for step in range(1, t):
        products = _product(locator, full[:, 2 * step - np.arange(step + 1)])
        discrepancy = _reduce(np.bitwise_xor.reduce(products, axis=1, keepdims=True))
        special |= ~np.bitwise_or.reduce(discrepancy[:, 0], axis=0)
        products = np.zeros((2 * m - 1, step + 2, size), dtype=np.uint8)
        products[:, :-1] = _product(locator, scale)
        products[:, 2:] ^= _product(before, discrepancy)
        before, locator, scale = locator, _reduce(products), discrepancy
    return special | _splits(_monic(locator))


def _monic(locator: Planes) -> Planes:
    """Coefficients, constant first and x^t left out, of a monic polynomial that splits where the locator does."""
    lead = locator[:, :1]
    scaled = locator[:, 1:].copy()
    power = lead
    for i in range(1, scaled.shape[1]):
        scaled[:, i : i + 1] = _reduce(_product(scaled[:, i : i + 1], power))
        power = _reduce(_product(power, lead))
    return np.ascontiguousarray(scaled[:, ::-1])


def _splits(monic: Planes) -> npt.NDArray[np.uint8]:
    """Whether x^(2^m) = x modulo each polynomial: (w / 8,) bits."""
    m, degree = monic.shape[:2]
    powers = [monic]  # x^degree, x^(degree + 1), ...
    for _ in range(degree - 2):
        products = _product(monic, powers[-1][:, -1:])
        products[:m, 1:] ^= powers[-1][:, :-1]
        powers.append(_reduce(products))
    reduced = np.stack(powers[degree % 2 :: 2], axis=2)  # (m, degree, even powers, w / 8)
    low = (degree + 1) // 2  # x^0..x^(low-1) have squares that need no reduction
    done = (2 * degree - 2).bit_length() - 1
    value = powers[(1 << done) - degree]  # x^(2^done)
    for _ in range(m - done):
        squares = _reduce(_square(value[:, low:]))
        products = np.bitwise_xor.reduce(_product(reduced, squares[:, None]), axis=2)
        products[::2, ::2] ^= value[:, :low]
        value = _reduce(products)
    value[0, 1] ^= 0xFF
    splits: npt.NDArray[np.uint8] = ~np.bitwise_or.reduce(value, axis=(0, 1))
    return splits


def _square(planes: Planes) -> Planes:
    """Unreduced squares: squaring over GF(2) spreads the bits."""
    out = np.zeros((2 * len(planes) - 1, *planes.shape[1:]), dtype=np.uint8)
    out[::2] = planes
    return out


def _product(left: Planes, right: Planes) -> Planes:
    """Unreduced products, with broadcasting over the elements of `right`."""
    m = len(left)
    out = np.zeros((2 * m - 1, *left.shape[1:]), dtype=np.uint8)
    part = np.empty_like(left)
    for i in range(m):
        np.bitwise_and(left, right[i], out=part)
        np.bitwise_xor(out[i : i + m], part, out=out[i : i + m])
    return out


def _reduce(products: Planes) -> Planes:
    """Field elements from (2m - 1, ...) planes of unreduced products, which are overwritten."""
    m = (len(products) + 1) // 2
    taps = binary_field(m).taps
    top = len(products)
    while top > m:
        # x^(m + i) = sum of x^(tap + i); what lands at or above x^m again is folded once more.
        high = products[m:top].copy()
        products[m:top] = 0
        for tap in taps:
            products[tap : tap + len(high)] ^= high
        top = max(m, taps[-1] + len(high))
    return products[:m]
