"""Values that are shares of yes-or-no replies: how much each of them says, and how much of their spread is luck.

A share of k replies has the variance p (1 - p) / k about the probability p that it stands for. Where p is near 0 or 1 a
reply says more than where it is near a half, so a fit gives such rows more weight (Aitken 1936, generalised least
squares). What p is, a first fit without weights says well enough. How much luck there is in all is not taken from the
fit, which would count its own errors as luck, but from masks that were asked more than once.
"""

from __future__ import annotations

import numpy as np

from spex_core.arrays import FloatArray, IntArray, Samples

_SURE = 0.05  # no probability is held to be nearer than this to 0 or 1: a fit of single replies cannot know it
_MISFIT = 0.02  # variance that a fit leaves beside luck
_FEWEST_AGAIN = 20


def weighted(samples: Samples, expected: FloatArray, replies: IntArray) -> Samples:
    """The samples with weights of mean 1: the inverse of what luck and misfit leave of each value.

    Args:
        samples: shares in 0 to 1.
        expected: (m,) probabilities by a first fit, which may lie outside of 0 to 1.
        replies: (m,) how many each share is of.
    """
    sure = np.clip(expected, _SURE, 1 - _SURE)
    weights = 1 / (sure * (1 - sure) / replies + _MISFIT)
    return Samples(samples.masks, samples.values, weights / weights.mean())


def luck(values: FloatArray, replies: IntArray) -> float | None:
    """Mean variance of (m,) shares by luck alone, without bias; None where too few masks were asked more than once.

    Which masks are asked again must not hang on their values.
    """
    again = replies > 1
    if again.sum() < _FEWEST_AGAIN:
        return None
    share, count = values[again], replies[again]
    single = float((share * (1 - share) * count / (count - 1)).mean())  # p (1 - p)
    return single * float((1 / replies).mean())
