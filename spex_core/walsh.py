"""Fast Walsh-Hadamard transform along the last axis."""

from __future__ import annotations

import numpy as np

from spex_core.arrays import FloatArray


def walsh_hadamard(values: FloatArray) -> FloatArray:
    """Unnormalised transform ``out[..., j] = sum_l (-1)^popcount(j & l) values[..., l]``.

    The natural (Hadamard) ordering; applying it twice multiplies by the length. Butterfly algorithm,
    length · log2(length) additions per row (Yates 1937).

    Args:
        values: (..., 2^b) real array; it is not changed.

    Returns:
        Array of the same shape, float64.

    Raises:
        ValueError: the last axis is not a power of two.
    """
    out = np.array(values, dtype=np.float64)
    size = out.shape[-1] if out.ndim else 0
    if size < 1 or size & (size - 1):
        raise ValueError(f"the last axis has length {size}; a Walsh-Hadamard transform needs a power of two")
    half = 1
    while half < size:
        pairs = out.reshape(*out.shape[:-1], size // (2 * half), 2, half)
        low = pairs[..., 0, :] + pairs[..., 1, :]
        pairs[..., 1, :] = pairs[..., 0, :] - pairs[..., 1, :]
        pairs[..., 0, :] = low
        half *= 2
    return out
