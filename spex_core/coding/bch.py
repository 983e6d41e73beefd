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
from spex_core.coding.codes import MOST_ERRORS, families
from spex_core.coding.field import BinaryField, binary_field, powers_of_x


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


def bch_parameters(n_info: int, t: int) -> tuple[int, int]:
    """Smallest field degree m, and number of parities r, of a code for `n_info` bits and `t` errors.

    Raises:
        ValueError: no code that was made is large enough, or an argument is below 1.
    """
    if n_info < 1 or t < 1:
        raise ValueError(f"n_info={n_info} and t={t} must both be at least 1")
    for m, family in families().items():
        if t <= len(family.generators):
            parities = family.generators[t - 1].bit_length() - 1
            if n_info + parities <= (1 << m) - 1:
                return m, parities
    limit = f"length {(1 << max(families())) - 1} and {MOST_ERRORS} errors"
    raise ValueError(f"no BCH code for n_info={n_info}, t={t} up to {limit}")


@lru_cache(maxsize=32)
def bch_code(n_info: int, t: int) -> BchCode:
    """The shortest such code.

    Raises:
        ValueError: as `bch_parameters`.
    """
    m, parities = bch_parameters(n_info, t)
    field = binary_field(m)
    # Systematic encoding: the parities of information bit i are the remainder of x^(r + i).
    remainders = powers_of_x(families()[m].generators[t - 1], parities + n_info)[parities:]
    exponents = np.arange(parities)[:, None] * np.arange(1, 2 * t, 2)[None, :]
    return BchCode(
        field=field,
        n_info=n_info,
        n_parity=parities,
        t=t,
        parity=np.array([[remainder >> p & 1 for remainder in remainders] for p in range(parities)], dtype=bool),
        parity_syndromes=field.power(exponents),
    )
