"""Opening a run that someone saved: from the command line, from another machine, from the Download button."""

from __future__ import annotations

from typing import Any

import streamlit as st

from pages.components import session
from pages.components.plain import say
from spex_core.errors import StoreError
from spex_core.explanation import Explanation
from spex_core.explanation_json import MAX_JSON_BYTES

_ERROR = "open_error"
_ELSEWHERE = "opened_elsewhere"


def open_saved(page: str) -> None:
    """The expander with the file field; a file that cannot be read says why, one of another page leads there."""
    target = st.session_state.pop(_ELSEWHERE, page)
    if target != page:
        st.switch_page(session.PAGES[target])
    with st.expander("Open a saved run"):
        st.file_uploader(
            "A JSON file from Download or from the command line",
            type="json",
            key="open_file",
            on_change=_open,
            max_upload_size=MAX_JSON_BYTES // 1_000_000,
        )
        error = st.session_state.get(_ERROR)
        if error:
            say(error, "error")


def _open() -> None:
    st.session_state[_ERROR] = None
    file = st.session_state.get("open_file")
    if file is None:
        return
    opened = read_file(file)
    if isinstance(opened, str):
        st.session_state[_ERROR] = opened
        return
    session.show_opened(opened)
    st.session_state[_ELSEWHERE] = opened.page


def read_file(file: Any) -> session.Opened | str:
    """A run from an uploaded file, or why it is none."""
    try:
        return session.Opened(file.name, Explanation.from_json(file.getvalue().decode("utf-8")))
    except UnicodeDecodeError:
        return "The file is not text in UTF-8, so it is no saved run."
    except StoreError as error:
        return f"The file was not opened: {error}"
