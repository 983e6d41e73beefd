"""The Reason preset of the Text page: a puzzle fills the form, in either version, for the model that is chosen."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from pages.components.common import session
from pages.components.form import puzzles, text_examples
from spex_core.errors import InputError
from spex_core.models.base import ModelSpec
from spex_core.models.registry import backends
from spex_core.runs.manager import RunManager
from spex_core.runs.requests import RunRequest, TextRequest
from spex_core.runs.run import Run
from spex_core.runs.store.run_store import RunStore
from tests.support.managers import OneRun
from tests.support.places import ROOT

APP = str(ROOT / "app.py")
REQUEST = TextRequest(text="Not bad.", model=ModelSpec("minilm-sentiment", {}), budget=200)


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> AppTest:
    run = Run("r1", REQUEST, state="failed", error="no")
    monkeypatch.setattr(session, "manager", lambda: OneRun(run))
    monkeypatch.setattr(session, "saved_run", lambda page: None)
    return AppTest.from_file(APP, default_timeout=60).run()


def _pick(app: AppTest, name: str, version: str | None = None) -> puzzles.Puzzle:
    app.session_state[puzzles.KEY] = name
    if version:
        app.session_state[puzzles.VERSION] = version
    app.run()
    assert not app.exception
    return puzzles.puzzles()[name]


def _html(app: AppTest) -> str:
    return "\n".join(element.proto.body for element in app.get("html"))


def test_a_puzzle_fills_the_form_and_says_the_right_answer(app: AppTest) -> None:
    puzzle = _pick(app, "trolley")
    assert app.text_area("form_text").value == puzzle.variant
    assert app.selectbox("form_model").value == "switchyard"
    asked = {name: app.text_input(f"form_option_switchyard_{name}").value for name in ("question", "answer", "against")}
    assert asked == {"question": puzzle.question, "answer": "Yes", "against": "No"}
    app.selectbox("form_model").set_value("minilm-pull").run()
    assert app.text_input("form_option_minilm-pull_answer").value == puzzle.classic
    assert app.text_input("form_option_minilm-pull_against").value == puzzle.paraphrase
    assert app.session_state[text_examples.KEY] is None
    assert app.text_input("form_expected").value == puzzle.right == "No"
    assert "Right for the changed puzzle: “No”" in _html(app)


def test_the_other_version_fills_the_form_again(app: AppTest) -> None:
    puzzle = _pick(app, "river", "classic")
    assert app.text_area("form_text").value == puzzle.classic
    assert app.text_input("form_expected").value == puzzle.wrong == "7"
    app.session_state[puzzles.VERSION] = "variant"
    app.run()
    assert app.text_area("form_text").value == puzzle.variant
    assert app.text_input("form_expected").value == puzzle.right == "1"
    assert app.text_input("form_option_minilm-pull_answer").value == puzzle.classic


def test_an_example_takes_over_from_a_puzzle_and_an_edit_unmarks_it(app: AppTest) -> None:
    _pick(app, "doors")
    example = list(text_examples.examples().values())[1]
    app.session_state[text_examples.KEY] = example.id
    app.run()
    assert app.text_area("form_text").value == example.text
    assert app.session_state[puzzles.KEY] is None
    assert app.selectbox("form_model").value == example.model
    puzzle = _pick(app, "doors")
    assert app.text_area("form_text").value == puzzle.variant
    app.text_area("form_text").set_value("My own words.").run()
    assert app.session_state[puzzles.KEY] is None
    assert app.text_input("form_expected").value == ""
    assert app.text_area("form_text").value == "My own words."


def test_a_language_model_is_kept_and_asked_for_the_wrong_answer_against_the_right_one(app: AppTest) -> None:
    app.selectbox("form_model").set_value("hf-causal-lm").run()
    puzzle = _pick(app, "bridge")
    assert app.selectbox("form_model").value == "hf-causal-lm"
    asked = {
        name: app.text_input(f"form_option_hf-causal-lm_{name}").value for name in ("question", "answer", "against")
    }
    assert asked == {"question": puzzle.question, "answer": "17", "against": "10"}


@pytest.mark.parametrize("puzzle", puzzles.puzzles().values(), ids=lambda puzzle: puzzle.id)
def test_every_puzzle_is_complete(puzzle: puzzles.Puzzle) -> None:
    assert all(value for name, value in vars(puzzle).items() if name != "models")
    assert puzzle.wrong != puzzle.right
    assert puzzle.classic != puzzle.variant
    assert puzzle.options(backends()["minilm-pull"]) == {"answer": puzzle.classic, "against": puzzle.paraphrase}
    assert puzzle.options(backends()["minilm-sentiment"]) is None
    for name in ("switchyard", "switchyard-twin"):
        assert (puzzle.options(backends()[name]) is not None) == (puzzle.id == "trolley")
    assert puzzles.title_of(puzzle.variant) == f"{puzzle.title}, changed"


class _Line(RunManager):
    """Takes so many runs, and begins none."""

    def __init__(self, room: int) -> None:
        super().__init__(RunStore())
        self.room = room
        self.begun: list[Run] = []

    def start(self, request: RunRequest, person: str = "", belongs_to: str = "") -> Run:
        if len(self.begun) == self.room:
            raise InputError("the line is full")
        self.begun.append(Run(f"r{len(self.begun)}", request))
        return self.begun[-1]

    def get(self, run_id: str) -> Run | None:
        return next((run for run in self.begun if run.id == run_id), None)


def _with_line(monkeypatch: pytest.MonkeyPatch, room: int) -> tuple[_Line, AppTest]:
    line = _Line(room)
    monkeypatch.setattr(session, "manager", lambda: line)
    monkeypatch.setattr(session, "saved_run", lambda page: None)
    app = AppTest.from_file(APP, default_timeout=60).run()
    _pick(app, "trolley")
    return line, app


def test_one_click_explains_both_versions_and_leads_to_compare(monkeypatch: pytest.MonkeyPatch) -> None:
    line, app = _with_line(monkeypatch, 2)
    puzzle = puzzles.puzzles()["trolley"]
    app.button("puzzle_both_go").click().run()
    assert not app.exception
    asked = [run.request for run in line.begun]
    assert [request.text for request in asked] == [puzzle.classic, puzzle.variant]
    assert [request.expected for request in asked] == ["Yes", "No"]
    assert {request.model.options["answer"] for request in asked} == {"Yes"}
    assert [app.query_params[side] for side in "ab"] == ["r0", "r1"]
    assert "0 of 2,000 passes" in _html(app)


def test_where_the_line_takes_one_run_neither_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    line, app = _with_line(monkeypatch, 1)
    app.button("puzzle_both_go").click().run()
    assert not app.exception
    assert "The line is full." in _html(app)
    assert line.begun[0].stopping()
    assert app.text_area("form_text").value == puzzles.puzzles()["trolley"].variant  # still on the Text page
