"""The top of a page while a saved run is on it: what the app is for, worked findings one click away, a tour."""

from __future__ import annotations

import json
from functools import cache, lru_cache
from typing import Any

import streamlit as st

from pages.components.common import session
from pages.components.result import sources
from spex_core.plugins import ASSETS
from spex_core.views.thumbnail import thumbnail
from spex_core.views.web import script, style_sheet

PURPOSE = "See which words, or which patches of a picture, together made a model answer as it did."
KEY = "welcome"
_FOLDER = ASSETS / "saved"
_COMPARED = "welcome_compared"  # session: the two runs of a finding that Compare is to open


def listed() -> list[dict[str, Any]]:
    """The worked findings as they are written down: ``id``, ``kind``, ``title``, ``says`` (what to see), and ``runs``,
    one name or two to compare, as Compare names them."""
    found: list[dict[str, Any]] = json.loads((_FOLDER / "findings.json").read_text(encoding="utf-8"))
    return found


def drawn(runs: list[str]) -> list[dict[str, Any]]:
    """The thumbnail of each run of a finding; none where one is not there."""
    found = [explanation for name in runs if (explanation := sources.load(name)) is not None]
    return [thumbnail(one, compared=len(runs) > 1) for one in found] if len(found) == len(runs) else []


@lru_cache(maxsize=1)
def findings() -> list[dict[str, Any]]:
    """The findings of `listed` with ``page``, that of the first run, and ``thumbnail``, as `drawn` once made it; none
    of those whose runs are not there."""
    known = json.loads((_FOLDER / "thumbnails.json").read_text(encoding="utf-8"))
    found = []
    for one in listed():
        pages = [page for page in map(_page_of, one["runs"]) if page]
        if len(pages) == len(one["runs"]) and known.get(one["id"]):
            found.append({**one, "page": pages[0], "thumbnail": known[one["id"]]})
    return found


def welcome(name: str, tour: bool = True) -> None:
    """Draw it.

    Args:
        name: of the run on the page, as Compare names it.
        tour: whether the page has what the tour speaks of.
    """
    _go()
    cards = [
        {
            **{key: one[key] for key in ("id", "kind", "title", "says", "thumbnail")},
            "current": one["runs"] == [name],
        }
        for one in findings()
    ]
    _component()(key=KEY, data=[{"purpose": PURPOSE, "findings": cards, "tour": tour}], on_open_change=_opened)


def what_to_see(name: str) -> str:
    """What to see in the finding that is this run, "" where it is none."""
    return next((str(one["says"]) for one in findings() if one["runs"] == [name]), "")


def open_finding(wanted: str) -> None:
    """Look at a finding from the next drawing on; for a click."""
    one = next((one for one in findings() if one["id"] == wanted), None)
    if one is None:
        return
    if len(one["runs"]) == 2:
        st.session_state[_COMPARED] = one["runs"]
    else:
        session.show_saved(_plain(one["runs"][0]), one["page"])
        st.session_state[_COMPARED] = one["page"]


def _opened() -> None:
    open_finding(str((st.session_state.get(KEY) or {}).get("open")))


def _go() -> None:
    """Leave for the page of the finding that was clicked; a click's own callback cannot."""
    wanted = st.session_state.pop(_COMPARED, None)
    if isinstance(wanted, list):
        st.switch_page("pages/compare.py", query_params={"a": wanted[0], "b": wanted[1]})
    if wanted is not None:
        name = session.saved_shown(wanted)
        st.switch_page(session.PAGES[wanted], query_params={} if name == "saved" else {session.ADDRESS: name})


def _page_of(name: str) -> str:
    """The page of a saved run as Compare names it, "" where there is none."""
    if _plain(name) == "saved":
        return session.IMAGE if name == "saved-picture" else session.TEXT
    found = session.saved_file(name)
    return found[0] if found is not None else ""


def _plain(name: str) -> str:
    return "saved" if name == "saved-picture" else name


@cache
def _component() -> Any:
    style = style_sheet("common/base.css", "welcome/welcome.css")
    return st.components.v2.component("spex_welcome", js=script("welcome/main.js"), css=style)
