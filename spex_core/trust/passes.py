"""The masked passes of one run, split as the run split them, and what other fits make of them.

Nothing here asks the model. What a fit is judged on it has not seen: the run's own unseen masks stay unseen for every
estimator and every smaller budget. Where a run evaluated all 2^n masks it set none aside, so a tenth of them is set
aside here, and the fits that are judged on it are made without it.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from spex_core.arrays import ANCHORS, BoolArray, FloatArray, IntArray, Samples
from spex_core.coding.layouts import CubeLayout
from spex_core.coding.plan import Plan, plan_masks
from spex_core.engine.budget import covers_cube, most_test_masks, require, test_masks, training_rows
from spex_core.engine.design import Design, plan_run, stream
from spex_core.engine.evaluation import Evaluation
from spex_core.engine.explain import explain_passes
from spex_core.engine.outliers import outlying, without_outliers
from spex_core.errors import InputError, check_whole
from spex_core.estimation.base import Estimator
from spex_core.estimation.estimators.auto import Auto
from spex_core.estimation.estimators.spex import Spex
from spex_core.estimation.registry import as_estimator
from spex_core.explanation.result import Explanation
from spex_core.fourier import faithfulness
from spex_core.fourier.faithfulness import Faithfulness
from spex_core.fourier.masks import draw_distinct, row_keys
from spex_core.fourier.spectrum import Spectrum

_FEWEST_UNSEEN = 2


@dataclass(frozen=True, eq=False)
class Passes:
    """The passes of one run, or of a smaller budget of it.

    Attributes:
        labels: one per feature.
        plan: the rows that were planned for fitting, and how they decode.
        training: passes to fit: all kept, all hidden, then rows of `plan` in order; all of them where `whole`.
        unseen: passes that no fit may use: (t >= 2) of them.
        budget: most passes allowed, those of `unseen` that a run of this budget would set aside included.
        max_order: largest order of interest.
        seed: the run's.
        set_aside: whether `unseen` was set aside here, after the run: its own result has seen those masks.
        original: the run's result, which lends its unit, words and input to refits; None where there is none.
    """

    labels: tuple[str, ...]
    plan: Plan
    training: Samples
    unseen: Samples
    budget: int
    max_order: int
    seed: int
    set_aside: bool = False
    original: Explanation | None = None
    _stopped: bool = False
    _unmade: BoolArray | None = None
    _smaller: dict[int, Passes] = field(default_factory=dict, repr=False)

    @staticmethod
    def of(explanation: Explanation, samples: Samples) -> Passes:
        """The passes behind a result.

        Args:
            explanation: a finished or stopped run.
            samples: masked passes of its input, in any order, more than its own or not (`RunManager.paid_for`, a
                bundle).

        Raises:
            InputError: `samples` lacks passes that the run made, or too few are left to fit and to judge.
        """
        if len(samples) and samples.masks.shape[1] != explanation.n_features:
            raise InputError(f"masks of {samples.masks.shape[1]} features do not fit a run of {explanation.n_features}")
        if len(samples) < explanation.evaluations:
            raise InputError(_lacking(len(samples), explanation.evaluations))
        design = Passes.planned(explanation.features, explanation.budget, explanation.max_order, explanation.seed)
        found = int((_places(design.masks, samples) >= 0).sum())
        if found < explanation.evaluations:
            raise InputError(_lacking(found, explanation.evaluations))
        return replace(Passes.evaluated(design, samples), original=explanation)

    @staticmethod
    def planned(n_features: int | Sequence[str], budget: int, max_order: int = 5, seed: int = 0) -> Design:
        """What a run would evaluate (`Design.masks`), whatever its estimator; give the passes to `evaluated`.

        Raises:
            InputError: see `design.plan_run`.
        """
        return plan_run(n_features, budget, "auto", max_order, seed)

    @staticmethod
    def evaluated(design: Design, samples: Samples) -> Passes:
        """The passes of a design, as far as they are among `samples`.

        Raises:
            InputError: all kept or all hidden is missing, or too few are left to fit and to judge.
        """
        n = design.masks.shape[1]
        if covers_cube(n, design.budget):
            return _without_a_tenth(design, samples)
        training = _known(design.masks[design.training], samples)
        unseen = _known(design.masks[design.test], samples)
        passes = _checked(design, design.plan, training, unseen, set_aside=False)
        unmade = design.masks[design.test][_places(design.masks[design.test], samples) < 0]
        return replace(passes, _unmade=unmade)

    @property
    def n_features(self) -> int:
        """Number of features."""
        return len(self.labels)

    @property
    def whole(self) -> bool:
        """Whether `training` is all that was planned; not so after a run that was stopped."""
        return not self._stopped and len(self.training) == ANCHORS + len(self.plan.masks)

    @property
    def made(self) -> int:
        """Passes there are, unseen ones included; after a run that was stopped fewer than `budget`."""
        return len(self.training) + len(self.unseen)

    @property
    def variance(self) -> float:
        """Variance of the values over masks drawn at random: all passes but all kept, all hidden and outliers; infinite
        where the values are too large to have one."""
        with np.errstate(over="ignore", invalid="ignore"):
            usual = self.usual
            variance = float(np.concatenate([usual.training.values[ANCHORS:], usual.unseen.values]).var())
        return variance if np.isfinite(variance) else np.inf

    def reason(self, estimator: str | Estimator) -> str:
        """Why an estimator cannot fit these passes, in one sentence; "" where it can."""
        try:
            self._usable(estimator)
        except InputError as error:
            return str(error)
        return ""

    def fitted(self, estimator: str | Estimator = "auto", budget: int | None = None) -> Explanation:
        """Fit these passes again.

        With the run's own estimator and seed this gives the run's own result.

        Args:
            estimator: "auto", a name or an `Estimator`.
            budget: fit only what a run of this budget would have had (see `reduced`); default all.

        Raises:
            InputError: the estimator needs rows that are not there (BudgetError: more than the budget buys), or see
                `reduced`.
        """
        passes = self.reduced(budget)
        chosen = passes._usable(estimator)
        explanation = explain_passes(passes._design(chosen), passes._together())
        spent = min(explanation.evaluations, passes.budget)
        return replace(explanation, evaluations=spent, **_lent(self.original))

    def refitted(self) -> Explanation:
        """Fit these passes as the run fitted them: by the estimator it was asked for, or automatically where that one
        cannot (it is exact, needs rows that a stop left out, or is not installed here); a note says so then."""
        asked = "auto" if self.original is None else self.original.requested_estimator
        reason = self.reason(asked)
        if not reason:
            return self.fitted(asked)
        explanation = self.fitted("auto")
        note = f"{explanation.estimator} was fitted instead of {asked}: {reason}"
        return replace(explanation, notes=(*explanation.notes, note))

    def reduced(self, budget: int | None) -> Passes:
        """What a run of a smaller budget would have fitted, judged on the same unseen masks.

        The masks of a smaller budget are among those of a larger one. After a run that was stopped some are missing;
        others of its rows stand in for them then, and nothing can be decoded.

        Raises:
            InputError: the budget is larger than that of these passes, or leaves nothing to fit.
        """
        if budget is None or budget == self.budget:
            return self
        budget = check_whole("budget", budget, ANCHORS + 1, self.budget)
        if budget not in self._smaller:
            self._smaller[budget] = self._reduced(budget)
        return self._smaller[budget]

    def revalued(self, values: FloatArray) -> Passes:
        """The same passes with other (m,) values of those that are fitted."""
        return replace(self, training=Samples(self.training.masks, values), _smaller={})

    def judge(self, spectrum: Spectrum) -> Faithfulness:
        """R² on the unseen masks and its bootstrap interval, the same way for every method."""
        rng = stream(self.seed, "judge")
        unseen = self.usual.unseen
        return faithfulness.measure(unseen.values, spectrum.predict(unseen.masks), rng)

    @cached_property
    def usual(self) -> Passes:
        """These passes without outliers, as the run itself fitted and judged them (`engine.outliers`)."""
        together = self._together()
        if not len(outlying(together.masks, together.values)):
            return self
        usual, _ = without_outliers(Evaluation(self._design(Auto()), together, time.perf_counter()))
        return replace(self, training=usual.training(), unseen=usual.unseen(), _smaller={})

    def _together(self) -> Samples:
        return Samples(
            np.concatenate([self.training.masks, self.unseen.masks]),
            np.concatenate([self.training.values, self.unseen.values]),
        )

    def _usable(self, estimator: str | Estimator) -> Estimator:
        chosen = as_estimator(estimator)
        require(chosen, self.n_features, self.budget, self.max_order)
        rows = len(self.plan.masks)
        if chosen.needs_whole_plan and not self.whole:
            raise InputError(
                f"{chosen.name} needs all {rows + ANCHORS} planned passes; {len(self.training)} of them were made"
            )
        if isinstance(chosen, Spex) and isinstance(self.plan.layout, CubeLayout):
            return chosen  # which needs no code where nearly all masks are known
        wanted = chosen.minimum(self.n_features, self.max_order)
        if rows < wanted:
            raise InputError(f"{chosen.name} needs {wanted + ANCHORS} passes to fit; {rows + ANCHORS} are left")
        return chosen

    def _design(self, estimator: Estimator) -> Design:
        parts = [self.training.masks[:ANCHORS], self.plan.masks, self.unseen.masks]
        masks = np.concatenate(parts if self._unmade is None else [*parts, self._unmade])
        split = ANCHORS + len(self.plan.masks)
        return Design(
            labels=self.labels,
            estimator=estimator,
            plan=self.plan,
            masks=masks,
            training=np.arange(split),
            test=np.arange(split, len(masks)),
            budget=self.budget,
            max_order=self.max_order,
            seed=self.seed,
            requested=estimator.name,
        )

    @cached_property
    def _reserved(self) -> list[bytes]:
        """Masks that no plan of this run may take."""
        anchors = row_keys(self.training.masks[:ANCHORS])
        if self.set_aside:
            return anchors + row_keys(self.unseen.masks)
        most = most_test_masks(self.n_features, self.budget)
        return anchors + row_keys(draw_distinct(self.n_features, most, stream(self.seed, "test"), anchors))

    def _reduced(self, budget: int) -> Passes:
        n = self.n_features
        rows = min(training_rows(n, budget) - ANCHORS, len(self.plan.masks))
        if rows < 1:
            raise InputError(f"budget={budget} leaves no pass to fit; raise it to {ANCHORS + 2} or more")
        plan = plan_masks(n, rows, self.max_order, stream(self.seed, "plan"), self._reserved)
        chosen = _places(plan.masks, self.training)
        stopped = bool((chosen < 0).any())
        if stopped:
            chosen = np.arange(ANCHORS, min(ANCHORS + rows, len(self.training)))
            plan = Plan(self.training.masks[chosen])
        training = self.training.take(np.concatenate([np.arange(ANCHORS), chosen]))
        return replace(self, plan=plan, training=training, budget=budget, _stopped=stopped, _unmade=None, _smaller={})


def _places(masks: BoolArray, samples: Samples) -> IntArray:
    """(m,) position of each mask among the samples, -1 where it is not there."""
    place = {key: row for row, key in enumerate(row_keys(samples.masks))}
    return np.array([place.get(key, -1) for key in row_keys(masks)], dtype=np.int64)


def _known(masks: BoolArray, samples: Samples) -> Samples:
    """Those of the masks, in their order, that are among the samples."""
    places = _places(masks, samples)
    return samples.take(places[places >= 0])


def _without_a_tenth(design: Design, samples: Samples) -> Passes:
    """Passes of a run that was to evaluate all 2^n masks, less a seeded tenth of those that it made."""
    n = design.masks.shape[1]
    anchors = row_keys(design.masks[:ANCHORS])
    drawn = draw_distinct(n, (1 << n) - ANCHORS, stream(design.seed, "unseen"), anchors)
    known = _known(drawn, samples)
    tenth = max(_FEWEST_UNSEEN, test_masks(n, min(len(known) + ANCHORS, (1 << n) - 1)))
    unseen = known.take(np.arange(min(tenth, len(known))))
    rows = (1 << n) - ANCHORS - len(unseen)
    plan = plan_masks(n, rows, design.max_order, stream(design.seed, "plan"), anchors + row_keys(unseen.masks))
    training = _known(np.concatenate([design.masks[:ANCHORS], plan.masks]), samples)
    return _checked(design, plan, training, unseen, set_aside=True)


def _checked(design: Design, plan: Plan, training: Samples, unseen: Samples, set_aside: bool) -> Passes:
    if not np.array_equal(training.masks[:ANCHORS], design.masks[:ANCHORS]):
        raise InputError("the passes with everything kept and everything hidden are not among those stored")
    if len(unseen) < _FEWEST_UNSEEN or len(training) <= ANCHORS:
        raise InputError(
            f"{len(training) + len(unseen)} passes are too few to set some aside as unseen and fit the others"
        )
    budget = min(design.budget, 1 << len(design.labels)) if set_aside else design.budget
    return Passes(design.labels, plan, training, unseen, budget, design.max_order, design.seed, set_aside)


def _lacking(found: int, made: int) -> str:
    return f"{found} of the {made} passes of this run are stored here; the others are needed to fit it again"


def _lent(original: Explanation | None) -> dict[str, Any]:
    """What a refit says in the words of the run."""
    if original is None:
        return {}
    return {name: getattr(original, name) for name in ("model", "value_unit", "toward", "source")}
