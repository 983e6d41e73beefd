"""Reasoning puzzles and their changed versions: what fills the form, and the answer that is right."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache

import streamlit as st

from pages.components.common import session
from pages.components.common.markup import say, sentence
from pages.components.form import examples_control, ready_prompts
from pages.components.form.fields import FORMS, Form
from pages.components.form.text_examples import FOLDER, TextExample
from spex_core.errors import InputError
from spex_core.models.base import Backend
from spex_core.models.registry import backends
from spex_core.runs.requests import TextRequest

KEY = "form_puzzle"
VERSION = "form_puzzle_version"
VERSIONS = {"variant": "changed", "classic": "classic"}
MODEL = "minilm-pull"
_BOTH = "puzzle_both"  # session: ids of the classic's and the variant's run, until Compare is on screen


@dataclass(frozen=True)
class Puzzle:
    """A well-known puzzle and a version of it that has another answer.

    Attributes:
        id: stable name.
        title: what the button says.
        classic: the puzzle as it is usually told.
        variant: the changed puzzle.
        paraphrase: what the changed puzzle says, in other words.
        question: what is asked about either.
        wrong: the answer to the classic, wrong for the variant.
        right: the answer to the variant.
        why: why it is right.
        models: the built-in models that were made for it, the one to begin with first.
    """

    id: str
    title: str
    classic: str
    variant: str
    paraphrase: str
    question: str
    wrong: str
    right: str
    why: str
    models: tuple[str, ...] = ()

    def text(self, version: str) -> str:
        """The classic or the variant."""
        return self.classic if version == "classic" else self.variant

    def answer(self, version: str) -> str:
        """The right answer to the classic or to the variant."""
        return self.wrong if version == "classic" else self.right

    def options(self, model: type[Backend]) -> dict[str, str] | None:
        """How this model is asked about the puzzle, None where it has no use for it.

        A model that answers questions is asked for the wrong answer against the right one, so that a rising value
        is a fall for the classic, as it is for the pull. Toys know few puzzles.
        """
        names = {option.name for option in model.options}
        if model.name == MODEL:
            return {"answer": self.classic, "against": self.paraphrase}
        if {"question", "answer", "against"} <= names and (not model.toy or model.name in self.models):
            bare = ready_prompts.defaults(model) if ready_prompts.prompts(model.name) else {}
            return {**bare, "question": self.question, "answer": self.wrong, "against": self.right}
        return None


@lru_cache(maxsize=1)
def puzzles() -> dict[str, Puzzle]:
    """Id -> puzzle, in the order of the file; empty where there is none."""
    index = FOLDER / "puzzles.json"
    if not index.exists():
        return {}
    entries = json.loads(index.read_text(encoding="utf-8"))
    return {entry["id"]: Puzzle(**{**entry, "models": tuple(entry.get("models", ()))}) for entry in entries}


def picked() -> Puzzle | None:
    """The puzzle that is chosen."""
    return puzzles().get(st.session_state.get(KEY) or "")


def chosen() -> TextExample | None:
    """The chosen version of the chosen puzzle, as an example."""
    puzzle = picked()
    if puzzle is None:
        return None
    return example(puzzle, st.session_state.get(VERSION) or "variant")


def example(puzzle: Puzzle, version: str) -> TextExample:
    """One version of a puzzle as an example."""
    model = puzzle.models[0] if puzzle.models else MODEL
    return TextExample(
        id=f"puzzle-{puzzle.id}-{version}",
        title=puzzle.title,
        text=puzzle.text(version),
        model=model,
        options=puzzle.options(backends()[model]) or {},
        expected=puzzle.answer(version),
    )


def place_of(text: str) -> tuple[str, str] | None:
    """(id, version) of the puzzle that a text is, None where it is none."""
    for puzzle in puzzles().values():
        for version in VERSIONS:
            if text.strip() == puzzle.text(version):
                return puzzle.id, version
    return None


def title_of(text: str) -> str:
    """ "Trolley, changed" for a text that is one of the puzzles, else ""."""
    place = place_of(text)
    return f"{puzzles()[place[0]].title}, {VERSIONS[place[1]]}" if place is not None else ""


def answer_to(text: str) -> str:
    """The right answer to a text that is one of the puzzles, else ""."""
    place = place_of(text)
    return puzzles()[place[0]].answer(place[1]) if place is not None else ""


def counterpart(text: str) -> str:
    """The other version of the puzzle that a text is, "" where it is none."""
    for puzzle in puzzles().values():
        if text.strip() in (puzzle.classic, puzzle.variant):
            return puzzle.classic if text.strip() == puzzle.variant else puzzle.variant
    return ""


def puzzles_row() -> None:
    """The buttons."""
    found = puzzles()
    if found:
        examples_control.row("Reason", {name: puzzle.title for name, puzzle in found.items()}, KEY)


def puzzle_part() -> None:
    """For a chosen puzzle its version and its right answer."""
    puzzle = picked()
    if puzzle is None:
        return
    if st.session_state.get(VERSION) not in VERSIONS:
        st.session_state[VERSION] = "variant"
    st.segmented_control(
        "Version",
        list(VERSIONS),
        key=VERSION,
        format_func=lambda name: VERSIONS[name],
        required=True,
        label_visibility="collapsed",
        persist_state="session",
    )
    say(f"Right for the changed puzzle: “{puzzle.right}”; the classic's answer is “{puzzle.wrong}”. {puzzle.why}")


def leave_for_compare() -> None:
    """Go where both versions are shown, once they were started; before anything is drawn here."""
    both = st.session_state.pop(_BOTH, None)
    if both is not None:
        st.switch_page("pages/compare.py", query_params={"a": both[0], "b": both[1]})


def explain_both(read: Callable[[], Form]) -> None:
    """For a chosen puzzle: the button that explains both versions with the form's settings and leads to Compare, where
    their progress is shown.

    Args:
        read: the form at the moment of a click.
    """
    if picked() is not None:
        st.button(
            "Explain both and compare",
            key="puzzle_both_go",
            width="stretch",
            on_click=_start_both,
            args=(read,),
            help="The classic and the changed puzzle, one after the other, then what differs between the two",
        )


def _start_both(read: Callable[[], Form]) -> None:
    fields, puzzle, form = FORMS[session.TEXT], picked(), read()
    fields.put("tried", True)
    fields.put("refused", "")
    if puzzle is None or form.problems or not isinstance(form.request, TextRequest):
        return
    fields.put("tried", False)
    started: list[str] = []
    try:
        for version in ("classic", "variant"):
            asked = replace(form.request, text=puzzle.text(version), expected=puzzle.answer(version))
            started.append(session.runs().start(asked).id)
    except InputError as error:  # the waiting line is full
        fields.put("refused", sentence(error))
        for run_id in started:  # half of it is of no use
            session.runs().cancel(run_id)
        return
    st.session_state[_BOTH] = tuple(started)
