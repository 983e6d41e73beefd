"""A run while it works, and what is said when it ended early."""

from __future__ import annotations

import streamlit as st

from pages.components.common import session
from pages.components.common.budget import duration
from pages.components.common.markup import draw, say, sentence, tag
from pages.components.common.ticker import ticker
from pages.components.result import continuing
from pages.components.result.explorer import explorer
from spex_core.errors import SpexError
from spex_core.runs.run import Run

_POLL_SECONDS = 0.5
_STAGES = {
    "queued": "Waiting for a worker",
    "loading": "Loading the model",
    "running": "Asking the model",
    "fitting": "Finding the interactions",
}
_WATCHING = "Another process works on the same question"
_ENDINGS = {
    "failed": "The run failed",
    "cancelled": "The run was cancelled",
    "interrupted": "The run was interrupted",
    "done": "The result cannot be read",
}


def live_panel(run: Run) -> None:
    """Progress, Cancel and the early estimate; redraws itself until the run ends, then the whole page once."""
    st.fragment(_panel)(run.id)


def unfinished_panel(run: Run) -> None:
    """Why a run ended early, what is kept, and the way on; above its result, where there is one."""
    with st.container(border=True, key=f"run-{run.state}"):
        left, right = st.columns([4, 1], vertical_alignment="center")
        with left:
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
    progress = run.progress
    done, total = (progress.done, progress.total) if progress else (0, run.request.budget)
    watching = state == "running" and run.watching
    with st.container(border=True, key="run-live"):
        left, right = st.columns([5, 1], vertical_alignment="center")
        with left:
            draw(
                tag("h3", _WATCHING if watching else _STAGES[state], " …", class_="spex-title"),
                tag("p", _figures(run, done, total, watching), class_="spex-say spex-hint", id="run-figures"),
            )
        with right:
            asked = st.session_state.get(continuing.CANCELLING) == run_id
            label = "Cancelling …" if asked else "Cancel"
            if not others and st.button(label, key="cancel_run", disabled=asked, width="stretch"):
                _cancel(run_id)
        if others:
            say(sentence(others))
        st.progress(min(1.0, done / total) if total else 0.0)
        ticker(f"run-ticker-{run_id}", _POLL_SECONDS)
    if run.preview is not None:
        explorer(
            run.preview,
            key=f"early-{run_id}",
            live={"done": done, "total": total},
            can_check=False,
            check_reason="The model is busy with the run.",
        )


def _cancel(run_id: str) -> None:
    try:
        continuing.cancel(run_id)
    except SpexError as error:
        say(sentence(error), "error")
        return
    st.rerun(scope="fragment")


def _figures(run: Run, done: int, total: int, watching: bool) -> str:
    text = f"{done:,} of {total:,} passes" + (", taken over as they are made" if watching else "")
    progress = run.progress
    if progress is None or not progress.passes_per_second:
        return text
    text += f" · {progress.passes_per_second:,.0f} passes/s"
    if progress.seconds_left is not None and run.state == "running":
        text += f" · {duration(progress.seconds_left)} left"
    return text
