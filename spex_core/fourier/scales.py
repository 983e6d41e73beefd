"""Powers of two that bring values to an ordinary size, so that no square of them is lost or overflows.

Multiplying by a power of two changes no digit of a float64, so what is found in one unit is what is found in another.
Values of ordinary size are left as they are.
"""

from __future__ import annotations

import numpy as np

from spex_core.arrays import FloatArray

_ORDINARY = 100  # powers of two about 1 within which the largest value counts as ordinary
_NOTHING = 400  # below this power of two of the largest, a value counts as zero: its square is lost beside that one's


def exponent(*tables: FloatArray) -> int:
    """The power of two by which to divide, 0 where the largest finite value is of ordinary size or zero."""
    finite = [np.abs(table[np.isfinite(table)]).max(initial=0.0) for table in tables]
    largest = float(max(finite, default=0.0))
    power = int(np.frexp(largest)[1])
    return power if largest > 0.0 and abs(power) > _ORDINARY else 0


def divided(values: FloatArray, power: int) -> FloatArray:
    """``values / 2^power``, what is nothing beside the largest set to zero; the same array where nothing changes."""
    scaled = np.ldexp(values, -power) if power else values
    sizes = np.abs(scaled)
    nothing = (sizes > 0.0) & (sizes < 2.0**-_NOTHING * sizes[np.isfinite(sizes)].max(initial=0.0))
    return np.where(nothing, 0.0, scaled) if nothing.any() else scaled


def multiplied(values: FloatArray, power: int) -> FloatArray:
    """``values 2^power``; the same array where that is 1."""
    return np.ldexp(values, power) if power else values
