"""What a person calls a run and writes about it: shown to whoever may read the run, changed by whom it belongs to."""

from __future__ import annotations

import streamlit as st

from pages.components.common import session
from pages.components.common.markup import Markup, draw, say, sentence, tag
from spex_core.arrays import Support
from spex_core.errors import SpexError
from spex_core.explanation.result import Explanation
from spex_core.runs.run import Run
from spex_core.runs.store.notes import MOST_CHARACTERS, MOST_MEMBERS, Written, key_of
from spex_core.runs.store.records import LONGEST
from spex_core.views.noted import noted
from spex_core.views.pair_words import named

_PROBLEM = "note_problem"  # session: why the last note was not kept


def notes_of(run_id: str) -> Written:
    """The notes of a run; none where they cannot be read."""
    try:
        return session.runs().notes(run_id)
    except SpexError:
        return {}


def told_of(run: Run) -> tuple[str, Written]:
    """What a person calls a run, and wrote about it."""
    return run.name, notes_of(run.id)


def show_notes(explanation: Explanation, notes: Written, letter: str = "") -> None:
    """The notes as text, each under what it is about; nothing where there are none.

    Args:
        explanation: the run that they are about.
        notes: the notes.
        letter: which side of a comparison it is.
    """
    parts = [
        tag("dt", f"{letter}: {about}" if letter else about) + tag("dd", text, class_="spex-note")
        for about, text in noted(explanation, notes)
    ]
    if parts:
        draw(tag("dl", *map(Markup, parts), class_="spex-notes"))


def notes_part(explanation: Explanation, run_id: str, selection: Support) -> None:
    """Below a result: its notes, and for whom it belongs to the fields for its name, for a note on it and for one on
    what is selected."""
    notes = notes_of(run_id)
    with st.container():  # always there: a first note must not close what stands below
        show_notes(explanation, notes)
    if session.runs().why_not_change(run_id):
        return
    with st.expander("Name and notes"):
        name_field(run_id)
        note_field(run_id, (), "Note on this run", notes)
        if 0 < len(selection) <= MOST_MEMBERS:
            note_field(run_id, selection, f"Note on {named(explanation, selection)}", notes)
        else:
            say("Select a word or a group in the pictures above to write about it.")
    if st.session_state.get(_PROBLEM):
        say(st.session_state.pop(_PROBLEM), "error")


def name_field(run_id: str) -> None:
    """The field for the name of a run."""
    run = session.runs().get(run_id)
    st.text_input(
        "Name",
        value="" if run is None else run.name,
        max_chars=LONGEST,
        key=f"note_name_{run_id}",
        placeholder="Give this run a name",
        on_change=_rename,
        args=(run_id,),
    )


def note_field(run_id: str, features: Support, label: str, notes: Written) -> None:
    """The field for one note, and the button that keeps it: leaving a field by Ctrl+Enter would press Explain too."""
    key = f"note_{run_id}_{key_of(features)}"
    with st.form(f"form_{key}", border=False, enter_to_submit=False):
        st.text_area(
            label,
            value=notes.get(features, ""),
            max_chars=MOST_CHARACTERS,
            height=90,
            key=key,
            placeholder="What did you find?",
        )
        st.form_submit_button("Keep note", key=f"keep_{key}", on_click=_write, args=(run_id, features))


def _rename(run_id: str) -> None:
    name = " ".join(str(st.session_state.get(f"note_name_{run_id}") or "").split())
    try:
        session.runs().rename(run_id, name)
    except SpexError as error:
        st.session_state[_PROBLEM] = sentence(error)
        return
    run = session.runs().get(run_id)
    if run is not None:
        run.name = name


def _write(run_id: str, features: Support) -> None:
    try:
        session.runs().note(run_id, features, str(st.session_state.get(f"note_{run_id}_{key_of(features)}") or ""))
    except SpexError as error:
        st.session_state[_PROBLEM] = sentence(error)
