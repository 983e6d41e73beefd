"""A line at the top of every page: runs of this visitor that work, or ended, somewhere else."""

from __future__ import annotations

import streamlit as st

from pages.components.common import session
from pages.components.common.markup import draw, tag
from pages.components.common.ticker import ticker
from pages.components.result.run_panel import figures, passes_of
from spex_core.runs.run import Run
from spex_core.views.labels import short

_POLL_SECONDS = 1.0
_SEEN = "runs_elsewhere"  # session: ids of runs that were seen at work, until they are opened or put away
_LENGTH = 48  # characters of what is explained
_MOST = 3


def elsewhere(shown: str | None) -> None:
    """Draw it; it keeps its place where there is nothing to say.

    Args:
        shown: the page that is drawn, `session.TEXT` or `session.IMAGE`, None for another one.
    """
    with st.container(key="runs-elsewhere"):
        st.fragment(_lines)(shown)


def _lines(shown: str | None) -> None:
    here = session.looked_at(shown) if shown is not None else None
    seen: list[str] = st.session_state.setdefault(_SEEN, [])
    runs = {run.id: run for run in session.runs().list()}
    mine = {session.looked_at(page) for page in session.PAGES}  # a reload makes another visitor of somebody
    for run in runs.values():
        if run.live and run.id not in seen and (run.person == session.person() or run.id in mine):
            seen.append(run.id)
    seen[:] = [name for name in seen if name in runs and (runs[name].live or name != here)]
    lines = [runs[name] for name in seen if name != here][-_MOST:]
    for run in lines:
        _line(run)
    if any(run.live for run in lines):
        ticker("elsewhere-ticker", _POLL_SECONDS)


def _line(run: Run) -> None:
    title = short(" ".join(run.request.title.split()), _LENGTH)
    done, total = passes_of(run)
    state = figures(run) if run.live else "done" if run.state == "done" else run.state
    with st.container(horizontal=True, vertical_alignment="center", key=f"elsewhere-run-{run.id}"):
        share = f"{100 * min(1.0, done / total) if total and run.live else 100:.0f}%"
        draw(
            tag(
                "p",
                tag("b", "Explaining " if run.live else "Explained "),
                f"“{title}” · {state}",
                tag("i", style=f"width:{share}"),
                class_="spex-say spex-elsewhere",
            )
        )
        if st.button("Open", key=f"elsewhere_open_{run.id}"):
            st.session_state[_SEEN].remove(run.id)
            session.open_run(session.page_of_kind(run.request.kind), run.id)
        if not run.live and st.button("Put away", key=f"elsewhere_away_{run.id}"):
            st.session_state[_SEEN].remove(run.id)
            st.rerun(scope="fragment")
