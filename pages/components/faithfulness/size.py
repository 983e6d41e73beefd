"""How R² grows with the budget, and with the number of interactions kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import streamlit as st

from pages.components.common.budget import estimator_title
from pages.components.common.markup import say
from pages.components.faithfulness.agreement import judged
from pages.components.faithfulness.case import Case, make_again, unknown_estimator, why_not
from pages.components.faithfulness.pieces import chart, dark, heading
from pages.components.faithfulness.work import Job, working
from spex_core.estimation.registry import estimators
from spex_core.explanation.result import Explanation
from spex_core.trust.diagnosis import BudgetPoint, KeptCurve, budget_ladder, r2_by_budget, r2_by_kept, r2_by_listed
from spex_core.trust.passes import Passes
from spex_core.views.curves import Curve, curves_figure, r2_bounds
from spex_core.views.style import number

_OTHERS = ("spex", "proxyspex", "banzhaf")


def size_tab(about: Case) -> None:
    """Two charts of R² on the same unseen masks."""
    if about.passes is None:
        make_again(about)
        return
    left, right = st.columns(2, gap="large")
    with left:
        _by_budget(about, about.passes)
    with right:
        _by_kept(about, about.passes)


def _by_budget(about: Case, passes: Passes) -> None:
    heading(
        "R² by budget",
        "What a run of fewer passes would have found, judged on the same unseen masks. A line that still climbs at its "
        "end says that more passes would help.",
    )
    asked = about.explanation.requested_estimator
    names = [name for name in dict.fromkeys((asked, *_OTHERS)) if name in estimators()]
    job = working(f"budget@{about.key}", partial(_refit, passes, names), slow=True)
    points: list[BudgetPoint] = list(job.results.values())
    curves = [curve for name in names if (curve := _curve(name, points)).x]
    if curves:
        bounds = r2_bounds([value for curve in curves for value in curve.y])
        figure = curves_figure(curves, x="passes", y="R²", logarithmic=True, bounds=bounds, dark=dark())
        last = "; ".join(f"{curve.name} {number(curve.y[-1])}" for curve in curves)
        chart(figure, "budget-chart", f"R² by budget, at the largest: {last}")
    for name in names:
        reasons = [point.reason for point in points if point.estimator == name and point.reason]
        if reasons and not any(curve.name == _title(name) for curve in curves):
            say(f"{_title(name)}: {why_not(passes, name, reasons[-1])}")
    if asked not in names:
        say(unknown_estimator(asked))


def _by_kept(about: Case, passes: Passes) -> None:
    heading(
        "R² by number of interactions kept",
        "The strongest terms alone, the rest dropped. An early plateau says that few interactions do the work.",
    )
    found = judged(about)
    if found is None:
        return
    job = working(f"kept@{about.key}", partial(_keep, passes, found["fit"]))
    curves = [_kept(name, curve) for name, curve in job.results.items() if len(curve.kept) > 1]
    if curves:
        bounds = r2_bounds([value for curve in curves for value in curve.y])
        figure = curves_figure(curves, x="terms kept", y="R²", logarithmic=True, bounds=bounds, dark=dark())
        chart(figure, "kept-chart", f"R² by number of terms kept, {number(curves[0].y[-1])} with all")
    elif not job.live:
        say("No term was found, so there is none to drop.")


def _refit(passes: Passes, names: Sequence[str], job: Job) -> Iterator[tuple[str, Any]]:
    budgets = budget_ladder(passes.made)
    job.total = len(names) * len(budgets)
    for budget in budgets:
        for name in names:
            key = f"{name} {budget}"
            if key in job.results:
                continue
            job.now = f"Fitting {_title(name)} at {budget:,} passes"
            for point in r2_by_budget(passes, [name], [budget], should_stop=job.stopping):
                yield key, point


def _keep(passes: Passes, fit: Explanation, job: Job) -> Iterator[tuple[str, Any]]:
    job.now = "Dropping terms"
    yield "All terms that predict", r2_by_kept(fit.predicting, passes.usual.unseen)
    if fit.accurate is not None:
        yield "The listed ones", r2_by_listed(fit, passes.usual.unseen)


def _curve(name: str, points: Sequence[BudgetPoint]) -> Curve:
    mine = sorted(
        ((point.budget, point.report) for point in points if point.estimator == name and point.report is not None),
        key=lambda pair: pair[0],
    )
    return Curve(
        _title(name),
        [budget for budget, _ in mine],
        [report.r2 for _, report in mine],
        [report.low for _, report in mine],
        [report.high for _, report in mine],
    )


def _title(name: str) -> str:
    """Without what stands in brackets: legends are short."""
    return estimator_title(name).split(" (")[0]


def _kept(name: str, curve: KeptCurve) -> Curve:
    """All but the constant alone, which a logarithm has no place for."""
    return Curve(name, curve.kept.tolist()[1:], curve.r2.tolist()[1:])
