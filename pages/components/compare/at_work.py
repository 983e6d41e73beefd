"""Runs of a comparison that are not done yet: how far both are, in one line and on one bar, and what went wrong."""

from __future__ import annotations

import streamlit as st

from pages.components.common import session
from pages.components.common.budget import duration
from pages.components.common.markup import draw, say, sentence, tag
from pages.components.common.ticker import ticker
from pages.components.form import puzzles
from pages.components.result import continuing
from spex_core.errors import SpexError
from spex_core.runs.run import Run

_POLL_SECONDS = 0.5
RENAMED = "compare_renamed"  # session: whether the lists call the chosen runs otherwise than the browser shows
_REFUSED = "compare_refused"  # session: why a run was not cancelled
_STAGES = {
    "queued": "Waiting for a worker",
    "loading": "Loading the model",
    "running": "Asking the model about {}",
    "fitting": "Finding the interactions of {}",
}
_FURTHEST = ("running", "fitting", "loading", "queued")  # where two differ, the first of these is told


def wait_for(*chosen: str | None) -> bool:
    """Draw how far the chosen runs are; True while one of them is at work, which redraws itself and, once none is, the
    whole page."""
    if not any(run.live for run in _runs(chosen).values()):
        return False
    st.fragment(_panel)(chosen)
    return True


def why_no_result(*chosen: str | None) -> bool:
    """Say of each chosen run that ended without a result why it did, with the way on; whether there is one."""
    found = False
    for letter, name in zip("AB", chosen, strict=False):
        run = session.runs().get(name) if name else None
        if run is None or run.live or run.explanation is not None:
            continue
        found = True
        with st.container(border=True, key=f"no-result-{letter}"):
            ended = {"failed": "failed", "cancelled": "was cancelled"}.get(run.state, "ended early")
            draw(tag("h3", f"{letter} {ended}", class_="spex-title"))
            say(sentence(run.error or "no reason was given"), "error" if run.state == "failed" else "hint")
            reason = continuing.why_not(run.id, run.request.model.name)
            if reason:
                say(reason)
            elif st.button("Resume", type="primary", key=f"compare_resume_{letter}"):
                _resume(run)
    return found


def _panel(chosen: tuple[str | None, ...]) -> None:
    known = _runs(chosen)
    runs = list(known.values())
    at_work = {letter: run for letter, run in known.items() if run.live}
    if not at_work:
        st.session_state[RENAMED] = True
        st.rerun()
        return
    totals = [run.progress.total if run.progress else run.request.budget for run in runs]
    made = [run.progress.done if run.progress else 0 for run in runs]
    total = sum(totals)
    done = sum(now if run.live else planned for run, now, planned in zip(runs, made, totals, strict=True))
    with st.container(border=True, key="pair-live"):
        left, right = st.columns([5, 1], vertical_alignment="center")
        with left:
            draw(
                tag("h3", _stage(at_work), " …", class_="spex-title"),
                tag("p", _figures(list(at_work.values()), done, total), class_="spex-say spex-hint", id="pair-figures"),
            )
        with right:
            mine = [run.id for run in at_work.values() if not session.runs().why_not_change(run.id)]
            if mine:
                st.button("Cancel", key="compare_cancel", width="stretch", on_click=_cancel, args=(mine,))
        if st.session_state.get(_REFUSED):
            say(st.session_state.pop(_REFUSED), "error")
        st.progress(min(1.0, done / total) if total else 0.0)
        ticker(f"pair-ticker-{'-'.join(run.id for run in runs)}", _POLL_SECONDS)


def _runs(chosen: tuple[str | None, ...]) -> dict[str, Run]:
    """Letter -> run of this app, for those of the chosen that are one."""
    found = {letter: session.runs().get(name) for letter, name in zip("AB", chosen, strict=False) if name}
    return {letter: run for letter, run in found.items() if run is not None}


def _stage(at_work: dict[str, Run]) -> str:
    """What is being done, of the run that is furthest."""
    letter, first = min(at_work.items(), key=lambda entry: _place(entry[1].state))
    title = puzzles.title_of(first.request.title)
    return _STAGES.get(first.state, _STAGES["running"]).format(f"“{title}”" if title else letter)


def _place(state: str) -> int:
    return _FURTHEST.index(state) if state in _FURTHEST else 0


def _figures(at_work: list[Run], done: int, total: int) -> str:
    """One count and one time for all of it: those that wait are asked as fast as the one that is being asked."""
    text = f"{done:,} of {total:,} passes"
    speeds = [run.progress.passes_per_second for run in at_work if run.progress and run.progress.passes_per_second]
    if not speeds or done >= total:
        return text
    return f"{text} · {duration((total - done) / max(speeds))} left"


def _resume(run: Run) -> None:
    try:
        continuing.resume(run.id, run.request.model.name)
    except SpexError as error:
        say(sentence(error), "error")
        return
    st.rerun()


def _cancel(ids: list[str]) -> None:
    try:
        for run_id in ids:
            continuing.cancel(run_id)
    except SpexError as error:
        st.session_state[_REFUSED] = sentence(error)
