"""The Learn page: short sections, each at an address of its own, with live pictures; searched from the side."""

import streamlit as st

from pages.components.common.cold_start import through_app
from pages.components.common.markup import draw, say, tag
from pages.components.learn.sections import SECTIONS, matching, section
from pages.components.result import sources
from pages.components.result.explorer import explorer
from pages.components.result.welcome import welcome

ADDRESS = "section"

through_app()

shown = section(st.query_params.get(ADDRESS, ""))
with st.sidebar:
    words = st.text_input("Search", key="learn_search", placeholder="R², badges, budget …")
    found = matching(words)
    with st.container(key="learn-sections", gap=None):
        for one in found:
            st.page_link("pages/learn.py", label=one.title, query_params={ADDRESS: one.id}, disabled=one is shown)
    if not found:
        say("Nothing here speaks of that.")

draw(tag("article", tag("h1", shown.title), *shown.body, class_="spex-read", id=f"learn-{shown.id}"))
picture = shown.picture
explanation = sources.load(picture.run) if picture is not None else None
if picture is not None and explanation is not None:
    with st.container(key="learn-picture"):
        draw(tag("h2", picture.says, class_="spex-title"))
        explorer(
            explanation,
            key=f"learn-{shown.id}",
            can_check=False,
            check_reason="On its own page the model can be asked.",
            part=picture.part,
        )
if shown is SECTIONS[0]:
    with st.container(key="learn-picture"):
        welcome("", tour=False)
at = SECTIONS.index(shown)
with st.container(horizontal=True, horizontal_alignment="distribute", key="learn-next"):
    for other, label in ((at - 1, "← {}"), (at + 1, "{} →")):
        if 0 <= other < len(SECTIONS):
            one = SECTIONS[other]
            st.page_link("pages/learn.py", label=label.format(one.title), query_params={ADDRESS: one.id})
