"""Faithfulness: R² on masks that no fit has seen, with an interval.

`exact` where all 2^n values are known. Else `measure`: from the unseen masks alone, with a bootstrap interval; or,
where the estimator also made fits that left out a part of the training rows, from these rows too (`Control`), since
the unseen masks are at most a tenth of the passes and their luck would otherwise be most of the error.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from spex_core.arrays import FloatArray
from spex_core.fourier.scales import divided, exponent

_RESAMPLES = 1000  # of the test masks, for the bootstrap interval
_COVERAGE = 0.9  # of the interval
_STEEPEST = 1.5  # largest share of the control's luck that is taken off; a whole one if errors move together
_FEW = 12  # test masks below which how two errors go together cannot be told
_FEWEST_MASKS = 2  # one value has no variation to explain
PRECISION = 1e-12
"""Share of the size of values below which their differences are what rounding leaves, and are not listed."""

BELOW_PRECISION = "below the precision of the values"
"""How a run says that its values differ by less than that; views look for it."""

_FLAT = PRECISION**2  # the same of sums of squares
_TINY = 1e-312  # below, squares have lost their digits
_PREDICTED = 1e-12  # share of a constant's square that the squared errors of what predicts it may have


@dataclass(frozen=True)
class Faithfulness:
    """Held-out R² (SPEX, arXiv 2502.13870, section 6: mean-subtracted denominator).

    Attributes:
        r2: 1 - sum of squared errors / sum of squares about the mean; 1.0 is perfect, can be negative.
        low: lower end of the 90 % interval over the masks used.
        high: upper end.
        n_test: test masks used. Where all 2^n masks were evaluated, 2^n: there are no unseen ones.
        n_crossed: further masks that took part, each predicted by a fit that had not seen it (see `Control`).
        ceiling: the R² of a perfect prediction where the values are draws (shares of replies), because nothing predicts
            luck; None where they are not, or it is not known.
        ceiling_low, ceiling_high: ends of its 90 % interval; None where that is not known.
    """

    r2: float
    low: float
    high: float
    n_test: int
    n_crossed: int = 0
    ceiling: float | None = None
    ceiling_low: float | None = None
    ceiling_high: float | None = None

    @property
    def explained(self) -> float:
        """Share of what could be explained that is: R² itself, or by its ceiling where there is one; at most 1."""
        return of_ceiling(self.r2, self.ceiling)

    @property
    def explained_range(self) -> tuple[float, float] | None:
        """Ends of the 90 % interval of `explained`, in 0 to 1, from those of R² and of its ceiling, as if the one's
        luck were not the other's; None where that of the ceiling is not known."""
        if not self.ceiling or self.ceiling_low is None or not self.ceiling_high:
            return None
        middle = self.r2 / self.ceiling
        below = np.hypot((self.r2 - self.low) / self.ceiling, max(0.0, middle - self.r2 / self.ceiling_high))
        above = np.inf
        if self.ceiling_low > 0:
            above = np.hypot((self.high - self.r2) / self.ceiling, max(0.0, self.r2 / self.ceiling_low - middle))
        low, high = (float(np.clip(end, 0.0, 1.0)) for end in (middle - below, middle + above))
        return low, high

    @property
    def measured(self) -> bool:
        """Whether there were test masks enough to say anything; if not, `r2` is 0.0 for lack of evidence."""
        return self.n_test + self.n_crossed >= _FEWEST_MASKS


@dataclass(frozen=True)
class Ceiling:
    """See `Faithfulness.ceiling`."""

    value: float
    low: float
    high: float

    def over(self, report: Faithfulness) -> Faithfulness:
        """The report under this ceiling."""
        return replace(report, ceiling=self.value, ceiling_low=self.low, ceiling_high=self.high)


def in_words(report: Faithfulness) -> str:
    """How much of what luck leaves is explained: "between 70 % and all", "between 60 and 90 %", or "92 %" where how
    sure that is was not told."""
    if report.explained_range is None:
        return f"{100 * max(0.0, report.explained):.0f} %"
    low, high = (round(100 * end) for end in report.explained_range)
    if low == high:
        return "all" if low == 100 else f"{low} %"
    return f"between {low} % and all" if high == 100 else f"between {low} and {high} %"


def of_ceiling(r2: float, ceiling: float | None) -> float:
    """R² as a share of its ceiling, at most 1; as it is where there is none."""
    return min(1.0, r2 / ceiling) if ceiling else r2


@dataclass(frozen=True, eq=False)
class Control:
    """Errors of fits like the one that is judged, on masks that they have not seen.

    Test masks are few. Fits that left out a part of the training rows are judged on those rows as well, which are
    many, so how lucky the test masks were is known from such fits and can be taken off: a control variate.

    Attributes:
        on_test: (t,) their mean squared errors on the test masks.
        elsewhere: (m,) squared errors on rows that they left out.
        spreads: (m,) numbers whose mean estimates the variance of the function over all masks.
    """

    on_test: FloatArray
    elsewhere: FloatArray
    spreads: FloatArray


