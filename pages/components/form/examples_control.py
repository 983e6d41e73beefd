"""The one control that holds the examples of a page."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st
from streamlit.elements.lib.mutable_popover_container import PopoverContainer

_PICKED = "form_examples"  # session: how often something was picked


def control() -> PopoverContainer:
    """The button and what it opens; it closes when an example was picked."""
    return st.popover("Examples", key=_name(), on_change="rerun", width="stretch")


def close() -> None:
    """Close it: another one takes its place. One that is told to close stays open where the script's run that tells it
    is overtaken by the next, in which the browser says that it is open."""
    st.session_state[_PICKED] = st.session_state.get(_PICKED, 0) + 1


def _name() -> str:
    return f"{_PICKED}-{st.session_state.get(_PICKED, 0)}"


def row(label: str, titles: Mapping[str, str], key: str, picked: Callable[[], None] | None = None) -> None:
    """Buttons inside the control, one for each example.

    What the form chose itself, closed buttons never hear of: the browser goes on sending what was pressed last, which
    would bring an example back over a text that was typed since. So they get a new name when that is not what holds.

    Args:
        label: what they are called.
        titles: example -> its title.
        key: of the session: which example is chosen, None for none.
        picked: called when another one was pressed.
    """
    chosen = st.session_state.get(key)
    count, said = st.session_state.get(f"{key}_buttons", (0, None))
    if said != chosen:
        count += 1
        st.session_state[f"{key}_buttons"] = count, chosen
    name = f"{key}-{count}"
    st.pills(
        label,
        list(titles),
        key=name,
        default=chosen if chosen in titles else None,
        format_func=lambda example: titles[example],
        on_change=_pressed,
        args=(key, name, count, picked),
    )


def _pressed(key: str, name: str, count: int, picked: Callable[[], None] | None) -> None:
    st.session_state[key] = st.session_state[name]
    st.session_state[f"{key}_buttons"] = count, st.session_state[name]
    if picked is not None:
        picked()
