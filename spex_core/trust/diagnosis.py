"""How far a spectrum can be trusted, seen from several sides: numbers that the Faithfulness page draws.

Pure functions of a spectrum and of passes; none asks the model. What judges a fit must not have been fitted:
`unseen` is always `Passes.unseen`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from spex_core.arrays import BoolArray, FloatArray, IntArray, Samples, Support
from spex_core.errors import InputError
from spex_core.explanation.result import Explanation, Interaction
from spex_core.fourier.faithfulness import Faithfulness, r_squared
from spex_core.fourier.spectrum import Spectrum, evaluate, strongest_first


@dataclass(frozen=True, eq=False)
class KeptCurve:
    """R² on unseen masks of the strongest terms alone.

    Attributes:
        kept: (p,) number of terms kept beside the constant, rising from 0.
        r2: (p,) R² of those alone, by the plain formula on the unseen masks.
        supports: the terms, strongest first: `kept[i]` counts from its beginning.
        significant: (len(supports),) whether each is told from zero; None where nothing says.
    """

    kept: IntArray
    r2: FloatArray
    supports: tuple[Support, ...]
    significant: BoolArray | None = None


@dataclass(frozen=True, eq=False)
class Predictions:
    """What was predicted on each unseen mask, and what the model said.

    Attributes:
        predicted, actual: (m,) values.
        hidden: (m,) number of hidden features.
        r2: of these masks, by the plain formula.
    """

    predicted: FloatArray
    actual: FloatArray
    hidden: IntArray
    r2: float


@dataclass(frozen=True, eq=False)
class Residuals:
    """Actual less predicted, by how many features are hidden; (b,) each, bins in rising order.

    Attributes:
        fewest, most: numbers of hidden features in the bin, both included.
        count: unseen masks in it.
        mean: mean residual.
        deviation: standard deviation of the residual about that mean; 0.0 for a single mask.
        rms: root mean square residual.
    """

    fewest: IntArray
    most: IntArray
    count: IntArray
    mean: FloatArray
    deviation: FloatArray
    rms: FloatArray


@dataclass(frozen=True)
class OrderEnergy:
    """Variance over uniform masks that the terms of one order explain (Parseval).

    Attributes:
        order: size of the groups.
        raising: part of terms that raise the output where the group is kept together, (-1)^|k| F(k) > 0.
        lowering: part of the others.
    """

    order: int
    raising: float
    lowering: float


@dataclass(frozen=True)
class Balance:
    """The interactions of one size: how many count, and how much they cancel.

    Attributes:
        order: size of the groups.
        count: interactions listed.
        significant: those told from zero; all that follows counts these alone.
        positive, negative: how many raise and lower the output.
        up, down: sums of the positive and of the negative values (`down` <= 0).
        cancels: share of all effect that is undone by effect of the other sign, 0 (all one way) to 1 (sum 0):
            1 - |up + down| / (up - down); 0.0 where there is none.
    """

    order: int
    count: int
    significant: int
    positive: int
    negative: int
    up: float
    down: float
    cancels: float


@dataclass(frozen=True)
class BudgetPoint:
    """One estimator at one budget.

    Attributes:
        estimator: as asked for.
        budget: passes that a run of this size would make.
        fitted: passes fitted, all kept and all hidden included.
        report: R² on the unseen masks with its interval; None where the estimator cannot run.
        terms: how many predict, the constant not counted.
        seconds: wall time of the fit.
        reason: why it cannot run, "" where it did.
    """

    estimator: str
    budget: int
    fitted: int
    report: Faithfulness | None
    terms: int
    seconds: float
    reason: str


class Refits(Protocol):
    """What `r2_by_budget` needs of `passes.Passes`, which knows the engine as this file may not."""

    @property
    def training(self) -> Samples:
        """The passes that are fitted."""

    def reduced(self, budget: int | None) -> Refits:
        """The same of a smaller budget, judged on the same unseen masks."""

    def fitted(self, estimator: str) -> Explanation:
        """Fit them again; InputError says why that cannot be."""

    def judge(self, spectrum: Spectrum) -> Faithfulness:
        """R² on the unseen masks."""


def r2_by_kept(spectrum: Spectrum, unseen: Samples, most_points: int = 120) -> KeptCurve:
    """R² with only the terms of largest |F(k)|.

    The Walsh basis is orthogonal over uniform masks, so what is left needs no refit.

    Args:
        spectrum: what predicts.
        unseen: passes that its fit has not used.
        most_points: about how many numbers of terms are tried: all small ones, then evenly on a logarithmic scale.
    """
    rows = np.array([row for row, support in enumerate(spectrum.supports) if support], dtype=np.int64)
    terms = rows[strongest_first(spectrum.coefficients[rows])]
    supports = [spectrum.supports[row] for row in terms]
    kept = _counts(len(terms), most_points)
    predicted = np.full(len(unseen), spectrum.constant)
    r2 = []
    before = 0
    for count in kept.tolist():
        coefficients = spectrum.coefficients[terms[before:count]]
        predicted = predicted + evaluate(unseen.masks, supports[before:count], coefficients, spectrum.n_features)
        r2.append(r_squared(unseen.values, predicted))
        before = count
    return KeptCurve(kept, np.array(r2), tuple(supports))


def r2_by_listed(explanation: Explanation, unseen: Samples, most_points: int = 120) -> KeptCurve:
    """`r2_by_kept` of the listed interactions, with which of them are told from zero."""
    curve = r2_by_kept(explanation.spectrum, unseen, most_points)
    clear = {term.features for term in explanation.interactions("Fourier") if term.significant}
    return replace(curve, significant=np.array([support in clear for support in curve.supports], dtype=bool))


def predicted_against_actual(spectrum: Spectrum, unseen: Samples) -> Predictions:
    """Prediction and value of every unseen mask."""
    predicted = spectrum.predict(unseen.masks)
    hidden = (~unseen.masks).sum(axis=1)
    return Predictions(predicted, unseen.values, hidden, r_squared(unseen.values, predicted))


def residuals_by_hidden(spectrum: Spectrum, unseen: Samples, most_bins: int = 12) -> Residuals:
    """What is left over by how many features are hidden, in bins of neighbouring numbers with about as many masks.

    Uniform masks hide about half of the features: the bins say nothing of numbers they do not reach.
    """
    seen = predicted_against_actual(spectrum, unseen)
    residual = seen.actual - seen.predicted
    bins = _bins(seen.hidden, most_bins)
    parts = [residual[(seen.hidden >= low) & (seen.hidden <= high)] for low, high in bins]
    return Residuals(
        fewest=np.array([low for low, _ in bins], dtype=np.int64),
        most=np.array([high for _, high in bins], dtype=np.int64),
        count=np.array([len(part) for part in parts], dtype=np.int64),
        mean=np.array([part.mean() for part in parts]),
        deviation=np.array([part.std() for part in parts]),
        rms=np.array([np.sqrt((part**2).mean()) for part in parts]),
    )


def energy_by_order(spectrum: Spectrum) -> tuple[OrderEnergy, ...]:
    """Energy of every order from 1 that occurs, by sign; together the variance of the spectrum over all masks."""
    split = spectrum.energy_by_order()
    # (-1)^|k| F(k) > 0 raises: an odd order with a negative coefficient does.
    return tuple(
        OrderEnergy(order, *((positive, negative) if order % 2 == 0 else (negative, positive)))
        for order, (positive, negative) in split.items()
    )


def balance_by_order(interactions: Iterable[Interaction]) -> tuple[Balance, ...]:
    """Significant, positive and negative interactions and what cancels, by size (`Explanation.interactions`)."""
    by_order: dict[int, list[Interaction]] = {}
    for each in interactions:
        by_order.setdefault(each.order, []).append(each)
    return tuple(_balance(order, by_order[order]) for order in sorted(by_order))


def _balance(order: int, interactions: list[Interaction]) -> Balance:
    values = np.array([each.value for each in interactions if each.significant])
    up, down = float(values[values > 0].sum()), float(values[values < 0].sum())
    cancels = 1.0 - abs(up + down) / (up - down) if up > down else 0.0
    positive, negative = int((values > 0).sum()), int((values < 0).sum())
    return Balance(order, len(interactions), len(values), positive, negative, up, down, cancels)


def budget_ladder(budget: int, steps: int = 5, least: int = 16) -> tuple[int, ...]:
    """`budget` and its halves, rising, none below `least` unless it is `budget` itself."""
    halves = [budget >> step for step in range(max(1, steps))]
    return tuple(sorted({budget, *(half for half in halves if half >= least)}))


def r2_by_budget(
    passes: Refits,
    estimators: Sequence[str],
    budgets: Sequence[int],
    on_step: Callable[[BudgetPoint], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> list[BudgetPoint]:
    """Every estimator at every budget, smallest budget first, all judged on the same unseen masks.

    Args:
        passes: `passes.Passes`.
        estimators: names.
        budgets: none above that of the passes (`budget_ladder`).
        on_step: called with each point as soon as it is there.
        should_stop: polled before each fit; True ends the curve early.
    """
    points: list[BudgetPoint] = []
    for budget in sorted(set(budgets)):
        for estimator in estimators:
            if should_stop is not None and should_stop():
                return points
            points.append(_at_budget(passes, estimator, budget))
            if on_step is not None:
                on_step(points[-1])
    return points


def _at_budget(passes: Refits, estimator: str, budget: int) -> BudgetPoint:
    fitted, started = 0, time.perf_counter()
    try:
        part = passes.reduced(budget)
        fitted, started = len(part.training), time.perf_counter()
        predicting = part.fitted(estimator).predicting
    except InputError as error:
        return BudgetPoint(estimator, budget, fitted, None, 0, 0.0, str(error))
    seconds = time.perf_counter() - started
    terms = sum(1 for support in predicting.supports if support)
    return BudgetPoint(estimator, budget, fitted, part.judge(predicting), terms, seconds, "")


def _counts(terms: int, most_points: int) -> IntArray:
    """0 to `terms`, all of them or about `most_points`."""
    every = np.arange(min(terms, max(1, most_points // 2)) + 1)
    if len(every) > terms:
        return every
    spaced = np.geomspace(every[-1], terms, max(2, most_points - len(every))).round()
    return np.unique(np.concatenate([every, spaced.astype(np.int64)]))


def _bins(numbers: IntArray, most: int) -> list[tuple[int, int]]:
    """(lowest, highest) of each bin; a number is never split, and small neighbours share a bin."""
    wanted = -(-len(numbers) // max(1, most))
    bins: list[tuple[int, int, int]] = []
    for number, count in zip(*np.unique(numbers, return_counts=True), strict=True):
        if bins and bins[-1][2] < wanted:
            low, _, held = bins[-1]
            bins[-1] = (low, int(number), held + int(count))
        else:
            bins.append((int(number), int(number), int(count)))
    if len(bins) > 1 and 2 * bins[-1][2] < wanted:
        (low, _, _), (_, high, _) = bins[-2:]
        bins[-2:] = [(low, high, 0)]
    return [(low, high) for low, high, _ in bins]
