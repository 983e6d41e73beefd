"""How often a finding reappears when the samples that are paid for are drawn again, with replacement: the bootstrap
(Efron, Annals of Statistics 7, 1979), without a model call and without a second search.

What is resampled. Rows, `RESAMPLES` times, each time as many as there are; all kept and all hidden always stay. What
depends on the rows depends on them linearly, or is taken to, so that a resample is a product of matrices:

- auto: every row's contribution to the cross-fitted estimates (`CrossFit`), which are means over rows. The models
  behind them stay; an error of theirs has no first-order effect on such a mean.
- spex, proxyspex, banzhaf, lime: the ridge on the listed supports, refitted by one Newton step from the fit to all
  rows (the infinitesimal jackknife's weights at the bootstrap's; Efron and Tibshirani 1993, chapter 20), with
  left-out residuals at the penalty found.
- gp: the posterior means of the listed supports, columns taken as orthogonal, with residuals of the fitted noise.
- exact: nothing, because every mask was evaluated.

What reappears. A term of the spectrum that is told from zero in the resample, at the false-discovery rate of
`significance`, as one of all the supports of its order that a search could have come upon: the rows found it, so the
same rows alone cannot vouch for it. All else is 0 there. Under any index an interaction then reappears where the
resample's spectrum, converted like the run's own, lists it with the same sign. Rank is left out, because near ties
trade places without anything having been lost. So is what a resample would list that the run does not.

What it does not say. The search is not repeated: duplicates of a row would sit on both sides of every fold, and SPEX
decodes whole sets of masks only. `benchmarks/stability.py` compares with full refits and with runs on fresh masks.
"""

from __future__ import annotations

from math import comb

import numpy as np

from spex_core.arrays import FloatArray, IntArray, Support
from spex_core.fourier.significance import equal_weights, significant

RESAMPLES = 50
STEADY = 0.8
"""Share of the resamples in which a finding must reappear to count as steady."""

_DIGITS = 6  # significant ones of what is kept: a saved run stays small


def multiplicities(rows: int, rng: np.random.Generator) -> FloatArray:
    """How often each of `rows` is drawn in each resample: (B, rows), every line's sum is `rows`."""
    drawn = rng.integers(0, max(rows, 1), size=(RESAMPLES, rows))
    return np.stack([np.bincount(line, minlength=rows) for line in drawn]).astype(np.float64)


def retested(
    n_features: int, supports: list[Support], estimates: FloatArray, errors: FloatArray, prior: FloatArray | None = None
) -> FloatArray:
    """Estimates with 0 wherever a search through all supports could have come upon as much in noise.

    Args:
        n_features: n.
        supports: (k,); the constant is never tested.
        estimates: (B, k).
        errors: their standard errors, (B, k) or what broadcasts to it.
        prior: (k,) weights that were known without the rows, of sum at most 1 over all supports; they get half.
    """
    weights = _searched(n_features, supports)
    weights = weights if prior is None else (weights + prior) / 2
    constant = np.array([not support for support in supports], dtype=bool)
    with np.errstate(divide="ignore", invalid="ignore"):
        scores = np.where(estimates == 0.0, 0.0, estimates / errors)
    listed = [significant(line, weights) for line in scores]
    return np.where(np.reshape(listed, estimates.shape) | constant, estimates, 0.0)


def _searched(n_features: int, supports: list[Support]) -> FloatArray:
    """(k,) weights: every order up to the largest alike, and within an order every support there could be."""
    sizes = [len(support) for support in supports]
    most = max(sizes, default=0)
    return np.array([1.0 / (most * comb(n_features, size)) if size else 0.0 for size in sizes])


def reappearances(values: FloatArray, reach: FloatArray, resampled: FloatArray, rounding: float) -> IntArray:
    """In how many resamples each interaction is listed with the sign it has: (t,).

    Args:
        values: (t,) under some index.
        reach: (t,) two standard deviations.
        resampled: (t, B) the same index of each resample.
        rounding: values up to here count as 0.
    """
    counts = np.zeros(len(values), dtype=np.int64)
    for column in resampled.T:
        rows = np.flatnonzero(np.abs(column) > rounding)
        clear = clear_of_zero(column[rows], reach[rows])
        counts[rows[clear & (np.sign(column[rows]) == np.sign(values[rows]))]] += 1
    return counts


def clear_of_zero(values: FloatArray, reach: FloatArray) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Which of (t,) listed values are told from zero, given two standard deviations of each."""
    with np.errstate(divide="ignore"):
        scores = np.where(reach > 0, 2 * values / np.where(reach > 0, reach, 1.0), np.inf)
    return significant(scores, equal_weights(len(values)))


def shortened(table: FloatArray) -> FloatArray:
    """The same numbers to six significant digits."""
    return np.array([float(f"{value:.{_DIGITS}g}") for value in table.ravel()]).reshape(table.shape)
