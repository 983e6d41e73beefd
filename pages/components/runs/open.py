"""From the list of runs to the page that draws one."""

from __future__ import annotations

import streamlit as st

from pages.components.common import session
from spex_core.runs.store.records import RunRecord

_WANTED = "runs_wanted"  # session: (page, id) of the run to go to at the next run of the script


def open_run(record: RunRecord) -> None:
    """Go to this run as soon as `go` is called; may be used in a callback, where a page cannot be switched."""
    st.session_state[_WANTED] = (session.page_of_kind(record.kind), record.id)


def go() -> None:
    """Leave for the run that was asked for, if any."""
    wanted = st.session_state.pop(_WANTED, None)
    if wanted is not None:
        session.open_run(*wanted)
