"""A run while it works, and what is said when it failed."""

from __future__ import annotations

import streamlit as st

from pages.components import session
from pages.components.budget import duration
from pages.components.explorer import explorer
from pages.components.plain import draw, say, tag
from pages.components.ticker import ticker
from spex_core.runs import Run

_POLL_SECONDS = 0.5
_STAGES = {
    "queued": "Waiting for a worker",
    "loading": "Loading the model",
    "running": "Asking the model",
    "fitting": "Finding the interactions",
}


def live_panel(run: Run) -> None:
    """Progress, Cancel and the early estimate; redraws itself until the run ends, then the whole page once."""
    st.fragment(_panel)(run.id)


def failed_panel(run: Run) -> None:
    """Why a run failed, and a way on."""
    with st.container(border=True, key="run-failed"):
        draw(tag("h3", "The run failed", class_="spex-title"))
        say(run.error or "no reason was given", "error")
        done = run.progress.done if run.progress else 0
        if done:
            say(f"{done:,} passes are paid for and kept: a retry starts from them.")
        if st.button("Retry", type="primary", key="retry_run"):
            session.show_run(session.manager().start(run.request))
            st.rerun()


def _panel(run_id: str) -> None:
    run = session.manager().get(run_id)
    state = run.state if run is not None else ""  # read once: it may end while this is drawn
    if run is None or state not in _STAGES:
        st.rerun()
        return
    progress = run.progress
    done, total = (progress.done, progress.total) if progress else (0, run.request.budget)
    with st.container(border=True, key="run-live"):
        left, right = st.columns([5, 1], vertical_alignment="center")
        with left:
            draw(
                tag("h3", _STAGES[state], " …", class_="spex-title"),
                tag("p", _figures(run, done, total), class_="spex-say spex-hint", id="run-figures"),
            )
        with right:
            asked = st.session_state.get("cancelling") == run_id
            if st.button("Cancelling …" if asked else "Cancel", key="cancel_run", disabled=asked, width="stretch"):
                run.cancel()
                st.session_state["cancelling"] = run_id
                st.rerun(scope="fragment")
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


def _figures(run: Run, done: int, total: int) -> str:
    text = f"{done:,} of {total:,} passes"
    progress = run.progress
    if progress is None or not progress.passes_per_second:
        return text
    text += f" · {progress.passes_per_second:,.0f} passes/s"
    if progress.seconds_left is not None and run.state == "running":
        text += f" · {duration(progress.seconds_left)} left"
    return text
