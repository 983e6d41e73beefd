"""Noise on the stored values: what a fit to them still finds."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import streamlit as st

from pages.components.common.markup import say
from pages.components.faithfulness.agreement import judged
from pages.components.faithfulness.case import Case, make_again
from pages.components.faithfulness.pieces import chart, dark, heading, table
from pages.components.faithfulness.work import Job, jobs, working
from spex_core.explanation.result import Explanation, Interaction
from spex_core.fourier.faithfulness import Faithfulness
from spex_core.trust.noise import Survivors, survivors, with_noise
from spex_core.trust.passes import Passes
from spex_core.views.curves import Curve, curves_figure
from spex_core.views.labels import signed
from spex_core.views.patches import group
from spex_core.views.shown import INDEX
from spex_core.views.style import number

_LEAST, _MOST, _STEP, _FIRST = -10, 40, 5, 10  # decibels
_FOLLOWED = 30  # interactions


def noise_tab(about: Case) -> None:
    """A slider, the fit to the noisy values, and what became of the interactions."""
    heading(
        "Noise",
        "Random noise is added to the stored values and the explanation fitted again. What survives strong noise is "
        "solid. The unseen masks stay clean, and the model is not asked. Values are Banzhaf interactions, which do not "
        "depend on what else is listed.",
    )
    if about.passes is None:
        make_again(about)
        return
    found = judged(about)
    if found is None:
        return
    before: Explanation = found["fit"]
    snr = int(
        st.slider(
            "Signal over noise (dB)",
            _LEAST,
            _MOST,
            _FIRST,
            _STEP,
            key="noise-snr",
            width=420,
            help="20 dB: the noise has a hundredth of the variance of the values. 10 dB: a tenth. 0 dB: all of it.",
        )
    )
    job = working(_key(about, snr), partial(_refit, about.passes, before, snr), slow=True)
    if "report" not in job.results:
        return
    what: Survivors = job.results["survivors"]
    clean: Faithfulness = job.results["clean"]
    report: Faithfulness = job.results["report"]
    say(
        f"At {snr} dB R² on the unseen masks is {number(report.r2)}; without noise it is {number(clean.r2)}. "
        f"{_counts(what)}",
        "notice",
    )
    _curve(about, clean)
    _list(about, what)


def _counts(what: Survivors) -> str:
    of = len(what.kept) + len(what.turned) + len(what.lost)
    if not of:
        return f"Nothing was significant before; {len(what.new)} would be now."
    strongest = f"the {of} strongest interactions" if of > 1 else "the one interaction"
    parts = f"{len(what.kept)} kept, {len(what.lost)} lost, {len(what.turned)} with the other sign"
    return f"Of {strongest}: {parts}; {len(what.new)} new."


def _refit(passes: Passes, before: Explanation, snr: int, job: Job) -> Iterator[tuple[str, Any]]:
    job.now = f"Fitting the values with noise at {snr} dB"
    after = with_noise(passes, float(snr), passes.seed).refitted()
    yield "survivors", survivors(before, after, INDEX, top=_FOLLOWED)
    yield "clean", passes.judge(before.predicting)
    yield "report", passes.judge(after.predicting)


def _curve(about: Case, clean: Faithfulness) -> None:
    """R² and the share that is kept, over the noise levels tried so far."""
    tried: list[tuple[int, float, float]] = []
    for snr in range(_LEAST, _MOST + 1, _STEP):
        job = jobs().get(_key(about, snr))
        if job is not None and "report" in job.results:
            what = job.results["survivors"]
            of = len(what.kept) + len(what.turned) + len(what.lost)
            tried.append((snr, job.results["report"].r2, len(what.kept) / of if of else 0.0))
    if len(tried) < 2:
        say("Try another level to see a curve.")
        return
    levels = [snr for snr, _, _ in tried]
    curves = [
        Curve("R²", levels, [max(-0.25, r2) for _, r2, _ in tried]),
        Curve("share kept", levels, [share for _, _, share in tried]),
    ]
    chart(
        curves_figure(curves, x="signal over noise (dB)", y="", bounds=(-0.28, 1.05), dark=dark()),
        "noise-chart",
        f"R² and the share of interactions kept, by noise; without noise R² is {number(clean.r2)}",
    )


def _list(about: Case, what: Survivors) -> None:
    pairs: list[tuple[str, Interaction | None, Interaction | None]] = [
        *(("kept", before, after) for before, after in what.kept),
        *(("other sign", before, after) for before, after in what.turned),
        *(("lost", before, None) for before in what.lost),
    ]
    pairs.sort(key=lambda pair: -abs(pair[1].value) if pair[1] else 0.0)
    pairs += [("new", None, after) for after in what.new]
    scale = max((abs(each.value) for _, *both in pairs for each in both if each is not None), default=1.0)
    rows = [
        (
            status,
            next(group(about.explanation, each.features) for each in both if each is not None),
            *("" if each is None else signed(each.value, scale) for each in both),
        )
        for status, *both in pairs
    ]
    if rows:
        table(("", "Interaction", "Before", "With noise"), rows, key="noise-table", numbers=(2, 3))


def _key(about: Case, snr: int) -> str:
    return f"noise-{snr}@{about.key}"
