"""The Faithfulness page: how far to trust a run, and what other methods make of the same passes."""

from __future__ import annotations

import streamlit as st

from pages.components.common.cold_start import through_app
from pages.components.common.markup import draw, say, tag
from pages.components.faithfulness.agreement import agreement_tab
from pages.components.faithfulness.case import case
from pages.components.faithfulness.choice import pick_run
from pages.components.faithfulness.methods import methods_tab
from pages.components.faithfulness.noise import noise_tab
from pages.components.faithfulness.recovery import recovery_tab
from pages.components.faithfulness.removal import removal_tab
from pages.components.faithfulness.size import size_tab
from pages.components.faithfulness.structure import structure_tab
from pages.components.result import sources
from spex_core.explanation.result import Explanation
from spex_core.views.shown import Shown
from spex_core.views.trust import how_far

_TABS = {
    "Agreement": agreement_tab,
    "Methods": methods_tab,
    "Budget and size": size_tab,
    "Structure": structure_tab,
    "Removal": removal_tab,
    "Recovery": recovery_tab,
    "Noise": noise_tab,
}
_TAB = "faithfulness-tabs"  # the component's own state, lost on a page switch
_OPEN = "faithfulness_tab"  # session: the tab that was open, over a page switch


def _tabs(name: str, explanation: Explanation) -> None:
    """The open tab; a click in it, or work going on, redraws this and nothing else."""
    about = case(name, explanation)
    if about is None:
        return
    if _TAB not in st.session_state and _OPEN in st.session_state:
        st.session_state[_TAB] = st.session_state[_OPEN]
    tabs = st.tabs(list(_TABS), key=_TAB, on_change="rerun")
    for (title, draw_tab), place in zip(_TABS.items(), tabs, strict=True):
        if place.open:
            st.session_state[_OPEN] = title
            with place:
                draw_tab(about)


through_app()

draw(tag("h2", "How far to trust a run", class_="spex-title"))
chosen = pick_run()
explanation = sources.load(chosen) if chosen else None
if chosen and explanation is not None:
    tone, sentences = how_far(Shown(explanation))
    draw(tag("p", " ".join(sentences), class_=f"spex-say spex-verdict spex-{tone}", id="verdict"))
    for note in explanation.notes if not explanation.complete else ():
        say(note, "warning")
    st.fragment(_tabs)(chosen, explanation)
else:
    say("Choose a run. Every run of the Text and the Image page is listed here once it is done.")
