"""A timer in the browser that redraws the fragment it is placed in.

Streamlit's own `run_every` is not used: its request can arrive just as a full run ends, Streamlit 1.67 then drops what
that run sent (see the comment in its `AppSession.request_rerun`), the new timers included, and the page stands still
for good. This one waits for the script to be idle, and lives on the page rather than in a message.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import streamlit as st

from spex_core.views.web import script


@cache
def _component() -> Any:
    return st.components.v2.component("spex_ticker", js=script("ticker.js"))


def ticker(key: str, seconds: float) -> None:
    """Redraw the surrounding fragment every `seconds`, until a redraw leaves this call out."""
    _component()(key=key, data=[round(1000 * seconds)], height=1, on_tick_change=_nothing)


def _nothing() -> None:
    """Streamlit takes only triggers that have a callback."""
