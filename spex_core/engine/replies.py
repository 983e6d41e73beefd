"""Values that are shares of replies: what a run can know of their luck, and how it says so."""

from __future__ import annotations

import numpy as np

from spex_core.arrays import ANCHORS, FloatArray
from spex_core.engine.evaluation import Evaluation
from spex_core.estimation.base import Fit
from spex_core.estimation.binomial import Luck, luck
from spex_core.estimation.stacking import CrossFit, predictions
from spex_core.fourier.faithfulness import Ceiling, Faithfulness, in_words


def left_out(fit: Fit, values: FloatArray) -> FloatArray:
    """Of each of (m,) fitted values what fits without it make of its mask; NaN where there is no such fit."""
    found = np.full(len(values), np.nan)
    if fit.cross is not None:
        for rows, residual in zip(fit.cross.folds, fit.cross.residuals, strict=True):
            found[rows] = values[rows] - residual
    return found


def ceiling_of(evaluation: Evaluation, fit: Fit) -> Ceiling | None:
    """R² of a perfect prediction of shares of replies; None where it is not known, or all of their spread is luck."""
    values = _usual(evaluation)
    found, spread = _luck(evaluation, fit.cross), float(values.var()) if len(values) else 0.0
    if found is None or found.variance >= spread:
        return None
    return Ceiling(*found.ceiling(spread))


def of_replies(evaluation: Evaluation, report: Faithfulness) -> tuple[str, ...]:
    """What to say of values that are draws."""
    if evaluation.replies is None:
        return ()
    calls = int(evaluation.replies[~np.isnan(evaluation.values)].sum())
    asked = f"each value is a share of replies ({calls:,} in all), so a part of R² is out of reach"
    if report.ceiling is not None:
        bounds = f"{report.ceiling:.2f} of it ({report.ceiling_low:.2f} to {report.ceiling_high:.2f})"
        return (f"{asked}: luck leaves about {bounds}, and explained is {in_words(report)}",)
    if _luck(evaluation, None) is None:
        return (f"{asked}; how much cannot be told from so few masks that were asked more than once",)
    return (f"{asked}; the replies differ by no more than their luck, as far as can be told",)


def _usual(evaluation: Evaluation) -> FloatArray:
    """The values that are there, but for all kept and all hidden."""
    rows = np.arange(len(evaluation.values)) >= ANCHORS
    return evaluation.values[rows & ~np.isnan(evaluation.values)]


def _luck(evaluation: Evaluation, cross: CrossFit | None) -> Luck | None:
    assert evaluation.replies is not None
    made = ~np.isnan(evaluation.values)
    made[:ANCHORS] = False
    predicted = None
    if cross is not None:
        told = predictions(cross.models, evaluation.design.masks).mean(axis=0)  # of masks that none of them has seen
        training = evaluation.design.training
        rows = training[~np.isnan(evaluation.values[training])]
        for fold, residual in zip(cross.folds, cross.residuals, strict=True):
            told[rows[fold]] = evaluation.values[rows[fold]] - residual
        predicted = told[made]
    return luck(evaluation.values[made], evaluation.replies[made], predicted)
