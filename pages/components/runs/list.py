"""The list of runs: one browser component that searches, sorts and selects without asking the server."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import streamlit as st

from spex_core.views.web import script, style_sheet

KEY = "runs_list"
_SELECTED = "runs_selected"  # session: ids, in the order they were selected
_TURN = "runs_turn"  # session: goes up when the page, not the person, changes the selection
_GIVEN = "runs_given"  # session: the selection that the browser was told; it keeps its own afterwards


@dataclass(frozen=True)
class Clicks:
    """What a person did in the list.

    Attributes:
        selected: ids of the selected runs.
        opened: id of the run to open, None for none.
        pinned: id of the run to pin or unpin, None for none.
    """

    selected: tuple[str, ...]
    opened: str | None
    pinned: str | None


@cache
def _component() -> Any:
    style = style_sheet("common/base.css", "runs/runs.css")
    return st.components.v2.component("spex_runs", js=script("runs/main.js"), css=style)


def select(*ids: str) -> None:
    """Select these runs from now on, and no others."""
    st.session_state[_SELECTED] = ids
    st.session_state[_TURN] = _turn() + 1


def runs_list(lines: Sequence[dict[str, Any]]) -> Clicks:
    """Draw the list.

    Args:
        lines: see `rows.rows`; the order they are shown in unless a column is chosen.
    """
    known = {line["id"] for line in lines}
    heard = (st.session_state.get(KEY) or {}).get("selected")
    if heard and heard["turn"] == _turn():
        st.session_state[_SELECTED] = tuple(str(run) for run in heard["ids"])
    st.session_state[_SELECTED] = tuple(run for run in st.session_state.get(_SELECTED, ()) if run in known)
    if not heard or heard["turn"] != _turn():
        st.session_state[_GIVEN] = list(st.session_state[_SELECTED])
    # While a person clicks, the data stays the same, and Streamlit does not send it again.
    data = {"turn": _turn(), "selected": st.session_state[_GIVEN], "rows": list(lines)}
    result = _component()(
        key=KEY,
        data=[data],  # in a list: see `explorer.explorer`
        on_selected_change=_nothing,
        on_open_change=_nothing,
        on_pin_change=_nothing,
    )
    return Clicks(st.session_state[_SELECTED], _known(result.open, known), _known(result.pin, known))


def _known(run: Any, known: set[str]) -> str | None:
    return run if isinstance(run, str) and run in known else None


def _turn() -> int:
    return int(st.session_state.get(_TURN, 0))


def _nothing() -> None:
    """Streamlit returns only the states that have a callback."""