def _least(values: FloatArray) -> float:
    """The sum of squares about the mean up to which values count as constant."""
    return max(_FLAT * float((values**2).sum()), _TINY)


def is_level(values: FloatArray) -> bool:
    """Whether (m,) values differ by no more than rounding leaves, so that R² has nothing to divide by."""
    spread = float(((values - values.mean()) ** 2).sum()) if len(values) else 0.0
    return spread <= _least(values)


def r_squared(values: FloatArray, predictions: FloatArray) -> float:
    """R² with the mean-subtracted denominator; a constant function scores 1.0 if predicted, else 0.0."""
    if power := exponent(values, predictions):
        values, predictions = divided(values, power), divided(predictions, power)
    errors = float(((values - predictions) ** 2).sum())
    if is_level(values):
        size = float((values**2).sum())
        return 1.0 if errors <= _PREDICTED * max(size, _PREDICTED) else 0.0
    return 1.0 - errors / float(((values - values.mean()) ** 2).sum())


def measure(
    values: FloatArray, predictions: FloatArray, rng: np.random.Generator, control: Control | None = None
) -> Faithfulness:
    """R² of predictions on (m,) held-out values; the interval is a percentile bootstrap over test masks.

    With a `control`, its masks take part as well and the interval is the delta method's.
    """
    if control is None and (power := exponent(values, predictions)):
        values, predictions = divided(values, power), divided(predictions, power)
    if control is not None and len(control.elsewhere) >= _FEWEST_MASKS:
        return _measure_with(values, predictions, control)
    r2 = r_squared(values, predictions)
    m = len(values)
    if m < _FEWEST_MASKS:
        return Faithfulness(0.0, -1.0, 1.0, m)
    rows = rng.integers(0, m, size=(_RESAMPLES, m))
    errors = ((values - predictions) ** 2)[rows].sum(axis=1)
    drawn = values[rows]
    spread = ((drawn - drawn.mean(axis=1, keepdims=True)) ** 2).sum(axis=1)
    usable = spread > _least(values)
    if not usable.any():
        return Faithfulness(r2, r2, r2, m)
    tail = (1.0 - _COVERAGE) / 2
    low, high = np.quantile(1.0 - errors[usable] / spread[usable], [tail, 1.0 - tail])
    return Faithfulness(r2, float(min(low, r2)), float(max(high, r2)), m)


def exact(values: FloatArray, predictions: FloatArray) -> Faithfulness:
    """R² over the whole cube of 2^n masks: the population value itself, so the interval is a point."""
    r2 = r_squared(values, predictions)
    return Faithfulness(r2, r2, r2, len(values))


def _measure_with(values: FloatArray, predictions: FloatArray, control: Control) -> Faithfulness:
    """Squared errors less the control's luck on the same masks, over the variance of the function."""
    variance = float(control.spreads.mean())
    errors = (values - predictions) ** 2
    t, m = len(values), len(control.elsewhere)
    if variance <= _least(values):
        r2 = r_squared(values, predictions)
        return Faithfulness(r2, r2, r2, t, m)
    slope = _slope(errors, control.on_test)
    if t and float((errors - slope * control.on_test).mean()) + slope * float(control.elsewhere.mean()) < 0.0:
        slope = 0.0  # R² would pass 1: from so few masks their luck was told wrongly
    here = errors - slope * control.on_test
    there = slope * control.elsewhere
    lost = ((float(here.mean()) if t else 0.0) + float(there.mean())) / variance
    shares = np.concatenate(
        [
            (here - here.mean()) / t if t else here,
            (there - there.mean() - lost * (control.spreads - variance)) / m,
        ]
    )
    reach = _normal_quantile() * float(np.sqrt((shares**2).sum())) / variance
    r2 = 1.0 - lost
    if t >= _FEWEST_MASKS and float(np.ptp(predictions)) == 0.0:
        # A constant explains nothing; anything above is an error of the variance.
        return Faithfulness(min(r2, 0.0), min(r2 - reach, 0.0), 0.0, t, m)
    return Faithfulness(r2, r2 - reach, min(1.0, r2 + reach), t, m)


def _slope(errors: FloatArray, control: FloatArray) -> float:
    """How much of the control's luck to take off: its regression coefficient, 1 where there is little to learn from."""
    spread = float(control.var()) if len(control) else 0.0
    if len(control) < _FEW or spread == 0.0:
        return 1.0
    together = float(((errors - errors.mean()) * (control - control.mean())).mean())
    return float(np.clip(together / spread, 0.0, _STEEPEST))


def _normal_quantile() -> float:
    from statistics import NormalDist

    return NormalDist().inv_cdf(0.5 + _COVERAGE / 2)
