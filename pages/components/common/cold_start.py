"""The first visit of a process, when it goes straight to a page."""

from __future__ import annotations

import streamlit as st
from streamlit.runtime.pages_manager import PagesManager


def through_app() -> None:
    """Run `app.py` around this page, where Streamlit has not yet.

    Until `st.navigation` has been called once, Streamlit 1.67 takes a folder named `pages` for its older kind of
    multi-page app: an address such as /image then runs that page alone, without navigation and style. There is no
    setting against it.
    """
    if PagesManager.uses_pages_directory:
        PagesManager.uses_pages_directory = False
        st.rerun()
