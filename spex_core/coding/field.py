"""Arithmetic of GF(2^m) on integer arrays, by logarithm tables.

An element is an integer below 2^m, its bits the coefficients of a polynomial in alpha, a root of the
primitive polynomial. Addition is XOR.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from spex_core.arrays import IntArray

PRIMITIVE_POLYNOMIALS = {
    2: 0b111,
    3: 0b1011,
    4: 0b10011,
    5: 0b100101,
    6: 0b1000011,
    7: 0b10001001,
    8: 0b100011101,
    9: 0b1000010001,
    10: 0b10000001001,
    11: 0b100000000101,
    12: 0b1000001010011,
}
"""Degree m -> primitive polynomial over GF(2), bit i the coefficient of x^i (Lin and Costello, appendix A)."""


@dataclass(frozen=True, eq=False)
class BinaryField:
    """GF(2^m) with its tables.

    Attributes:
        m: degree.
        order: 2^m - 1, the number of non-zero elements.
        log: (2^m,) exponents; log[0] is so large that every sum with it lands on a zero of `exp`.
        exp: (4 order + 1,) powers of alpha, repeated for sums of two logarithms, then zeros.
    """

    m: int
    order: int
    log: IntArray
    exp: IntArray

    @property
    def taps(self) -> list[int]:
        """Exponents below m of the primitive polynomial: x^m is the sum of these powers."""
        return [i for i in range(self.m) if PRIMITIVE_POLYNOMIALS[self.m] >> i & 1]

    def multiply(self, left: IntArray, right: IntArray) -> IntArray:
        """Elementwise product, with broadcasting."""
        product: IntArray = self.exp[self.log[left] + self.log[right]]
        return product

    def square(self, values: IntArray) -> IntArray:
        """Elementwise square."""
        squared: IntArray = self.exp[2 * self.log[values]]
        return squared

    def inverse(self, values: IntArray) -> IntArray:
        """Elementwise inverse of non-zero elements."""
        inverted: IntArray = self.exp[self.order - self.log[values]]
        return inverted

    def power(self, exponents: IntArray) -> IntArray:
        """alpha raised to non-negative integer exponents."""
        raised: IntArray = self.exp[exponents % self.order]
        return raised


@cache
def binary_field(m: int) -> BinaryField:
    """The field GF(2^m) for 2 <= m <= 12.

    Raises:
        ValueError: no such degree in the table.
    """
    if m not in PRIMITIVE_POLYNOMIALS:
        raise ValueError(f"m={m} is outside {min(PRIMITIVE_POLYNOMIALS)}..{max(PRIMITIVE_POLYNOMIALS)}")
    order = (1 << m) - 1
    log = np.full(1 << m, 2 * order, dtype=np.int64)
    exp = np.zeros(4 * order + 1, dtype=np.int64)
    element = 1
    for exponent in range(order):
        exp[exponent] = exp[exponent + order] = element
        log[element] = exponent
        element <<= 1
        if element >> m:
            element ^= PRIMITIVE_POLYNOMIALS[m]
    return BinaryField(m=m, order=order, log=log, exp=exp)
