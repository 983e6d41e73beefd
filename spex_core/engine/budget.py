"""How a budget of masked passes is divided, and what it can buy, before anything is spent."""

from __future__ import annotations

from dataclasses import dataclass

from spex_core.arrays import ANCHORS
from spex_core.errors import BudgetError
from spex_core.estimation.base import Estimator
from spex_core.fourier.masks import MOST_CUBE_FEATURES

_MOST_TEST_MASKS = 400


@dataclass(frozen=True)
class Cost:
    """What a run would spend and could find.

    Attributes:
        passes: masked passes, everything included.
        estimator: the estimator that would run ("auto" resolved).
        highest_order: largest interaction order the passes can support.
        minimum: smallest budget the requested estimator accepts.
    """

    passes: int
    estimator: str
    highest_order: int
    minimum: int


def covers_cube(n_features: int, budget: int) -> bool:
    """Whether every one of the 2^n masks fits the budget."""
    return n_features <= MOST_CUBE_FEATURES and budget >= 2**n_features


def test_masks(n_features: int, budget: int) -> int:
    """Passes set aside as unseen test masks.

    A tenth of the budget less the two anchors (so that nine tenths always remain for training), at least
    a quarter of a tiny budget up to 20, at most 400; none where the budget covers all 2^n masks, because
    then no mask is unseen and R² is known over the whole cube.
    """
    if covers_cube(n_features, budget):
        return 0
    return min(_MOST_TEST_MASKS, max(budget // 10 - ANCHORS, min(20, budget // 4)))


def most_test_masks(n_features: int, budget: int) -> int:
    """Masks that no training row may take: those that any larger budget would set aside, so that the masks of a
    smaller budget are among those of a larger one."""
    if covers_cube(n_features, budget):
        return 0
    return test_masks(n_features, 2**n_features - 1) if n_features <= MOST_CUBE_FEATURES else _MOST_TEST_MASKS


def training_rows(n_features: int, budget: int) -> int:
    """Training rows a budget leaves, anchors included."""
    return min(budget, 2**n_features if n_features <= 30 else budget) - test_masks(n_features, budget)


def minimum_budget(estimator: Estimator, n_features: int, max_order: int) -> int:
    """Smallest budget whose training rows, less the anchors, satisfy the estimator."""
    wanted = estimator.minimum(n_features, max_order) + ANCHORS
    budget = wanted
    while training_rows(n_features, budget) < wanted:
        budget += max(1, wanted - training_rows(n_features, budget))
    return budget


def require(estimator: Estimator, n_features: int, budget: int, max_order: int) -> None:
    """Refuse a budget the estimator cannot work with.

    Raises:
        BudgetError: naming the minimum and the alternative.
    """
    minimum = minimum_budget(estimator, n_features, max_order)
    if budget < minimum:
        one_row = ANCHORS + min(1, 2**n_features - ANCHORS)  # beside all kept and all hidden, if there is another
        other = ' use estimator="auto" or' if training_rows(n_features, budget) >= one_row else ""
        raise BudgetError(
            f"budget={budget} is below the {minimum} masked passes that {estimator.name} needs for "
            f"{n_features} features at max_order={max_order};{other} raise the budget to {minimum} or more",
            minimum,
        )
