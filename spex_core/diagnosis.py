"""How far a spectrum can be trusted, seen from several sides: numbers that the Faithfulness page draws.

Pure functions of a spectrum and of passes; none asks the model. What judges a fit must not have been fitted:
`unseen` is always `Passes.unseen`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from spex_core.arrays import BoolArray, FloatArray, IntArray, Support
from spex_core.explanation import Explanation, Interaction
from spex_core.faithfulness import Faithfulness
from spex_core.samples import Samples
from spex_core.spectrum import Spectrum


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
        spread: standard deviation of the residual about that mean; 0.0 for a single mask.
        rms: root mean square residual.
    """

    fewest: IntArray
    most: IntArray
    count: IntArray
    mean: FloatArray
    spread: FloatArray
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


def r2_by_kept(spectrum: Spectrum, unseen: Samples, most_points: int = 120) -> KeptCurve:
    """R² with only the terms of largest |F(k)|; the Walsh basis is orthogonal, so no refit is needed."""
    raise NotImplementedError


def r2_by_listed(explanation: Explanation, unseen: Samples, most_points: int = 120) -> KeptCurve:
    """`r2_by_kept` of the listed interactions, with which of them are told from zero."""
    raise NotImplementedError


def predicted_against_actual(spectrum: Spectrum, unseen: Samples) -> Predictions:
    """Prediction and value of every unseen mask."""
    raise NotImplementedError


def residuals_by_hidden(spectrum: Spectrum, unseen: Samples, most_bins: int = 12) -> Residuals:
    """What is left over by how many features are hidden, in bins of neighbouring numbers with about as many masks."""
    raise NotImplementedError


def energy_by_order(spectrum: Spectrum) -> tuple[OrderEnergy, ...]:
    """Energy of every order that occurs, by sign; the sum is the variance of the spectrum."""
    raise NotImplementedError


def balance_by_order(interactions: Iterable[Interaction]) -> tuple[Balance, ...]:
    """Significant, positive and negative interactions and what cancels, by size (`Explanation.interactions`)."""
    raise NotImplementedError


def budget_ladder(budget: int, steps: int = 5, least: int = 16) -> tuple[int, ...]:
    """`budget` and its halves, rising, none below `least` unless it is `budget` itself."""
    raise NotImplementedError


def r2_by_budget(
    passes: Refits,
    estimators: Sequence[str],
    budgets: Sequence[int],
    on_step: Callable[[BudgetPoint], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> list[BudgetPoint]:
    """Every estimator at every budget, smallest budget first, all judged on the same unseen masks (`Passes`)."""
    raise NotImplementedError


class Refits(Protocol):
    """What `r2_by_budget` needs of `passes.Passes`."""

    @property
    def training(self) -> Samples: ...  # noqa: D102

    def reduced(self, budget: int | None) -> Refits: ...  # noqa: D102

    def fitted(self, estimator: str, budget: int | None = None) -> Explanation: ...  # noqa: D102

    def judge(self, spectrum: Spectrum) -> Faithfulness: ...  # noqa: D102
