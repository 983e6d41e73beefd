"""Pairs and triples that stand out by themselves, found by correlating with all of them.

A parity of two or three features whose parts have no effect is invisible to anything that grows from single
features, trees included. All pairs are tested through one matrix product, all triples through n of them where
that is affordable.
"""

from __future__ import annotations

from math import comb

import numpy as np
import numpy.typing as npt

from spex_core.arrays import BoolArray, FloatArray, Support
from spex_core.fourier.spectrum import strongest_first

_TRIPLE_WORK = 3e9  # multiplications for all triples, about a second on one core
_ROUNDING = 1e-5  # of the largest correlation: they are computed in single precision
_MARGIN = 0.5  # in standard deviations above the largest of that many noise correlations


def outstanding(masks: BoolArray, residuals: FloatArray, max_order: int) -> list[Support]:
    """Supports of order 2 and 3 whose correlation with the residuals is beyond chance, strongest first.

    "Beyond chance" means above ``sqrt(2 ln N) + 0.5`` standard deviations for N tested supports, more than
    the largest of N noise correlations usually reaches.

    Args:
        masks: (m, n) bool.
        residuals: (m,) values from which lower orders have been removed.
        max_order: nothing larger is returned; orders above 3 are never tested.
    """
    m, n = masks.shape
    size = float(np.sqrt((residuals**2).sum()))
    if m == 0 or size == 0.0:
        return []
    walsh = (1.0 - 2.0 * masks).astype(np.float32)
    weights = (residuals / size).astype(np.float32)
    with_triples = max_order >= 3 and n**3 / 3 * m <= _TRIPLE_WORK
    tested = comb(n, 2) * (max_order >= 2) + comb(n, 3) * with_triples
    if tested == 0:
        return []
    threshold = np.sqrt(2.0 * np.log(tested)) + _MARGIN
    found = _pairs(walsh, weights, threshold)
    if with_triples:
        for i in range(n - 2):
            later = _pairs(walsh[:, i + 1 :], weights * walsh[:, i], threshold)
            found += [(score, (i, i + 1 + j, i + 1 + k)) for score, (j, k) in later]
    found.sort(key=lambda pair: (len(pair[1]), pair[1]))
    return [found[row][1] for row in strongest_first(np.array([score for score, _ in found]), _ROUNDING)]


def _pairs(
    walsh: npt.NDArray[np.float32], weights: npt.NDArray[np.float32], threshold: float
) -> list[tuple[float, Support]]:
    """(correlation in standard deviations, pair of columns) above the threshold."""
    scores = np.abs(walsh.T @ (walsh * weights[:, None]))
    first, second = np.nonzero(np.triu(scores > threshold, 1))
    return [(float(scores[j, k]), (j, k)) for j, k in zip(first.tolist(), second.tolist(), strict=True)]
