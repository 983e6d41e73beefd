"""From the passes of a run to its explanation: fit what may be seen, judge on what was not.

A fit has up to two outputs, named alike wherever they occur: the *listed* spectrum (`Fit.spectrum`,
`Explanation.spectrum`), sparse and tested, which is listed and drawn; and the *accurate* one (`Fit.accurate`,
`Explanation.accurate`), which predicts. Where an estimator has one output only, it is both. Each is judged by its own
R² on the same unseen masks.
"""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np

from spex_core.arrays import ANCHORS, FloatArray, Samples
from spex_core.coding.plan import Plan
from spex_core.cpu import one_blas_thread
from spex_core.engine.budget import covers_cube
from spex_core.engine.design import stream
from spex_core.engine.evaluation import Evaluation
from spex_core.engine.outliers import without_outliers
from spex_core.engine.replies import ceiling_of, left_out, of_replies
from spex_core.engine.scaling import in_models_unit, in_ordinary_unit
from spex_core.estimation.anchors import without_misfits
from spex_core.estimation.base import Fit
from spex_core.estimation.binomial import weighted
from spex_core.estimation.estimators.auto import Auto
from spex_core.estimation.stacking import CrossFit
from spex_core.explanation.result import Explanation
from spex_core.fourier import faithfulness
from spex_core.fourier.masks import draw_distinct
from spex_core.fourier.scales import multiplied
from spex_core.fourier.spectrum import Spectrum
from spex_core.fourier.stability import shortened

_FRESH = 4000  # masks on which the fits, not the model, are asked how much they vary
_PREVIEW_SHARE = 0.15  # previews may take this share of the time spent in the model
_FIRST_PREVIEW = 24
_NEXT_PREVIEW = 1.3  # times the passes of the one before
_ASK_AGAIN = 2  # times the rows with which it was last asked whether all kept and all hidden belong


def estimate(evaluation: Evaluation) -> Explanation:
    """Explain the passes that are made, whether or not they are all that was planned."""
    with one_blas_thread():
        usual, left_out = without_outliers(evaluation)
        ordinary, power = in_ordinary_unit(usual)
        fit = _fit(ordinary, power)
    made, planned = evaluation.made, len(evaluation.values)
    stopped = () if evaluation.complete else (f"stopped after {made} of {planned} planned passes",)
    notes = (*evaluation.design.plan.notes, *fit.notes, *left_out, *stopped, *_precision(usual, ordinary))
    explanation = _explanation(ordinary, replace(fit, notes=notes), evaluation.complete)
    lucky = of_replies(evaluation, explanation.faithfulness_report)
    return in_models_unit(replace(explanation, notes=(*notes, *lucky)), evaluation, power)


def _precision(usual: Evaluation, ordinary: Evaluation) -> tuple[str, ...]:
    """What to say where values differ, but by no more than rounding leaves; judged in a unit whose squares are told
    from zero, said in the model's."""
    values = usual.paid().values
    spread = float(np.ptp(values))
    if spread == 0.0 or not faithfulness.is_level(ordinary.paid().values):
        return ()
    return (
        f"differences of at most {spread:.3g} between values around {values.mean():.3g} are "
        f"{faithfulness.BELOW_PRECISION}; have the model leave out what they share",
    )


class EarlyEstimates:
    """What the passes made so far say, while a run goes on: seldom enough to take little of its time.

    Args:
        evaluation: the passes as they are made.
    """

    def __init__(self, evaluation: Evaluation) -> None:
        self._evaluation = evaluation
        self._next = _FIRST_PREVIEW
        self._seconds = 0.0
        self._asked = 0
        self._ends: FloatArray = np.zeros(0)

    def __call__(self) -> Explanation | None:
        """An estimate where one is due and can be afforded, else None."""
        evaluation = self._evaluation
        made = evaluation.made
        if made < self._next or self._seconds > _PREVIEW_SHARE * evaluation.seconds_model:
            return None
        self._next = int(made * _NEXT_PREVIEW) + 1
        began = time.perf_counter()
        design = evaluation.design
        with one_blas_thread():
            ordinary, power = in_ordinary_unit(without_outliers(evaluation, filled=False)[0])
            fit = Auto().preview(self._samples(ordinary, power), design.max_order, stream(design.seed, "preview"))
        preview = _explanation(ordinary, replace(fit, notes=("early estimate",)), complete=False)
        preview = in_models_unit(preview, evaluation, power)
        self._seconds += time.perf_counter() - began
        return preview

    def _samples(self, evaluation: Evaluation, power: int) -> Samples:
        """The training samples as a fit should see them. Whether all kept and all hidden belong takes up to half as
        long to ask as the estimate itself, so the answer holds until there are twice as many rows."""
        samples = evaluation.training()
        if len(samples) >= _ASK_AGAIN * self._asked:
            self._asked = len(samples)
            self._ends = multiplied(without_misfits(samples)[0].values[:ANCHORS], power)
        ends = multiplied(self._ends, -power)  # the unit is another when larger values have come
        return Samples(samples.masks, np.concatenate([ends, samples.values[ANCHORS:]]))


