"""Opening a run that someone saved: from the command line, from another machine, from the Download button."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from pages.components.common import session
from pages.components.common.markup import say
from spex_core.errors import StoreError
from spex_core.explanation.codec import MAX_JSON_BYTES
from spex_core.runs.store.bundle import read_saved

_ELSEWHERE = "opened_elsewhere"


def open_saved(page: str) -> None:
    """The expander with the file field; a file that cannot be read says why, one of another page leads there."""
    target = st.session_state.pop(_ELSEWHERE, page)
    if target != page:
        st.switch_page(session.PAGES[target])
    with st.expander("Open a saved run"):
        problem = file_field("open_file", _show)
        if problem:
            say(problem, "error")


def file_field(key: str, take: Callable[[session.Opened], None]) -> str:
    """The file field; `take` gets the run of a chosen file. Returns why the last file was refused, "" for none."""
    st.file_uploader(
        "A JSON file or a bundle from Download, or JSON from the command line",
        type=["json", "zip"],
        key=key,
        on_change=_chosen,
        args=(key, take),
        max_upload_size=MAX_JSON_BYTES // 1_000_000,
    )
    return str(st.session_state.get(_problem_key(key), ""))


def _chosen(key: str, take: Callable[[session.Opened], None]) -> None:
    st.session_state[_problem_key(key)] = ""
    file = st.session_state.get(key)
    if file is None:
        return
    opened = _read(file)
    if isinstance(opened, str):
        st.session_state[_problem_key(key)] = opened
    else:
        take(opened)


def _problem_key(key: str) -> str:
    return f"{key}_problem"


def _show(opened: session.Opened) -> None:
    session.show_opened(opened)
    st.session_state[_ELSEWHERE] = opened.page


def _read(file: Any) -> session.Opened | str:
    """A run from an uploaded file, or why it is none."""
    try:
        saved = read_saved(file.getvalue())
        return session.Opened(file.name, saved.explanation, saved.samples)
    except StoreError as error:
        return f"The file was not opened: {error}"
