"""A finished explanation on the page: where it came from, the linked pictures, what to do next."""

from __future__ import annotations

import numpy as np
import streamlit as st
from pages.components.explorer import explorer

from pages.components import session
from pages.components.downloads import download_buttons
from pages.components.plain import Markup, draw, say, tag
from spex_core.errors import SpexError
from spex_core.explanation import Explanation
from spex_core.runs import Run, RunRequest

LOW_R2 = 0.7


def result(explanation: Explanation, *, name: str, origin: Markup | None = None, run: Run | None = None) -> None:
    """Draw an explanation.

    Args:
        explanation: what to draw.
        name: stable name: of the component's state and of downloaded files.
        origin: a line that says where it came from.
        run: the run behind it, where "more budget" can continue it.
    """
    if origin is not None:
        draw(origin)
    if not explanation.complete:
        say(f"Stopped early: this explains the {explanation.evaluations:,} passes that were made.", "warning")
    if run is not None and explanation.faithfulness < LOW_R2:
        _more_budget(explanation, run)
    answers = st.session_state.setdefault("checked", {})
    shown = explorer(explanation, key=f"explorer-{name}", checked=answers.get(name))
    if shown.check is not None:
        _check(explanation, shown.check, answers, name)
    with st.container(horizontal=True, vertical_alignment="center", key="result-actions"):
        draw(tag("span", "Download", class_="spex-label"))
        download_buttons(explanation, shown.index, shown.order, f"spex-{name}")
    if explanation.notes:
        draw(
            tag(
                "div",
                tag("span", "Notes on this run", class_="spex-label"),
                tag("ul", *(tag("li", note) for note in explanation.notes)),
                class_="spex-notes",
            )
        )


def origin_line(label: str, *rest: object) -> Markup:
    """A badge and a sentence."""
    return tag("p", tag("span", label, class_="spex-badge"), " ", *rest, class_="spex-say spex-origin")


def _more_budget(explanation: Explanation, run: Run) -> None:
    budget = min(40_000, 2 * explanation.budget)
    with st.container(border=True, key="low-r2"):
        left, right = st.columns([4, 1], vertical_alignment="center")
        with left:
            say(
                f"R² on unseen masks is {explanation.faithfulness:.2f}: the interactions below explain only part of "
                "what the model does. More passes usually help; the ones already made are not paid again.",
                "warning",
            )
        with right:
            if budget > explanation.budget and st.button("More budget", key="more_budget", width="stretch"):
                request = RunRequest(**{**vars(run.request), "budget": budget})
                st.session_state["form_wanted_budget"] = budget
                session.show_run(session.manager().start(request))
                st.rerun()


def _check(explanation: Explanation, mask: list[bool], answers: dict[str, object], name: str) -> None:
    try:
        with st.spinner("Asking the model: one masked pass …"):
            value = session.manager().check(explanation, np.asarray(mask, dtype=bool))
    except SpexError as error:
        say(f"The model could not be asked: {error}", "error")
        return
    answers[name] = {"mask": list(mask), "value": value}
    st.rerun()
