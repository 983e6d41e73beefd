"""Binary BCH codes in systematic, shortened form: parities of a sparse support, and their syndromes.

SPEX observes, for an unknown support k, only the parities of its codeword. The word (0, parities) differs from
that codeword exactly in k and in the parities that noise has flipped, so bounded-distance decoding returns both
(SPEX, arXiv 2502.13870, section 4; codes as in Lin and Costello, Error Control Coding, chapter 6).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from spex_core.arrays import BoolArray, IntArray
from spex_core.coding.field import PRIMITIVE_POLYNOMIALS, BinaryField, binary_field


@dataclass(frozen=True, eq=False)
class BchCode:
    """A shortened primitive BCH code with n information bits and r parity bits.

    Code position q holds the coefficient of x^q: parities at 0..r-1, information bits at r..r+n-1.

    Attributes:
        field: GF(2^m) with n + r <= 2^m - 1.
        n_info: n.
        n_parity: r.
        t: number of errors that are always corrected.
        parity: (r, n) bool; parity p of support k is the XOR of parity[p, i] over i in k.
        parity_syndromes: (r, t) syndromes S_1, S_3, ..., S_{2t-1} of a single one at parity p.
    """

    field: BinaryField
    n_info: int
    n_parity: int
    t: int
    parity: BoolArray
    parity_syndromes: IntArray


def coset_union(m: int, t: int) -> set[int]:
    """Exponents e for which alpha^e is a root of the generator of the t-error-correcting code of length 2^m - 1."""
    order = (1 << m) - 1
    return {(root << shift) % order for root in range(1, 2 * t, 2) for shift in range(m)}


def bch_parameters(n_info: int, t: int) -> tuple[int, int]:
    """Smallest field degree m, and number of parities r, of a code for `n_info` bits and `t` errors.

    Raises:
        ValueError: no field in the table is large enough, or an argument is below 1.
    """
    if n_info < 1 or t < 1:
        raise ValueError(f"n_info={n_info} and t={t} must both be at least 1")
    for m in PRIMITIVE_POLYNOMIALS:
        length = (1 << m) - 1
        if 2 * t < length:
            parities = len(coset_union(m, t))
            if n_info + parities <= length:
                return m, parities
    raise ValueError(f"no BCH code for n_info={n_info}, t={t} up to length {(1 << max(PRIMITIVE_POLYNOMIALS)) - 1}")


@lru_cache(maxsize=32)
def bch_code(n_info: int, t: int) -> BchCode:
    """The shortest such code.

    Raises:
        ValueError: as `bch_parameters`.
    """
    m, parities = bch_parameters(n_info, t)
    field = binary_field(m)
    generator = generator_polynomial(field, t)
    parity = np.zeros((parities, n_info), dtype=bool)
    remainder = 1 << (parities - 1)
    for info in range(n_info):
        # x^(r + info) mod g, from the remainder of one power less.
        remainder <<= 1
        if remainder >> parities:
            remainder ^= generator
        parity[:, info] = [(remainder >> p) & 1 for p in range(parities)]
    exponents = np.arange(parities)[:, None] * np.arange(1, 2 * t, 2)[None, :]
    return BchCode(
        field=field,
        n_info=n_info,
        n_parity=parities,
        t=t,
        parity=parity,
        parity_syndromes=field.power(exponents),
    )


def generator_polynomial(field: BinaryField, t: int) -> int:
    """Generator over GF(2) as an integer, bit i the coefficient of x^i."""
    coefficients = np.array([1], dtype=np.int64)
    for root in sorted(coset_union(field.m, t)):
        times_root = field.multiply(coefficients, field.power(np.array(root)))
        coefficients = np.concatenate([[0], coefficients]) ^ np.concatenate([times_root, [0]])
    return sum(1 << i for i, bit in enumerate(coefficients.tolist()) if bit)
