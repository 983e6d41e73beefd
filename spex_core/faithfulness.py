"""Faithfulness: R² on masks that no fit has seen, with a bootstrap interval."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spex_core.arrays import FloatArray

_RESAMPLES = 1000
_COVERAGE = 0.9
_FEWEST_MASKS = 2  # one value has no variation to explain
_FLAT = 1e-12  # relative spread below which values count as constant


@dataclass(frozen=True)
class Faithfulness:
    """Held-out R² (SPEX, arXiv 2502.13870, section 6: mean-subtracted denominator).

    Attributes:
        r2: 1 - sum of squared errors / sum of squares about the mean; 1.0 is perfect, can be negative.
        low: lower end of the 90 % bootstrap interval over test masks.
        high: upper end.
        n_test: test masks used. Where all 2^n masks were evaluated, 2^n: there are no unseen ones.
    """

    r2: float
    low: float
    high: float
    n_test: int

    @property
    def measured(self) -> bool:
        """Whether there were test masks enough to say anything; if not, `r2` is 0.0 for lack of evidence."""
        return self.n_test >= _FEWEST_MASKS


def r_squared(values: FloatArray, predictions: FloatArray) -> float:
    """R² with the mean-subtracted denominator; a constant function scores 1.0 if predicted, else 0.0."""
    errors = float(((values - predictions) ** 2).sum())
    spread = float(((values - values.mean()) ** 2).sum()) if len(values) else 0.0
    size = float((values**2).sum())
    if spread <= _FLAT * max(size, 1e-300):
        return 1.0 if errors <= _FLAT * max(size, _FLAT) else 0.0
    return 1.0 - errors / spread


def measure(values: FloatArray, predictions: FloatArray, rng: np.random.Generator) -> Faithfulness:
    """R² of predictions on (m,) held-out values, with a percentile bootstrap over test masks."""
    r2 = r_squared(values, predictions)
    m = len(values)
    if m < _FEWEST_MASKS:
        return Faithfulness(0.0, -1.0, 1.0, m)
    rows = rng.integers(0, m, size=(_RESAMPLES, m))
    errors = ((values - predictions) ** 2)[rows].sum(axis=1)
    drawn = values[rows]
    spread = ((drawn - drawn.mean(axis=1, keepdims=True)) ** 2).sum(axis=1)
    usable = spread > _FLAT * max(float((values**2).sum()), 1e-300)
    if not usable.any():
        return Faithfulness(r2, r2, r2, m)
    tail = (1.0 - _COVERAGE) / 2
    low, high = np.quantile(1.0 - errors[usable] / spread[usable], [tail, 1.0 - tail])
    return Faithfulness(r2, float(min(low, r2)), float(max(high, r2)), m)


def exact(values: FloatArray, predictions: FloatArray) -> Faithfulness:
    """R² over the whole cube of 2^n masks: the population value itself, so the interval is a point."""
    r2 = r_squared(values, predictions)
    return Faithfulness(r2, r2, r2, len(values))