def _fit(evaluation: Evaluation, power: int) -> Fit:
    """What the estimator makes of the training samples, or the automatic one in its place after a stop; named."""
    design = evaluation.design
    samples = evaluation.training()
    whole = len(samples) == len(design.training) and not (design.estimator.exact and evaluation.left_out)
    rng = stream(design.seed, "fit")
    said: tuple[str, ...] = ()
    if not design.estimator.exact:
        samples, said = without_misfits(samples, power)
    planned = whole or not design.estimator.needs_whole_plan
    estimator, plan = (design.estimator, design.plan) if planned else (Auto(), Plan(design.masks[:0]))
    fit = estimator.fit(samples, plan, design.max_order, rng)
    counts = evaluation.training_replies()
    if counts is not None and not estimator.exact:
        samples = weighted(samples, left_out(fit, samples.values), counts)
        fit = estimator.fit(samples, plan, design.max_order, stream(design.seed, "fit"))
    notes = (*fit.notes, *said)
    if planned:
        return replace(fit, notes=notes, estimator=fit.estimator or design.estimator.name)
    note = f"{design.estimator.name} needs its whole plan; {fit.estimator} was fitted to the passes paid for instead"
    return replace(fit, notes=(*notes, note))


def _judge(
    evaluation: Evaluation,
    spectrum: Spectrum,
    control: faithfulness.Control | None,
    ceiling: faithfulness.Ceiling | None,
) -> faithfulness.Faithfulness:
    """R² of a spectrum on the unseen masks, or over all 2^n where all are known and none of the values is a draw."""
    design = evaluation.design
    if evaluation.replies is not None:
        measured = _measured(evaluation, spectrum, control)
        return measured if ceiling is None else ceiling.over(measured)
    cube = not len(design.test) and covers_cube(design.masks.shape[1], design.budget)
    if cube and evaluation.complete and not evaluation.left_out:
        return faithfulness.exact(evaluation.values, spectrum.predict(design.masks))
    return _measured(evaluation, spectrum, control)


def _measured(
    evaluation: Evaluation, spectrum: Spectrum, control: faithfulness.Control | None
) -> faithfulness.Faithfulness:
    unseen, rng = evaluation.unseen(), stream(evaluation.design.seed, "judge")
    return faithfulness.measure(unseen.values, spectrum.predict(unseen.masks), rng, control)


def _control(evaluation: Evaluation, cross: CrossFit) -> faithfulness.Control:
    """What fits that left out a part of the training rows say of the unseen masks."""
    unseen = evaluation.unseen()
    fresh = draw_distinct(unseen.masks.shape[1], _FRESH, stream(evaluation.design.seed, "judge"))
    return faithfulness.Control(
        cross.mean_squared_errors(unseen.masks, unseen.values),
        cross.squared_errors(),
        cross.spreads(evaluation.training().values, fresh),
    )


def _explanation(evaluation: Evaluation, fit: Fit, complete: bool) -> Explanation:
    """A fit, judged, with what it cost."""
    design, listed = evaluation.design, fit.spectrum
    accurate = listed if fit.accurate is None else fit.accurate
    control = None if fit.cross is None else _control(evaluation, fit.cross)
    ceiling = None if evaluation.replies is None else ceiling_of(evaluation, fit)
    report = _judge(evaluation, accurate, control, ceiling)
    return Explanation(
        features=design.labels,
        spectrum=listed,
        draws=fit.draws,
        output_full=float(evaluation.values[0]),
        output_empty=float(evaluation.values[1]),
        faithfulness_report=report,
        accurate=fit.accurate,
        listed_report=None if fit.accurate is None else _judge(evaluation, listed, control, ceiling),
        resampled=None if fit.resampled is None else shortened(fit.resampled),
        estimator=fit.estimator,
        requested_estimator=design.requested,
        budget=design.budget,
        evaluations=evaluation.made,
        max_order=design.max_order,
        seed=design.seed,
        seconds_model=evaluation.seconds_model,
        seconds_decode=time.perf_counter() - evaluation.started - evaluation.seconds_model,
        notes=fit.notes,
        complete=complete,
    )
