"""What one visitor looks at on each page: a run, an opened file, or the saved run that the app starts with."""

from __future__ import annotations

import atexit
import re
import uuid
from dataclasses import dataclass, field
from pathlib import Path

import streamlit as st

from pages.components.common import identity
from spex_core import deployment
from spex_core.arrays import Samples
from spex_core.coding import compiled
from spex_core.errors import StoreError
from spex_core.explanation.result import Explanation
from spex_core.explanation.sources import PictureSource
from spex_core.plugins import ASSETS
from spex_core.runs.manager import RunManager
from spex_core.runs.owned import OwnedRuns
from spex_core.runs.run import Run

TEXT, IMAGE = "text", "image"
PAGES = {TEXT: "pages/text.py", IMAGE: "pages/image.py"}

_SAVED = ASSETS / "saved"
_FILES = {TEXT: "poster.json", IMAGE: "photo.json"}
_EXAMPLE = re.compile(r"saved-([a-z0-9-]{1,60})")
ADDRESS = "run"  # the query parameter
ON_SCREEN = "on_screen"  # session: name of what the Text or the Image page showed last, as Compare names it
_RUN = {TEXT: "run", IMAGE: "picture_run"}  # the session keys that outlive a page switch
_PERSON = "person"
_OPENED = {TEXT: "opened_run", IMAGE: "opened_picture_run"}


@dataclass(frozen=True)
class Opened:
    """A run that came from a file.

    Attributes:
        name: the file's name, written by whoever sent it.
        explanation: its content.
        samples: the masked passes that came with it, none where it is a run alone.
    """

    name: str
    explanation: Explanation
    samples: Samples = field(default_factory=lambda: Samples.empty(0))

    @property
    def page(self) -> str:
        """The page that draws it."""
        return page_of(self.explanation)


def page_of(explanation: Explanation) -> str:
    """The page that draws an explanation: TEXT or IMAGE."""
    return TEXT if explanation.source is None else page_of_kind(explanation.source.kind)


def page_of_kind(kind: str) -> str:
    """The page that draws runs on this kind of input (`sources.SOURCES`)."""
    return IMAGE if kind == PictureSource.kind else TEXT


@st.cache_resource(show_spinner=False)
def manager() -> RunManager:
    """The one run manager of this process; the decoder becomes faster while the first model is asked.

    Ctrl+C and SIGTERM end Streamlit's server and then the process as usual: its runs are interrupted on the way out.
    """
    compiled.warm_in_background()
    found = RunManager()
    atexit.register(found.close)
    return found


@st.cache_resource(show_spinner=False)
def saved_run(page: str = TEXT) -> Explanation | None:
    """The run a page shows before anything was asked; None where the file is missing or unreadable."""
    try:
        return Explanation.from_json((_SAVED / _FILES[page]).read_text(encoding="utf-8"))
    except (OSError, StoreError):
        return None


def saved_file(name: str) -> tuple[str, Path] | None:
    """(page, file) of the saved run of an example, whose name is "saved-" and the example's own; None where none is."""
    match = _EXAMPLE.fullmatch(name)
    files = ((page, _SAVED / page / f"{match[1]}.json.gz") for page in PAGES) if match else ()
    return next(((page, file) for page, file in files if file.exists()), None)


def saved_shown(page: str) -> str:
    """Name of the saved run that a page shows where the visitor looks at nothing else: "saved" for the one that it
    starts with."""
    name = st.session_state.get(_RUN[page]) or ""
    return name if saved_file(name) is not None else "saved"


def show_saved(name: str, page: str) -> None:
    """Look at a saved run of a page from now on: an example's, or "saved" for the one that the page starts with."""
    st.session_state[_RUN[page]] = name
    st.session_state.pop(_OPENED[page], None)
    st.query_params.from_dict({} if name == "saved" else {ADDRESS: name})


def person() -> str:
    """A name for this visitor among those who share the models: where others can reach the app or runs have owners,
    the same as long as they use this browser or login, and else any, as long as it is no one else's."""
    now = deployment.current()
    if now.shared or now.owners:
        return identity.person()
    return str(st.session_state.setdefault(_PERSON, uuid.uuid4().hex))


def runs() -> OwnedRuns:
    """The runs as this visitor may see and change them; the only way from a page to a run."""
    return OwnedRuns(manager(), person(), deployment.current().owners)


def show_run(run: Run) -> None:
    """Look at this run from now on, on its own page."""
    page = _page_of_run(run)
    st.session_state[_RUN[page]] = run.id
    st.session_state.pop(_OPENED[page], None)
    st.query_params.from_dict({ADDRESS: run.id})  # what the address said of another run goes with it


def show_opened(opened: Opened) -> None:
    """Look at a run from a file, on its own page."""
    st.session_state[_OPENED[opened.page]] = opened
    st.session_state.pop(_RUN[opened.page], None)
    st.query_params.clear()


def note_on_screen(page: str, name: str) -> None:
    """Remember what a page shows: a run's id, "opened" or "saved"."""
    st.session_state[ON_SCREEN] = f"{name}-picture" if page == IMAGE and name in ("opened", "saved") else name


def open_run(page: str, run_id: str) -> None:
    """Leave for a run on its own page; returns to nobody."""
    st.session_state[_RUN[page]] = run_id
    st.session_state.pop(_OPENED[page], None)
    st.switch_page(PAGES[page], query_params={ADDRESS: run_id})


def looked_at(page: str) -> str | None:
    """Id of the run that a page shows, or would show; None where it is none of this visitor's choice."""
    name = None if opened(page) is not None else st.session_state.get(_RUN[page]) or st.query_params.get(ADDRESS)
    return str(name) if name else None


def opened(page: str) -> Opened | None:
    """The file being looked at on a page, if any."""
    return st.session_state.get(_OPENED[page])


def current_run(page: str) -> tuple[Run | None, str | None]:
    """(the run being looked at on a page, its id); the run is None where there is none or it is not known here, and so
    is the id where it is a saved run (`saved_shown`).

    The id is taken from the session, else from the address, so a reload and a copied link find it. An address that
    holds a run of the other page leads there.
    """
    if opened(page) is not None:
        return None, None
    run_id = st.session_state.get(_RUN[page]) or st.query_params.get(ADDRESS)
    if not run_id or run_id == "saved":
        return None, None
    saved = saved_file(run_id)
    run = None if saved is not None else runs().get(run_id)
    home = saved[0] if saved is not None else _page_of_run(run) if run is not None else None
    if home is not None:
        st.session_state[_RUN[home]] = run_id
        if home != page:
            st.switch_page(PAGES[home], query_params={**st.query_params.to_dict(), ADDRESS: run_id})
        if st.query_params.get(ADDRESS) != run_id:
            st.query_params[ADDRESS] = run_id
    return run, None if saved is not None else run_id


def _page_of_run(run: Run) -> str:
    return page_of_kind(run.request.kind)
