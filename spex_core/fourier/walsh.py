"""Fast Walsh-Hadamard transform."""

from __future__ import annotations

from functools import cache

import numpy as np

from spex_core.arrays import FloatArray

_FACTOR_BITS = 4  # a product with a 16 x 16 matrix does four butterfly stages in one pass over the memory


def walsh_hadamard(values: FloatArray, axis: int = -1) -> FloatArray:
    """Unnormalised transform ``out[j] = sum_l (-1)^popcount(j & l) values[l]`` along one axis.

    The natural (Hadamard) ordering; applying it twice multiplies by the length. The matrix is a Kronecker power, so
    the axis is split into factors of at most 16 and each is transformed by a small matrix product (Yates 1937).

    Args:
        values: real array, 2^b long along `axis`; it is not changed.
        axis: the axis to transform.

    Returns:
        Array of the same shape, float64.

    Raises:
        ValueError: the axis is not a power of two.
    """
    out = np.array(values, dtype=np.float64)
    size = out.shape[axis] if out.ndim else 0
    if size < 1 or size & (size - 1):
        raise ValueError(f"axis {axis} has length {size}; a Walsh-Hadamard transform needs a power of two")
    shape = out.shape
    inner = int(np.prod(shape[axis:][1:], dtype=np.int64))
    while size > 1:
        factor = min(size, 1 << _FACTOR_BITS)
        matrix = _hadamard(factor)
        # The last of the remaining factors; a vector beside it is transformed by a product from the right.
        out = out.reshape(-1, factor) @ matrix if inner == 1 else matrix @ out.reshape(-1, factor, inner)
        inner *= factor
        size //= factor
    return out.reshape(shape)


@cache
def _hadamard(size: int) -> FloatArray:
    """Hadamard matrix of a power of two, symmetric."""
    matrix = np.ones((1, 1))
    while len(matrix) < size:
        matrix = np.block([[matrix, matrix], [matrix, -matrix]])
    return matrix
