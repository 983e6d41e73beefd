"""The choice of A and B: two lists, a swap, the interaction index, a file; kept in the session and in the address."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from pages.components.common import session
from pages.components.common.markup import say, sentence
from pages.components.compare.at_work import RENAMED
from pages.components.form import puzzles
from pages.components.result import sources
from pages.components.result.opening import file_field
from spex_core.errors import InputError
from spex_core.explanation.sources import TextSource
from spex_core.fourier.indices import INDICES
from spex_core.runs.requests import TextRequest
from spex_core.views.comparison import INDEX

KEYS = {"a": "compare_a", "b": "compare_b"}
_LINK = "compare_link"  # session: the address as this page last wrote it
_OFFERED = "compare_offered"  # session: the A for which a B was offered last
_INDEX = "compare_index"
_ORDER = "compare_order"
_WANTED = "compare_wanted"  # session: id of a run that was started here and becomes B
_MENU = (INDEX, "FBII", "FSII", "SII", "STII", "Moebius", "Fourier", "BV", "SV")


def pick_two() -> tuple[str | None, str | None]:
    """Two lists with a swap between them; returns the names chosen."""
    state = st.session_state
    unknown = _take_over_address()
    if state.get(_WANTED):
        state[KEYS["b"]] = state.pop(_WANTED)
    if state.pop(RENAMED, False):  # a value that the page sets is shown anew
        state.update({key: state.get(key) for key in KEYS.values()})
    listed = sources.choices(state.get(KEYS["a"]), state.get(KEYS["b"]))
    for key in KEYS.values():
        if state.get(key) not in listed:
            state[key] = None
    if state[KEYS["a"]] is None and state[KEYS["b"]] is None and listed:
        state[KEYS["a"]] = next(iter(listed))
        state.pop(_LINK, None)
    if state[KEYS["b"]] is None and state[KEYS["a"]] is not None and state.get(_OFFERED) != state[KEYS["a"]]:
        state[KEYS["b"]] = sources.partner(state[KEYS["a"]], listed)
    state[_OFFERED] = state[KEYS["a"]]  # offered once: a B that was emptied stays empty
    left, middle, right = st.columns([5, 1, 5], gap="xsmall", vertical_alignment="bottom")
    with left:
        _list("A", KEYS["a"], listed)
    with middle, st.container(horizontal=True, horizontal_alignment="center"):
        st.button("⇄", key="compare_swap", on_click=_swap, help="Exchange A and B")
    with right:
        _list("B", KEYS["b"], listed)
    for name in unknown:
        say(f"The run {name} of the address is not known here.", "warning")
    _write_address()
    return state[KEYS["a"]], state[KEYS["b"]]


def other_version(first: str | None, second: str | None) -> None:
    """Where A is one version of a puzzle and B is not the other: a button that explains the other version as well, as
    B."""
    run = session.runs().get(first) if first else None
    if run is None or not isinstance(run.request, TextRequest):
        return
    text = puzzles.counterpart(run.request.text)
    shown = sources.load(second) if second else None
    if not text or (shown is not None and isinstance(shown.source, TextSource) and shown.source.text.strip() == text):
        return
    if st.button(f"Explain “{puzzles.title_of(text)}” as well", key="compare_other", type="primary"):
        try:
            other = session.runs().start(replace(run.request, text=text, expected=puzzles.answer_to(text)))
        except InputError as error:  # the waiting line is full
            say(sentence(error), "error")
            return
        st.session_state[_WANTED] = other.id
        st.rerun()


def chosen_index() -> str:
    """The interaction index of the list."""
    names = sorted(INDICES, key=lambda known: (*_MENU, known.name).index(known.name))
    titles = {known.name: known.title for known in names}
    return str(
        st.selectbox(
            "Interaction index",
            list(titles),
            key=_INDEX,
            format_func=lambda name: titles[name],
            width=320,
            help="Banzhaf interactions compare best: their values do not depend on what else a run lists or misses.",
            persist_state="session",
        )
    )


def open_file() -> None:
    """A popover that takes a JSON file as A or, where there is an A, as B."""
    with st.popover("Open a file"):
        problem = file_field("compare_file", _take_file)
    if problem:
        say(problem, "error")


def _list(letter: str, key: str, listed: dict[str, str]) -> None:
    st.selectbox(
        letter,
        list(listed),
        index=None,
        key=key,
        format_func=lambda name: listed.get(name, name),
        placeholder="Choose a run",
        persist_state="session",
    )


def _swap() -> None:
    state = st.session_state
    state[KEYS["a"]], state[KEYS["b"]] = state.get(KEYS["b"]), state.get(KEYS["a"])
    state[_OFFERED] = state[KEYS["a"]]


def _take_file(opened: session.Opened) -> None:
    side = "b" if st.session_state.get(KEYS["a"]) else "a"
    st.session_state[KEYS[side]] = sources.add_file(opened)


def _take_over_address() -> list[str]:
    """Choose what a link names; returns the names in it that are not known here."""
    asked = {side: st.query_params.get(side) for side in KEYS}
    if not any(asked.values()) or asked == st.session_state.get(_LINK):
        return []
    unknown = []
    for side, key in KEYS.items():
        name = asked[side]
        st.session_state[key] = name
        if name and not sources.is_known(name):
            unknown.append(name)
            st.session_state[key] = None
    st.session_state.pop(_OFFERED, None)
    return unknown


def _write_address() -> None:
    wanted: dict[str, str | None] = {}
    for side, key in KEYS.items():
        chosen = st.session_state.get(key)
        name = chosen if chosen and sources.can_be_linked(chosen) else None
        wanted[side] = name
        if name is None:
            st.query_params.pop(side, None)
        elif st.query_params.get(side) != name:
            st.query_params[side] = name
    st.session_state[_LINK] = wanted
