"""What one visitor looks at: a run, an opened file, or the saved run that the app starts with."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from spex_core.errors import StoreError
from spex_core.explanation import Explanation
from spex_core.runs import Run, RunManager

SAVED = Path(__file__).parents[2] / "assets" / "saved" / "first.json"
_RUN = "run"  # the query parameter, and the session key that outlives a page switch
_OPENED = "opened_run"


@dataclass(frozen=True)
class Opened:
    """A run that came from a file.

    Attributes:
        name: the file's name, written by whoever sent it.
        explanation: its content.
    """

    name: str
    explanation: Explanation


@st.cache_resource(show_spinner=False)
def manager() -> RunManager:
    """The one run manager of this process."""
    return RunManager()


@st.cache_resource(show_spinner=False)
def saved_run() -> Explanation | None:
    """The run shown before anything was asked; None where the file is missing or unreadable."""
    try:
        return Explanation.from_json(SAVED.read_text(encoding="utf-8"))
    except (OSError, StoreError):
        return None


def show_run(run: Run) -> None:
    """Look at this run from now on."""
    st.session_state[_RUN] = run.id
    st.session_state.pop(_OPENED, None)
    st.query_params[_RUN] = run.id


def show_opened(opened: Opened) -> None:
    """Look at a run from a file."""
    st.session_state[_OPENED] = opened
    st.session_state.pop(_RUN, None)
    st.query_params.pop(_RUN, None)


def opened() -> Opened | None:
    """The file being looked at, if any."""
    return st.session_state.get(_OPENED)


def current_run() -> tuple[Run | None, str | None]:
    """(the run being looked at, its id); the run is None where there is none or it is not known here.

    The id is taken from the session, else from the address, so a reload and a copied link find it.
    """
    if opened() is not None:
        return None, None
    run_id = st.session_state.get(_RUN) or st.query_params.get(_RUN)
    if not run_id:
        return None, None
    run = manager().get(run_id)
    if run is not None:
        st.session_state[_RUN] = run_id
        if st.query_params.get(_RUN) != run_id:
            st.query_params[_RUN] = run_id
    return run, run_id
