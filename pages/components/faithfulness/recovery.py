"""Recovery@r: how much of the strongest interactions lies in what a person marked."""

from __future__ import annotations

from functools import cache
from typing import Any

import streamlit as st

from pages.components.common.markup import say, sentence
from pages.components.faithfulness.case import Case
from pages.components.faithfulness.pieces import chart, dark, heading, table
from spex_core.arrays import Support
from spex_core.errors import InputError
from spex_core.explanation.result import Explanation
from spex_core.trust.recovery import MOST_BYTES, read_marks, recovery_by_chance, recovery_curve
from spex_core.views.curves import Curve, curves_figure
from spex_core.views.labels import signed
from spex_core.views.marking import marking
from spex_core.views.nothing import no_effect
from spex_core.views.patches import feature_noun, group
from spex_core.views.remembered import remembered
from spex_core.views.shown import Shown
from spex_core.views.style import number
from spex_core.views.web import script, style_sheet

_MOST = 20  # interactions


@cache
def _component() -> Any:
    return st.components.v2.component(
        "spex_marking", js=script("faithfulness/marks.js"), css=style_sheet("faithfulness/marks.css")
    )


def recovery_tab(about: Case) -> None:
    """The input to mark, and recovery by r."""
    explanation = about.explanation
    several = feature_noun(explanation, 2)
    heading(
        "Recovery@r",
        f"Mark the {several} that matter, or open a file of marks. Recovery@r is the average share of the members of "
        "the r strongest Faith-Banzhaf interactions that you marked: 1 where they lie wholly inside, 0 where wholly "
        "outside.",
    )
    marked = _marked(about)
    with st.container(horizontal=True, vertical_alignment="center"):
        say(f"{len(marked):,} of {explanation.n_features:,} marked")
        st.button("Clear", key="marks-clear", disabled=not marked, on_click=_put, args=(about, ()))
        with st.popover("Open marks"):
            _file(about)
    if not marked:
        say(f"Nothing is marked yet: click {several} above.")
        return
    interactions = Shown(explanation, "FBII").found[:_MOST]
    if not interactions:
        say(no_effect(explanation))
        return
    inside = set(marked)
    rs = list(range(1, len(interactions) + 1))
    values = recovery_curve(interactions, marked, len(rs)).tolist()
    chance = recovery_by_chance(marked, explanation.n_features)
    chart(
        curves_figure(
            [Curve("this run", rs, values), Curve("groups picked blindly", rs, [chance] * len(rs))],
            x="strongest interactions counted (r)",
            y="recovery@r",
            bounds=(-0.03, 1.05),
            dark=dark(),
        ),
        "recovery-chart",
        f"Recovery at {rs[-1]} is {number(values[-1])}, by chance {number(chance)}",
    )
    scale = max(abs(each.value) for each in interactions)
    rows = [
        (
            r,
            group(explanation, each.features),
            signed(each.value, scale),
            f"{len(inside.intersection(each.features))} of {each.order}",
            number(values[r - 1]),
        )
        for r, each in enumerate(interactions, start=1)
    ]
    table(("r", "Interaction", "Value", "Marked", "Recovery@r"), rows, key="recovery-table", numbers=(0, 2, 3, 4))


def _marked(about: Case) -> Support:
    """What is marked, after a click in the component was taken over."""
    generation, marked = st.session_state.setdefault(_key(about), (0, ()))
    result = _component()(
        key=f"marking-{about.key}",
        data=[_data(about.explanation, marked, generation)],  # in a list: see `explorer.explorer`
        on_marks_change=_nothing,
    )
    told = result.marks
    if told and told.get("generation") == generation:
        n = about.explanation.n_features
        marked = tuple(sorted({int(feature) for feature in told["marks"] if 0 <= int(feature) < n}))
        st.session_state[_key(about)] = (generation, marked)
    return tuple(marked)


def _put(about: Case, marked: Support) -> None:
    """Marks that come from elsewhere than from a click."""
    generation, _ = st.session_state[_key(about)]
    st.session_state[_key(about)] = (generation + 1, marked)


def _data(explanation: Explanation, marked: Support, generation: int) -> dict[str, Any]:
    """`marking`, its larger part made once."""
    kept = remembered(explanation, "marking", lambda: marking(explanation, (), 0))
    return {**kept, "marks": list(marked), "generation": generation}


def _file(about: Case) -> None:
    say(
        'JSON such as [0, 4] or {"marks": ["a sentence", "another"]}, positions counted from 0; or plain text, one '
        "mark per line."
    )
    problem = f"{_key(about)}-problem"
    st.file_uploader(
        "File of marks",
        type=["json", "txt"],
        key="marks-file",
        on_change=_take,
        args=(about, problem),
        max_upload_size=max(1, MOST_BYTES // 1_000_000),
    )
    if st.session_state.get(problem):
        say(st.session_state[problem], "error")


def _take(about: Case, problem: str) -> None:
    st.session_state[problem] = ""
    file = st.session_state.get("marks-file")
    if file is None:
        return
    try:
        _put(about, read_marks(file.getvalue(), about.explanation.features))
    except InputError as error:
        st.session_state[problem] = sentence(error)


def _key(about: Case) -> str:
    return f"marks-{about.key}"


def _nothing() -> None:
    """Streamlit returns only the states that have a callback."""
