"""Where the explanation is right and where it is off: predicted against actual, what is left by hidden features."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import streamlit as st

from pages.components.faithfulness.case import Case, make_again
from pages.components.faithfulness.pieces import chart, dark, heading
from pages.components.faithfulness.work import Job, working
from spex_core.explanation.result import Explanation
from spex_core.trust.diagnosis import Predictions, Residuals, predicted_against_actual, residuals_by_hidden
from spex_core.trust.passes import Passes
from spex_core.views.agreement import MOST_POINTS, agreement_figure, residual_figure
from spex_core.views.patches import feature_noun
from spex_core.views.style import number


def agreement_tab(about: Case) -> None:
    """Two charts over the unseen masks."""
    if about.passes is None:
        make_again(about)
        return
    found = judged(about)
    if found is None:
        return
    predictions: Predictions = found["predictions"]
    residuals: Residuals = found["residuals"]
    unit, several = about.explanation.value_unit, feature_noun(about.explanation, 2)
    aside = " Every mask of this run is known, so a tenth was set aside and the fit made again without it."
    count = len(predictions.actual)
    left, right = st.columns(2, gap="large")
    with left:
        drawn = f" {MOST_POINTS:,} are drawn." if count > MOST_POINTS else ""
        heading(
            "Predicted against actual",
            f"{count:,} masks that the fit has not seen; on the dotted line both agree. R² {number(predictions.r2)}."
            + drawn
            + (aside if about.passes.set_aside else ""),
        )
        chart(
            agreement_figure(predictions, unit, dark=dark()),
            "agreement-chart",
            f"Predicted against actual output on {count:,} unseen masks",
        )
    with right:
        heading(
            f"What is left, by {several} hidden",
            "Mean error on those masks, with one standard deviation each way. Off the line: the explanation is wrong "
            "in one direction there. Long bars: it is unsure there.",
        )
        chart(residual_figure(residuals, unit, several, dark=dark()), "residual-chart", "Mean error by features hidden")


def judged(about: Case) -> dict[str, Any] | None:
    """An explanation that has not seen the unseen masks under "fit", and on those masks "predictions" and "residuals";
    None while that is worked out."""
    assert about.passes is not None
    job = working(f"judged@{about.key}", partial(_judge, about.passes, about.explanation))
    return dict(job.results) if "residuals" in job.results else None


def _judge(passes: Passes, explanation: Explanation, job: Job) -> Iterator[tuple[str, Any]]:
    job.now = "Judging the fit"
    fit = passes.refitted() if passes.set_aside else explanation
    yield "fit", fit
    yield "predictions", predicted_against_actual(fit.predicting, passes.usual.unseen)
    yield "residuals", residuals_by_hidden(fit.predicting, passes.usual.unseen)
