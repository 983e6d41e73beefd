"""The design of a run: every mask it will evaluate, chosen before the first pass, and what that costs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from spex_core.arrays import ANCHORS, BoolArray, IntArray
from spex_core.coding.plan import Plan
from spex_core.engine.budget import (
    Cost,
    covers_cube,
    minimum_budget,
    most_test_masks,
    require,
    test_masks,
    training_rows,
)
from spex_core.errors import InputError, check_whole
from spex_core.estimation.base import Estimator
from spex_core.estimation.registry import as_estimator
from spex_core.estimation.registry import estimator as find_estimator
from spex_core.explanation import codec
from spex_core.explanation.checks import MOST
from spex_core.fourier.masks import draw_distinct, row_keys
from spex_core.inputs.base import MAX_FEATURES
from spex_core.memory import available_bytes, check_run, run_bytes

MAX_ORDER = codec.MAX_ORDER
_EARLY_TESTS = 24
_FEWEST_DRAWN = 4  # features, below which no mask can be spared


@dataclass(frozen=True, eq=False)
class Design:
    """Everything a run will evaluate.

    Attributes:
        labels: one per feature.
        estimator: what will fit.
        plan: the estimator's own rows.
        masks: (m, n) anchors, training rows and test rows in order of evaluation.
        training: positions in `masks` of the anchors and then of `plan.masks`, in order.
        test: positions in `masks` of the unseen test rows.
        budget, max_order, seed: as given.
        requested: the estimator asked for.
    """

    labels: tuple[str, ...]
    estimator: Estimator
    plan: Plan
    masks: BoolArray
    training: IntArray
    test: IntArray
    budget: int
    max_order: int
    seed: int
    requested: str


def plan_run(
    n_features: int | Sequence[str],
    budget: int,
    estimator: str | Estimator,
    max_order: int,
    seed: int,
    input_bytes: int = 0,
    draws: bool = False,
) -> Design:
    """Choose every mask of a run without evaluating any.

    Args:
        n_features, budget, estimator, max_order, seed: see `explain.explain`.
        input_bytes: what one batch of masked inputs takes in memory.
        draws: whether values are shares of replies: then all 2^n of them are not exact either, and some stay unseen.

    Raises:
        InputError: an argument breaks a rule, or the run would not fit into memory.
    """
    labels = _labels(n_features)
    n = len(labels)
    budget = _kept("budget", check_whole("budget", budget, 1), MOST)
    max_order = check_whole("max_order", max_order, 1, MAX_ORDER)
    seed = _kept("seed", check_whole("seed", seed, 0), codec.MAX_SEED)
    chosen = as_estimator(estimator)
    require(chosen, n, budget, max_order)
    requested = chosen.name
    if draws and n >= _FEWEST_DRAWN and covers_cube(n, budget):
        budget = 2**n - 1
    if _nothing_to_estimate(chosen, n, budget):
        chosen = find_estimator("exact")
    order = 1 if chosen.first_order_only else max_order
    check_run(run_bytes(n, _passes(n, budget), order, chosen.exact) + input_bytes, available_bytes())
    anchors = np.array([[True] * n, [False] * n])
    taken = row_keys(anchors)
    reserved = draw_distinct(n, most_test_masks(n, budget), stream(seed, "test"), taken)
    test = reserved[: test_masks(n, budget)]
    rows = training_rows(n, budget) - ANCHORS
    taken += row_keys(reserved)
    plan = chosen.plan(n, rows, max_order, stream(seed, "plan"), taken) if rows else Plan(test[:0])
    shuffled = _order(len(plan.masks), len(test), stream(seed, "order"))
    masks = np.concatenate([anchors, np.concatenate([plan.masks, test])[shuffled]])
    where = np.empty(len(shuffled), dtype=np.int64)
    where[shuffled] = np.arange(len(shuffled)) + ANCHORS
    return Design(
        labels=labels,
        estimator=chosen,
        plan=plan,
        masks=masks,
        training=np.concatenate([np.arange(ANCHORS), where[: len(plan.masks)]]),
        test=where[len(plan.masks) :],
        budget=budget,
        max_order=max_order,
        seed=seed,
        requested=requested,
    )


def cost(n_features: int, budget: int, estimator: str = "auto", max_order: int = 5) -> Cost:
    """What a run would spend and could find; chooses no mask and calls no model.

    Raises:
        InputError: an argument breaks a rule.
    """
    n = check_whole("n_features", n_features, 1, MAX_FEATURES)
    budget = check_whole("budget", budget, 1)
    max_order = check_whole("max_order", max_order, 1, MAX_ORDER)
    chosen = as_estimator(estimator)
    minimum = minimum_budget(chosen, n, max_order)
    rows = training_rows(n, budget)
    fitting = find_estimator("exact") if _nothing_to_estimate(chosen, n, budget) else chosen
    order = fitting.highest_order(n, rows, max_order)
    return Cost(_passes(n, budget), fitting.resolve(n, rows, max_order), order, minimum)


def _kept(name: str, number: int, most: int) -> int:
    if number > most:
        raise InputError(f"{name} is above {most:.3g}, the largest that a run file keeps; pass a smaller one")
    return number


def _passes(n_features: int, budget: int) -> int:
    return min(budget, 2**n_features) if n_features <= 30 else budget


def _order(training: int, test: int, rng: np.random.Generator) -> IntArray:
    """Order of evaluation of training rows 0..training-1 and test rows after them: shuffled, so that a run that is
    stopped leaves a fair sample of both, with some test rows early, so that the first estimate can be judged."""
    early = min(test, _EARLY_TESTS)
    soon, later = np.split(rng.permutation(training), [min(training, 3 * early)])
    parts = (
        np.concatenate([soon, training + np.arange(early)]),
        np.concatenate([later, training + np.arange(early, test)]),
    )
    return np.concatenate([rng.permutation(part) for part in parts])


def _nothing_to_estimate(estimator: Estimator, n_features: int, budget: int) -> bool:
    """Whether every mask will be known, so that the transform is exact, and the estimator may use it."""
    return covers_cube(n_features, budget) and (n_features == 1 or not estimator.first_order_only)


def stream(seed: int, purpose: str) -> np.random.Generator:
    """An independent generator per purpose, so that one use never shifts another."""
    return np.random.default_rng([seed, *purpose.encode()])


def _labels(n_features: Any) -> tuple[str, ...]:
    if isinstance(n_features, str):
        raise InputError("n_features is a single string; pass a number, or a list with one label per feature")
    if isinstance(n_features, bytes | set | frozenset | Mapping | Iterator):
        kind = type(n_features).__name__
        raise InputError(f"n_features is a {kind}; pass a number, or a list with one label per feature, in order")
    shape = getattr(n_features, "shape", None)
    if isinstance(n_features, Iterable) and shape != ():  # an index or a series of pandas is no Sequence
        if shape is not None and len(shape) != 1:
            raise InputError(
                f"n_features has shape {tuple(shape)}; pass a number, or a list with one label per feature"
            )
        labels = tuple(str(label) for label in n_features)
        check_whole("number of labels", len(labels), 1, MAX_FEATURES)
        return labels
    count = check_whole("n_features", n_features, 1, MAX_FEATURES)
    return tuple(str(position) for position in range(count))
