"""The Compare page: two runs side by side on one scale, and the interactions that differ."""

import streamlit as st

from pages.components.common.cold_start import through_app
from pages.components.common.markup import draw, say, sentence, tag
from pages.components.compare.at_work import wait_for, why_no_result
from pages.components.compare.comparison import comparison
from pages.components.compare.form import chosen_index, chosen_order, open_file, other_version, pick_two, write_address
from pages.components.result import sources
from pages.components.result.downloads import comparison_files
from pages.components.result.notes import notes_of, show_notes
from spex_core.views.comparison import differences
from spex_core.views.labels import short
from spex_core.views.noted import noted

through_app()

draw(tag("h2", "Compare two runs", class_="spex-title"))
say(
    "Two inputs, an edit before and after, two models or two estimators: on one colour scale, with the "
    "interactions that appeared, vanished or changed sign."
)
first, second = pick_two()
a, b = (sources.load(name) if name else None for name in (first, second))
with st.container(horizontal=True, vertical_alignment="bottom"):
    index = chosen_index()
    order = chosen_order(a, b)
    open_file()
write_address(index, order)
waiting = wait_for(first, second)
if not waiting:
    other_version(first, second)
stuck = not waiting and why_no_result(first, second)
if waiting:
    a = b = None
if a is not None and b is not None:
    if first == second:
        say("A and B are the same run.", "warning")
    others = [f"{what}: {short(x or '–', 60)} / {short(y or '–', 60)}" for what, x, y in differences(a, b)]
    if others:
        say(f"How A and B were made differs too: {'; '.join(others)}.")
    listed = comparison(a, b, index, order)
    notes = [(letter, run, notes_of(name)) for letter, run, name in (("A", a, first), ("B", b, second))]
    for letter, run, written in notes:
        show_notes(run, written, letter)
    lines = [(f"{letter}: {about}", text) for letter, run, written in notes for about, text in noted(run, written)]
    others = sources.why_not_export(first) or sources.why_not_export(second)
    if others:
        say(sentence(others))
    else:
        comparison_files(a, b, index, order, listed, lines)
elif not waiting and not stuck:
    say("Choose a run for A and one for B. Every run of the Text and the Image page is listed here once it is done.")
