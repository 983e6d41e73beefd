"""Which run the Faithfulness page is about: any finished run, the one last looked at first; kept in the session and in
the address."""

from __future__ import annotations

import streamlit as st

from pages.components.common import session
from pages.components.common.markup import say
from pages.components.result import sources
from pages.components.result.opening import file_field

CHOSEN = "faithfulness_run"  # the list's own state, lost on a page switch
_NEXT = "faithfulness_next"  # session: what is to be chosen
_KEPT = "faithfulness_kept"  # session: what was chosen last
_LINK = "faithfulness_link"  # session: what the address said when this page last read or wrote it
_SEEN = "faithfulness_seen"  # session: what was on screen elsewhere when this page last chose it


def pick_run() -> str | None:
    """A list of runs and a popover for a file; returns the name chosen, as `sources.load` takes it."""
    state = st.session_state
    unknown = _take_over()
    wanted = state.pop(_NEXT, state.get(CHOSEN, state.get(_KEPT)))
    listed = sources.choices(wanted)
    state[CHOSEN] = wanted if wanted in listed else next(iter(listed), None)
    state[_KEPT] = state[CHOSEN]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox(
            "Run",
            list(listed),
            index=None,
            key=CHOSEN,
            format_func=lambda name: listed.get(name, name),
            placeholder="Choose a run",
        )
        with st.popover("Open a file"):
            problem = file_field("faithfulness_file", _take_file)
    if problem:
        say(problem, "error")
    if unknown:
        run = session.runs().get(unknown)
        going = run is not None and run.live
        why = "is still going: it is listed here once it is done" if going else "of the address is not known here"
        say(f"The run {unknown} {why}.", "warning")
    _write_address(state[CHOSEN])
    chosen: str | None = state[CHOSEN]
    return chosen


def choose(name: str) -> None:
    """Be about this run from the next drawing on; the list that is drawn already cannot be changed."""
    st.session_state[_NEXT] = name


def _take_over() -> str | None:
    """Choose what a link names, else what is newly on screen on the Text or Image page; returns a name that is not
    known here."""
    state = st.session_state
    asked = st.query_params.get(session.ADDRESS)
    seen = state.get(session.ON_SCREEN)
    unknown = None
    if asked and asked != state.get(_LINK):
        state[_SEEN] = seen
        if sources.load(asked) is None:
            unknown = asked
        else:
            state[CHOSEN] = asked
    elif seen and seen != state.get(_SEEN) and sources.load(seen) is not None:  # not while it is still going
        state[_SEEN] = seen
        state[CHOSEN] = seen
    return unknown


def _take_file(opened: session.Opened) -> None:
    choose(sources.add_file(opened))


def _write_address(chosen: str | None) -> None:
    name = chosen if chosen and sources.can_be_linked(chosen) else None
    if name is None:
        st.query_params.pop(session.ADDRESS, None)
    elif st.query_params.get(session.ADDRESS) != name:
        st.query_params[session.ADDRESS] = name
    st.session_state[_LINK] = name
