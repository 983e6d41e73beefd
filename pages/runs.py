"""The Runs page: every run, found again, continued, named, compared."""

import streamlit as st

from pages.components.common import session
from pages.components.common.cold_start import through_app
from pages.components.common.markup import draw, say, sentence, tag
from pages.components.common.ticker import ticker
from pages.components.runs.actions import notices, panel, pin
from pages.components.runs.importing import import_field, imported
from pages.components.runs.list import runs_list
from pages.components.runs.open import go, open_run
from pages.components.runs.rows import is_live, rows, summary
from spex_core.errors import SpexError
from spex_core.runs.store.records import RunRecord

_LIVE_SECONDS = 1.0

through_app()


@st.fragment
def _page() -> None:
    """The list and what can be done: a click in it, or a run at work, redraws this and nothing else."""
    go()
    records = _records()
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        draw(tag("h2", "Runs", class_="spex-title"), tag("p", summary(records), class_="spex-say spex-hint"))
        import_field()
    imported()
    notices()
    if not records:
        _nothing_yet()
        return
    with st.container(key="runs-main"):
        left, right = st.columns([3.4, 1], gap="medium")
    with left:
        progress = {run.id: run.progress for run in session.runs().list() if run.live}
        asked = runs_list(rows(records, progress, session.runs().belongs_to))
    by_id = {record.id: record for record in records}
    if asked.opened:
        open_run(by_id[asked.opened])
        go()
    if asked.pinned:
        pin(by_id[asked.pinned])
        st.rerun(scope="fragment")
    with right:
        panel([by_id[run] for run in asked.selected])
    if any(map(is_live, records)):
        ticker("runs-ticker", _LIVE_SECONDS)


def _records() -> list[RunRecord]:
    try:
        return session.runs().records()
    except SpexError as error:
        say(sentence(error), "error")
        return []


def _nothing_yet() -> None:
    with st.container(border=True, key="runs-none"):
        draw(tag("h3", "No runs yet", class_="spex-title"))
        say(
            "Every run of the Text and the Image page appears here while it works and after it: its input and model, "
            "the passes it spent, its faithfulness, and the way back to it."
        )
        with st.container(horizontal=True):
            st.page_link("pages/text.py", label="Explain a text")
            st.page_link("pages/image.py", label="Explain a picture")


_page()
