"""Which coefficients are more than noise, at a stated false-discovery rate.

A model of the function that has not seen a row leaves a residual there. Its own coefficient plus the mean of
residual times Walsh function is an unbiased estimate of F(k), whatever the model is worth, because masks are
uniform; its standard error is that of a mean (cross-fitting; Chernozhukov et al., Econometrics Journal 21, 2018).
Its z-scores are judged together by the weighted step-up procedure of Benjamini and Hochberg (Genovese, Roeder and
Wasserman, Biometrika 93, 2006): a support that was likely beforehand needs less evidence than one of the billions
that were not.
"""

from __future__ import annotations

import numpy as np

from spex_core.arrays import BoolArray, FloatArray

FALSE_DISCOVERY_RATE = 0.05
RATE = f"{100 * FALSE_DISCOVERY_RATE:.0f} %"
RULE = f"at a false-discovery rate of {RATE}"
"""The rule that decides what is listed, as it stands in a sentence."""


def significant(z_scores: FloatArray, weights: FloatArray, rate: float = FALSE_DISCOVERY_RATE) -> BoolArray:
    """Which hypotheses "this is zero" are rejected.

    Args:
        z_scores: (k,) estimate over standard error.
        weights: (k,) not negative, their sum over all hypotheses that could have been tested at most 1.
        rate: expected share of false ones among the rejected.
    """
    from scipy.special import ndtr

    p_values = 2.0 * ndtr(-np.abs(z_scores))
    with np.errstate(divide="ignore", invalid="ignore"):
        scaled = np.where(weights > 0, p_values / weights, np.inf)
    order = np.argsort(scaled, kind="stable")
    passed = np.flatnonzero(scaled[order] <= rate * np.arange(1, len(order) + 1))
    rejected = np.zeros(len(order), dtype=bool)
    if len(passed):
        rejected[order[: passed[-1] + 1]] = True
    return rejected


def equal_weights(count: int) -> FloatArray:
    """Weights of `count` hypotheses of which none is likelier than another."""
    return np.full(count, 1.0 / max(count, 1))
