"""A finished explanation on the page: where it came from, the linked pictures, what to do next."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import streamlit as st

from pages.components.common import session
from pages.components.common.budget import MOST
from pages.components.common.markup import Markup, draw, say, sentence, tag
from pages.components.form.fields import FORMS
from pages.components.result import continuing, deep_link
from pages.components.result.downloads import download_buttons
from pages.components.result.explorer import explorer
from pages.components.result.head import result_head
from pages.components.result.notes import notes_part, told_of
from spex_core.errors import SpexError
from spex_core.explanation.result import Explanation
from spex_core.runs.run import Run
from spex_core.views.explorer import run_id
from spex_core.views.shown import INDEX
from spex_core.views.trust import FAIR

_ENOUGH = 200
"""Passes below which doubling would still be too little to judge by."""


@dataclass
class View:
    """How one visitor looks at one result; kept in the session, so that it outlives a page switch.

    Attributes:
        index: interaction index.
        order: its order, None for any.
        selection: selected features.
        hidden: features hidden under Try it.
        checked: the model's last answer.
        problem: what the address asked for in vain, until the person chooses something else.
    """

    index: str = INDEX
    order: int | None = None
    selection: tuple[int, ...] = ()
    hidden: tuple[int, ...] = ()
    checked: dict[str, Any] | None = None
    problem: str = ""

    @classmethod
    def first(cls, explanation: Explanation, name: str) -> View:
        """The view that the address asks for, where it is the address of this result."""
        if st.query_params.get(session.ADDRESS, "saved") != name:
            return cls()
        link = deep_link.read(st.query_params, explanation)
        return cls(link.index or cls.index, link.order, link.selection, link.hidden, problem=link.problem)


def result(explanation: Explanation, *, name: str, origin: Markup | None = None, run: Run | None = None) -> None:
    """Draw an explanation.

    Args:
        explanation: what to draw.
        name: name of downloaded files and of the address to compare with.
        origin: a line that says where it came from; None for a run of this app.
        run: the run behind it, where "more budget" can continue it.
    """
    with st.container(key=f"result-{name}"):
        result_head(explanation, origin, None if run is None or continuing.came_from_a_file(run.id) else run.started_at)
        low = explanation.faithfulness < FAIR and explanation.budget < MOST
        if run is not None and run.state == "done" and low and not continuing.why_not(run.id, run.request.model.name):
            _more_budget(explanation, run)
        st.fragment(_view)(explanation, name, foreign=name == "opened" or continuing.came_from_a_file(name), run=run)


def origin_line(label: str, *rest: object) -> Markup:
    """A badge and a sentence."""
    return tag("p", tag("span", label, class_="spex-badge"), " ", *rest, class_="spex-say spex-origin")


def _view(explanation: Explanation, name: str, foreign: bool, run: Run | None) -> None:
    """The pictures and the downloads: a click in them redraws only this part of the page."""
    known = f"{name}-{run_id(explanation)}"  # every opened file has the same name, and so have the saved runs
    key = f"explorer-{known}"
    remembered = f"view-{known}"
    if remembered not in st.session_state:
        st.session_state[remembered] = View.first(explanation, name)
    view: View = st.session_state[remembered]
    place = st.container()
    chosen = st.session_state.get(key) or {}  # the component's own state, lost on a page switch
    reason = _why_not(explanation, foreign)
    shown = explorer(
        explanation,
        key=key,
        index=None if chosen.get("index") else view.index,
        order=view.order if chosen.get("order") is None else None,
        selection=view.selection,
        hidden=view.hidden,
        checked=view.checked,
        can_check=not reason,
        check_reason=reason,
        link=name != "opened",
    )
    if (view.index, view.order, view.selection, view.hidden) != (
        shown.index,
        shown.order,
        shown.selection,
        shown.hidden,
    ):
        view.problem = ""
    if view.problem:
        with place:
            say(view.problem, "warning")
    view.index, view.order, view.selection, view.hidden = shown.index, shown.order, shown.selection, shown.hidden
    if shown.check is not None and not reason:
        view.checked = _ask(explanation, shown.check)
        st.rerun(scope="fragment")
    with st.container(horizontal=True, vertical_alignment="center", key="result-actions"):
        draw(tag("span", "Download", class_="spex-label"), width="content")
        others = session.runs().why_not_change(run.id) if run is not None else ""
        kept = run is not None and not others and session.runs().knows_passes_of(run.id)
        paid = partial(session.runs().exported, run.id, explanation.n_features) if run is not None and kept else None
        if others:
            say(sentence(others))
        else:
            told = None if run is None else partial(told_of, run)
            download_buttons(explanation, view.index, view.order, f"spex-{name}", paid, told)
        _links(explanation, name)
    if run is not None and not run.live:
        notes_part(explanation, run.id, view.selection)


def _links(explanation: Explanation, name: str) -> None:
    """Opens Compare with this result as A, and Faithfulness with this result."""
    picture = session.page_of(explanation) == session.IMAGE
    known = f"{name}-picture" if picture and name in ("saved", "opened") else name
    st.page_link("pages/compare.py", label="Compare with …", query_params={"a": known})
    st.page_link("pages/faithfulness.py", label="How far to trust it", query_params={session.ADDRESS: known})
    st.page_link("pages/learn.py", label="How to read this", query_params={"section": "answer"})


def _why_not(explanation: Explanation, foreign: bool) -> str:
    """Why the model cannot be asked again; "" where it can."""
    if explanation.model is None or explanation.source is None:
        return "This run was saved without its model and input."
    return continuing.refusal(explanation.model.name, foreign)


def _ask(explanation: Explanation, mask: list[bool]) -> dict[str, Any]:
    try:
        with st.spinner("Asking the model: one masked pass …"):
            return {"mask": mask, "value": session.manager().check(explanation, np.array(mask))}
    except (SpexError, OSError, RuntimeError, ValueError) as error:
        return {"mask": mask, "error": f"The model could not be asked: {error}"}


def _more_budget(explanation: Explanation, run: Run) -> None:
    budget = min(MOST, max(_ENOUGH, 2 * explanation.budget))
    with st.container(border=True, key="low-r2"):
        left, right = st.columns([4, 1], vertical_alignment="center")
        with left:
            say("More passes usually help, and only the new ones are paid for.", "warning")
        with right:
            pressed = st.button(f"Extend to {budget:,}", key="more_budget", width="stretch")
        if pressed:
            try:
                session.show_run(continuing.extend(run.id, run.request.model.name, budget))
            except SpexError as error:
                say(sentence(error), "error")
                return
            FORMS[session.page_of(explanation)].put("wanted_budget", budget)
            st.rerun()
