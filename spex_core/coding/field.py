"""GF(2^m) as tables of logarithms.

An element is an integer below 2^m, its bits the coefficients of a polynomial in alpha, a root of the
primitive polynomial. Addition is XOR.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from spex_core.arrays import IntArray
from spex_core.coding.codes import families


@dataclass(frozen=True, eq=False)
class BinaryField:
    """GF(2^m) with its tables.

    Attributes:
        m: degree.
        order: 2^m - 1, the number of non-zero elements.
        taps: exponents below m of the primitive polynomial: alpha^m is the sum of these powers.
        log: (2^m,) exponents; log[0] is so large that every sum with it lands on a zero of `exp`.
        exp: (4 order + 1,) powers of alpha, repeated for sums of two logarithms, then zeros.
    """

    m: int
    order: int
    taps: tuple[int, ...]
    log: IntArray
    exp: IntArray

    def power(self, exponents: IntArray) -> IntArray:
        """alpha raised to non-negative integer exponents."""
        raised: IntArray = self.exp[exponents % self.order]
        return raised


@cache
def binary_field(m: int) -> BinaryField:
    """The field GF(2^m) for 2 <= m <= 12.

    Raises:
        ValueError: there are no codes of that degree.
    """
    if m not in families():
        raise ValueError(f"m={m} is outside {min(families())}..{max(families())}")
    polynomial, order = families()[m].polynomial, (1 << m) - 1
    powers = np.array(powers_of_x(polynomial, order), dtype=np.int64)
    log = np.full(1 << m, 2 * order, dtype=np.int64)
    log[powers] = np.arange(order)
    exp = np.concatenate([powers, powers, np.zeros(2 * order + 1, dtype=np.int64)])
    return BinaryField(m, order, tuple(i for i in range(m) if polynomial >> i & 1), log, exp)


def powers_of_x(modulus: int, count: int) -> list[int]:
    """x^0, x^1, ..., x^(count - 1) modulo a polynomial over GF(2), as a shift register runs through them."""
    degree = modulus.bit_length() - 1
    powers, power = [], 1
    for _ in range(count):
        powers.append(power)
        power <<= 1
        if power >> degree:
            power ^= modulus
    return powers
