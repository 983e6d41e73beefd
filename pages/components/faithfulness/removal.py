"""Top-r removal: what each method would hide to change the output most, and what the model says to that."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import streamlit as st

from pages.components.common import session
from pages.components.common.markup import say
from pages.components.faithfulness.case import Case
from pages.components.faithfulness.methods import begin, begun, fitting, outcomes
from pages.components.faithfulness.pieces import chart, dark, heading, table
from pages.components.faithfulness.work import Job, jobs, working
from spex_core.arrays import BoolArray
from spex_core.explanation.result import Explanation
from spex_core.fourier.masks import row_keys
from spex_core.fourier.spectrum import Spectrum
from spex_core.trust.removal import Removal, top_removal
from spex_core.views.bars import change_figure
from spex_core.views.curves import Curve, curves_figure
from spex_core.views.labels import signed
from spex_core.views.patches import feature_noun, group

THIS = "This run"
_MOST = 20  # features to remove
_SECONDS = 2.0  # for an integer program, before the greedy search has to do


def removal_tab(about: Case) -> None:
    """A slider for r, what each method removes, and the model's answer where it was asked."""
    explanation = about.explanation
    several = feature_noun(explanation, 2)
    heading(
        "Top-r removal",
        f"Which r {several} each method would hide to change the output most, and by how much it thinks it would. "
        "A method that knows what the model uses finds a large real change with few.",
    )
    r = _chosen(explanation)
    if about.passes is not None:
        if begun(about):
            fitting(about)
        else:
            word = "Fit the other methods as well"
            st.button(word, key="removal-fit", help="Asks no model", on_click=begin, args=(about,))
    spectra = {THIS: explanation.predicting} | {
        title: outcome.spectrum
        for title, outcome in outcomes(about).items()
        if outcome.spectrum is not None and outcome.method.name != explanation.requested_estimator
    }
    removals = _removals(about, spectra, r)
    if not removals:
        return
    _ask(about, removals)
    real = {title: _real(about, removal) for title, removal in removals.items()}  # as it is after the asking
    names = list(removals)
    changes = [None if (value := real[name]) is None else value - explanation.output_full for name in names]
    predicted = [removals[name].change for name in names]
    chart(
        change_figure(names, predicted, changes, explanation.value_unit, dark=dark()),
        "removal-chart",
        f"Change of the output without {r} {several}, by method",
    )
    scale = max((abs(each) for each in (*predicted, *changes) if each is not None), default=1.0)
    rows = [
        (
            name,
            group(explanation, removals[name].features) or "nothing",
            signed(removals[name].change, scale),
            "not asked" if change is None else signed(change, scale),
            "exact" if removals[name].exact else "greedy",
        )
        for name, change in zip(names, changes, strict=True)
    ]
    table(("Method", "Hides", "Predicted change", "Real change", "Search"), rows, key="removal-table", numbers=(2, 3))
    say(
        "Exact: no other choice would change that method's prediction more, by an integer program. "
        "Greedy: the best that a quick search found, where the program would be too large."
    )
    _by_r(about, spectra)


def _chosen(explanation: Explanation) -> int:
    most = min(explanation.n_features, _MOST)
    if most == 1:
        return 1
    label = f"{feature_noun(explanation, 2).capitalize()} to hide (r)"
    return int(st.slider(label, 1, most, min(3, most), key="removal-r", width=420))


def _removals(about: Case, spectra: Mapping[str, Spectrum], r: int) -> dict[str, Removal]:
    """What each method removes, as far as it was worked out."""
    key = f"removal-{r}@{about.key}"
    job = jobs().get(key)
    work = partial(_solve, spectra, r)
    if job is not None and job.state == "done" and any(title not in job.results for title in spectra):
        jobs().start(key, work)
    return dict(working(key, work).results)


def _solve(spectra: Mapping[str, Spectrum], r: int, job: Job) -> Iterator[tuple[str, Any]]:
    job.total = len(spectra)
    for title, spectrum in spectra.items():
        if title not in job.results:
            job.now = f"Choosing what to hide: {title}"
            yield title, top_removal(spectrum, r, _SECONDS)


def _ask(about: Case, removals: Mapping[str, Removal]) -> None:
    """The button that asks the model about every mask whose value is not known, with its price."""
    n = about.explanation.n_features
    unknown = [removal for removal in removals.values() if _real(about, removal) is None]
    open_masks = {_key(about, removal): removal.mask(n) for removal in unknown}
    key = _asked(about)
    work = partial(_check, session.manager(), about.explanation, open_masks)
    job = jobs().get(key)
    if job is not None and job.state != "done":
        working(key, work, slow=True)
        return
    if not open_masks:
        return
    if about.no_model:
        say(f"The model cannot be asked. {about.no_model}", "warning")
        return
    price = f"{len(open_masks)} masked pass{'es' if len(open_masks) != 1 else ''}"
    word = f"Ask the model: {price}"
    press = {"on_click": jobs().start, "args": (key, work), "kwargs": {"slow": True}}
    st.button(word, type="primary", key="removal-ask", **press)


def _check(
    manager: Any, explanation: Explanation, masks: Mapping[str, BoolArray], job: Job
) -> Iterator[tuple[str, float]]:
    job.total = len(job.results) + len(masks)
    job.now = "Asking the model"
    for key, mask in masks.items():
        yield key, manager.check(explanation, mask)


def _real(about: Case, removal: Removal) -> float | None:
    """What the model said without these features: among the passes of the run, or asked here; None where neither."""
    key = _key(about, removal)
    job = jobs().get(_asked(about))
    asked: float | None = None if job is None else job.results.get(key)
    if asked is not None:
        return asked
    [value] = about.known.look_up(removal.mask(about.explanation.n_features)[None]).tolist()
    return None if math.isnan(value) else value


def _by_r(about: Case, spectra: Mapping[str, Spectrum]) -> None:
    """Real change by r, for the r that were asked about."""
    curves: list[Curve] = []
    full = about.explanation.output_full
    for title in spectra:
        points: list[tuple[int, float]] = []
        for r in range(1, _MOST + 1):
            job = jobs().get(f"removal-{r}@{about.key}")
            removal = None if job is None else job.results.get(title)
            value = None if removal is None else _real(about, removal)
            if value is not None:
                points.append((r, abs(value - full)))
        if len(points) > 1:
            curves.append(Curve(title, [r for r, _ in points], [change for _, change in points]))
    if curves:
        heading("Real change by r", "For each r that the model was asked about.")
        unit = about.explanation.value_unit
        chart(
            curves_figure(curves, x="features hidden (r)", y=f"size of the change ({unit})", dark=dark()),
            "removal-curve",
            "Size of the real change by number of features hidden",
        )


def _key(about: Case, removal: Removal) -> str:
    return row_keys(removal.mask(about.explanation.n_features)[None])[0].hex()


def _asked(about: Case) -> str:
    return f"asked@{about.key}"
