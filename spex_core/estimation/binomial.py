"""Values that are shares of yes-or-no replies: how much each of them says, and how much of their spread is luck.

A share of k replies has the variance p (1 - p) / k about the probability p that it stands for. So a share of more
replies says more, and so does one where p is near 0 or 1; a fit gives such rows more weight (Aitken 1936, generalised
least squares). What p is, a first fit says: of each row one that has not seen it, or every row's own luck would choose
its weight; and drawn towards the mean of all as far as such fits are known to be off. How much luck there is in all is
not taken from a fit, which would count its own errors as luck, but from masks that were asked more than once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spex_core.arrays import ANCHORS, FloatArray, IntArray, Samples

_SURE = 0.05  # no probability is held to be nearer than this to 0 or 1: a fit of single replies cannot know it
_MISFIT = 0.02  # variance that a fit leaves beside luck
_FEWEST_AGAIN = 20
_REACH = 1.645  # standard errors of a 90 % interval


def weighted(samples: Samples, predicted: FloatArray, replies: IntArray) -> Samples:
    """The samples with weights of mean 1: the inverse of what luck and misfit leave of each value.

    Args:
        samples: shares in 0 to 1; rows 0 and 1 are all kept and all hidden.
        predicted: (m,) probabilities by fits that have not seen the row; NaN where there are none.
        replies: (m,) how many each share is of.
    """
    sure = np.clip(_calibrated(samples.values, predicted, replies), _SURE, 1 - _SURE)
    weights = 1 / (sure * (1 - sure) / replies + _MISFIT)
    return Samples(samples.masks, samples.values, weights / weights.mean())


def _calibrated(values: FloatArray, predicted: FloatArray, replies: IntArray) -> FloatArray:
    """(m,) expected probabilities: the mean of all shares, and as much of what is predicted beyond it as holds on the
    rows themselves: their slope on the predictions, in 0 to 1."""
    told = ~np.isnan(predicted)
    usual = told & (np.arange(len(values)) >= ANCHORS)
    mean = float(np.average(values[ANCHORS:] if len(values) > ANCHORS else values))
    expected = np.full(len(values), mean)
    if usual.any():
        middle = float(np.average(predicted[usual], weights=replies[usual]))
        beyond = predicted - middle
        size = float((replies[usual] * beyond[usual] ** 2).sum())
        along = float((replies[usual] * beyond[usual] * (values[usual] - mean)).sum())
        expected[told] += np.clip(along / size, 0.0, 1.0) * beyond[told] if size > 0 else 0.0
    return expected


@dataclass(frozen=True)
class Luck:
    """How much of the variance of shares of replies is luck.

    Attributes:
        variance: its mean over the masks.
        error: the standard error of that.
    """

    variance: float
    error: float

    def ceiling(self, spread: float) -> tuple[float, float, float]:
        """(R² of a perfect prediction, the ends of its 90 % interval) of values whose variance is `spread`; each in 0
        to 1."""
        middle, reach = self.variance / spread, _REACH * self.error / spread
        best, low, high = (min(1.0, max(0.0, 1.0 - luck)) for luck in (middle, middle + reach, middle - reach))
        return best, low, high


def luck(values: FloatArray, replies: IntArray, predicted: FloatArray | None = None) -> Luck | None:
    """What luck makes of (m,) shares, without bias; None where too few masks were asked more than once.

    Which masks are asked again must not hang on their values. They tell p (1 - p) of a single reply; how far it is from
    a prediction that has not seen it is known of all masks, and takes off a part of what chance made of those few (a
    control variate).

    Args:
        values: shares in 0 to 1.
        replies: (m,) how many each is of.
        predicted: (m,) by fits that have not seen the row; None for none.
    """
    again = replies > 1
    if again.sum() < _FEWEST_AGAIN:
        return None
    share, count = values[again], replies[again]
    single = share * (1 - share) * count / (count - 1)  # p (1 - p)
    if predicted is not None:
        off = values * (1 - 2 * predicted) + predicted**2  # of single replies, squared: p (1 - p) and the misfit
        here = off[again] - off[again].mean()
        size = float((here**2).sum())
        slope = float(np.clip((here * single).sum() / size, 0.0, 1.0)) if size > 0 else 0.0
        single = single - slope * (off[again] - off.mean())
    each = float((1 / replies).mean())
    error = float(single.std(ddof=1)) / np.sqrt(len(single))
    return Luck(each * max(0.0, float(single.mean())), each * error)
