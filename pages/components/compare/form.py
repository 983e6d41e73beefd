"""The choice of A and B: two lists, a swap, the interaction index, a file; kept in the session and in the address."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from pages.components.common import session
from pages.components.common.markup import say, sentence
from pages.components.compare.at_work import RENAMED
from pages.components.form import puzzles
from pages.components.result import deep_link, sources
from pages.components.result.opening import file_field
from spex_core.errors import InputError
from spex_core.explanation.result import Explanation
from spex_core.explanation.sources import TextSource
from spex_core.fourier.indices import INDICES
from spex_core.runs.requests import TextRequest
from spex_core.views.explorer import largest_order
from spex_core.views.shown import INDEX

KEYS = {"a": "compare_a", "b": "compare_b"}
_LINK = "compare_link"  # session: the address as this page last wrote it
_OFFERED = "compare_offered"  # session: the A for which a B was offered last
_INDEX = "compare_index"
_VIEW = ("index", "order")  # of the address
_ORDER = "compare_order"
_WANTED = "compare_wanted"  # session: id of a run that was started here and becomes B
_MENU = (INDEX, "FBII", "FSII", "SII", "STII", "Moebius", "Fourier", "BV", "SV")


def pick_two() -> tuple[str | None, str | None]:
    """Two lists with a swap between them; returns the names chosen."""
    state = st.session_state
    problems = _take_over_address()
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
    for problem in problems:
        say(problem, "warning")
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
            help="Banzhaf interactions compare best: their values do not depend on what else a run lists or misses. "
            "[What each index means](learn?section=indices)",
            persist_state="session",
        )
    )


def chosen_order(a: Explanation | None, b: Explanation | None) -> int | None:
    """The largest order of the list, None for any; asked for where there are two runs."""
    if a is None or b is None:
        return None
    offered = list(range(max(map(largest_order, (a, b))) + 1))
    if st.session_state.get(_ORDER) not in offered:
        st.session_state[_ORDER] = 0
    chosen = st.selectbox(
        "Order",
        offered,
        key=_ORDER,
        format_func=lambda order: (
            "any order" if order is None else "single features" if order == 1 else f"up to {order}"
        ),
        width=170,
        persist_state="session",
    )
    return int(chosen) or None


def _order_in_words(order: int) -> str:
    if not order:
        return "any order"
    return "single features" if order == 1 else f"up to {order}"


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
    """Choose what a link names; returns a sentence for each part of it that cannot be followed."""
    asked = {side: st.query_params.get(side) for side in (*KEYS, *_VIEW)}
    if not any(asked[side] for side in KEYS) or asked == st.session_state.get(_LINK):
        return []
    problems = []
    for side, key in KEYS.items():
        name = asked[side]
        st.session_state[key] = name
        if name and not sources.is_known(name):
            problems.append(f"The run {name} of the address is not known here.")
            st.session_state[key] = None
    view = deep_link.read_view(asked)
    st.session_state[_INDEX], st.session_state[_ORDER] = view.index or INDEX, view.order or 0
    if view.problem:
        problems.append(view.problem)
    st.session_state.pop(_OFFERED, None)
    return problems


def write_address(index: str, order: int | None) -> None:
    """Let the address say what is compared, and how, as far as it means the same to somebody else."""
    wanted: dict[str, str | None] = {}
    for side, key in KEYS.items():
        chosen = st.session_state.get(key)
        wanted[side] = chosen if chosen and sources.can_be_linked(chosen) else None
    wanted["index"] = index if index != INDEX else None
    wanted["order"] = str(order) if order else None
    for part, value in wanted.items():
        if value is None:
            st.query_params.pop(part, None)
        elif st.query_params.get(part) != value:
            st.query_params[part] = value
    st.session_state[_LINK] = wanted
