"""The one control that holds the examples of a page."""

from __future__ import annotations

import streamlit as st
from streamlit.elements.lib.mutable_popover_container import PopoverContainer

OPEN = "form_examples"  # session: whether it is open


def control() -> PopoverContainer:
    """The button and what it opens; it closes when an example was picked."""
    return st.popover("Examples", key=OPEN, on_change="rerun", width="stretch")
