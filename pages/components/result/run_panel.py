"""A run while it works, and what is said when it ended early."""

from __future__ import annotations

import time

import streamlit as st

from pages.components.common import session
from pages.components.common.budget import duration
from pages.components.common.markup import draw, say, sentence, tag
from pages.components.common.ticker import ticker
from pages.components.form.waiting import left
from pages.components.result import continuing
from pages.components.result.explorer import explorer
from pages.components.result.skeleton import skeleton
from spex_core.errors import SpexError
from spex_core.runs.run import Run

_POLL_SECONDS = 0.5
_STAGES = {
    "queued": "Waiting for its turn",
    "loading": "Loading the model",
    "running": "Asking the model",
    "fitting": "Working out what acts together",
}
_WATCHING = "Another process works on the same question"
_ENDINGS = {
    "failed": "The run failed",
    "cancelled": "The run was cancelled",
    "interrupted": "The run was interrupted",
    "done": "The result cannot be read",
}
_FITTING = "fitting_since"  # session: (id of a run, when its fit was first seen)


def live_panel(run: Run) -> None:
    """Progress, Cancel and the early estimate; redraws itself until the run ends, then the whole page once."""
    st.fragment(_panel)(run.id)


def unfinished_panel(run: Run) -> None:
    """Why a run ended early, what is kept, and the way on; above its result, where there is one."""
    with st.container(border=True, key=f"run-{run.state}"):
        wide, right = st.columns([4, 1], vertical_alignment="center")
        with wide:
            draw(tag("h3", _ENDINGS.get(run.state, "The run did not finish"), class_="spex-title"))
            if run.error:
                say(sentence(run.error), "error" if run.state in ("failed", "done") else "hint")
            say(_kept(run))
        reason = continuing.why_not(run.id, run.request.model.name)
        with right:
            if not reason and st.button("Resume", type="primary", key="resume_run", width="stretch"):
                _resume(run)
        if reason:
            say(reason)


def _resume(run: Run) -> None:
    try:
        session.show_run(continuing.resume(run.id, run.request.model.name))
    except SpexError as error:
        say(sentence(error), "error")
        return
    st.rerun()


def _kept(run: Run) -> str:
    done = run.progress.done if run.progress else run.paid
    if run.explanation is not None:
        done = max(done, run.explanation.evaluations)
    if not done:
        return "Nothing was paid for yet."
    rest = "it goes on from them."
    if run.explanation is not None:
        rest = (
            "the result below is made of them." if run.state == "cancelled" else "the result below is an earlier one."
        )
    return f"{done:,} of {run.request.budget:,} passes are paid for and kept: {rest}"


def _panel(run_id: str) -> None:
    run = session.runs().get(run_id)
    state = run.state if run is not None else ""  # read once: it may end while this is drawn
    if run is None or state not in _STAGES:
        st.rerun()
        return
    others = session.runs().why_not_change(run_id)
    done, total = passes_of(run)
    watching = state == "running" and run.watching
    with st.container(border=True, key="run-live"):
        wide, right = st.columns([5, 1], vertical_alignment="center")
        with wide:
            draw(
                tag("h3", _WATCHING if watching else _STAGES[state], " …", class_="spex-title"),
                tag("p", figures(run), class_="spex-say spex-hint", id="run-figures"),
            )
        with right:
            asked = st.session_state.get(continuing.CANCELLING) == run_id
            label = "Cancelling …" if asked else "Cancel"
            if not others and st.button(label, key="cancel_run", disabled=asked, width="stretch"):
                _cancel(run_id)
        if others:
            say(sentence(others))
        st.progress(_share(run, done, total))
        ticker(f"run-ticker-{run_id}", _POLL_SECONDS)
    with st.container(key="run-preview"):
        early = run.preview
        if early is not None and early.faithfulness > 0:  # what predicts worse than the mean shows nothing
            explorer(
                early,
                key=f"early-{run_id}",
                live={"done": done, "total": total},
                can_check=False,
                check_reason="The model is busy with the run.",
            )
        else:
            skeleton(run)


def _cancel(run_id: str) -> None:
    try:
        continuing.cancel(run_id)
    except SpexError as error:
        say(sentence(error), "error")
        return
    st.rerun(scope="fragment")


def passes_of(run: Run) -> tuple[int, int]:
    """(masked passes made, planned) as far as a run has come."""
    progress = run.progress
    return (progress.done, progress.total) if progress else (0, run.request.budget)


def figures(run: Run) -> str:
    """How far a run is and how long its result takes, one line."""
    done, total = passes_of(run)
    text = f"{done:,} of {total:,} passes" + (", taken over as they are made" if run.watching else "")
    wait = left(run, _fitting_for(run))
    if wait is None:
        return text
    return f"{text} · result in {duration(wait.total)}" if wait.total >= 1 else f"{text} · result in a moment"


def _share(run: Run, done: int, total: int) -> float:
    """How much of the whole wait is over."""
    made = min(1.0, done / total) if total else 0.0
    wait = left(run, _fitting_for(run))
    if wait is None or not made:
        return made
    if run.state == "fitting":
        return max(0.9, 1 - wait.fit / 60)
    model = wait.model / (1 - made) if made < 1 else 0.0  # what all passes take
    return made * model / (model + wait.fit) if model + wait.fit else made


def _fitting_for(run: Run) -> float:
    """Seconds since this visitor first saw a run being fitted."""
    if run.state != "fitting":
        return 0.0
    known = st.session_state.get(_FITTING)
    if known is None or known[0] != run.id:
        known = st.session_state[_FITTING] = (run.id, time.monotonic())
    return float(time.monotonic() - known[1])
