"""The Text page in each state of a run, with a stand-in for the run manager."""

from __future__ import annotations

from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from pages.components.common import session
from pages.components.form import text_examples
from spex_core.engine.settings import Progress
from spex_core.models.base import ModelSpec
from spex_core.runs.requests import TextRequest
from spex_core.runs.run import Run
from tests.support.managers import OneRun
from tests.support.places import ROOT

APP = str(ROOT / "app.py")
REQUEST = TextRequest(text="Not <b>bad</b>.", model=ModelSpec("minilm-sentiment", {}), budget=200)


def _open(monkeypatch: pytest.MonkeyPatch, run: Run) -> tuple[AppTest, OneRun]:
    manager = OneRun(run)
    monkeypatch.setattr(session, "manager", lambda: manager)
    monkeypatch.setattr(session, "saved_run", lambda page: None)
    app = AppTest.from_file(APP, default_timeout=60)
    app.session_state["run"] = run.id
    return app.run(), manager


def _html(app: AppTest) -> str:
    return "\n".join(element.proto.body for element in app.get("html"))


def test_failed_run_says_why_and_can_be_resumed(monkeypatch: pytest.MonkeyPatch) -> None:
    run = Run("r1", REQUEST, state="failed", error="the model returned NaN in row 3 <i>of</i> 64")
    run.progress = Progress(64, 200, 10.0, 13.6, "evaluate")
    app, manager = _open(monkeypatch, run)
    assert not app.exception
    assert "NaN in row 3 &lt;i&gt;of&lt;/i&gt; 64" in _html(app)
    assert "64 of 200 passes are paid for and kept" in _html(app)
    app.button("resume_run").click().run()
    assert not app.exception
    assert manager.resumed == ["r1"]


@pytest.mark.parametrize("state", ["interrupted", "cancelled"])
def test_a_run_that_ended_early_says_so_above_its_result(monkeypatch: pytest.MonkeyPatch, state: str) -> None:
    saved = session.saved_run(session.TEXT)
    run = Run("r1", REQUEST, state=state, explanation=saved, name="My <b>run</b> $x$", paid=150)
    app, manager = _open(monkeypatch, run)
    assert not app.exception
    assert f"The run was {state}" in _html(app)
    assert "My &lt;b&gt;run&lt;/b&gt; $x$" in _html(app)
    assert [element for element in app.get("bidi_component") if element.proto.component_name == "spex_explorer"]
    app.button("resume_run").click().run()
    assert manager.resumed == ["r1"]


def test_an_imported_run_says_whose_word_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    saved = session.saved_run(session.TEXT)
    app, _ = _open(monkeypatch, Run("imported-1", REQUEST, state="done", explanation=saved))
    assert not app.exception
    assert "Imported run" in _html(app)
    app, _ = _open(monkeypatch, Run("r1", REQUEST, state="done", explanation=saved))
    assert "Imported run" not in _html(app)


@pytest.mark.parametrize("kept", [True, False])
def test_a_bundle_is_offered_where_the_passes_are_known(monkeypatch: pytest.MonkeyPatch, kept: bool) -> None:
    saved = session.saved_run(session.TEXT)
    monkeypatch.setattr(OneRun, "knows_passes_of", lambda self, run_id: kept)
    app, _ = _open(monkeypatch, Run("r1", REQUEST, state="done", explanation=saved))
    assert not app.exception
    labels = [element.proto.label for element in app.get("download_button")]
    assert ("Bundle" in labels) == kept


def test_a_damaged_result_is_said_and_can_be_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    run = Run("r1", REQUEST, state="done", error="the result of run r1 is cut off", paid=150)
    app, manager = _open(monkeypatch, run)
    assert "The result cannot be read" in _html(app)
    assert "The result of run r1 is cut off." in _html(app)
    assert "150 of 200 passes are paid for and kept: it goes on from them." in _html(app)
    app.button("resume_run").click().run()
    assert manager.resumed == ["r1"]


def test_a_full_line_is_said_beside_explain_until_there_is_room(monkeypatch: pytest.MonkeyPatch) -> None:
    app, manager = _open(monkeypatch, Run("r1", REQUEST, state="failed"))
    manager.full = True
    app.button("form_go").click().run()
    assert not app.exception
    assert "The line is full." in _html(app)
    manager.full = False
    app.button("form_go").click().run()
    assert "The line is full." not in _html(app)
    assert len(manager.started) == 1


def test_more_budget_extends_the_same_run(monkeypatch: pytest.MonkeyPatch) -> None:
    saved = session.saved_run(session.TEXT)
    assert saved is not None
    weak = replace(saved, faithfulness_report=replace(saved.faithfulness_report, r2=0.2), budget=1000)
    app, manager = _open(monkeypatch, Run("r1", REQUEST, state="done", explanation=weak))
    app.button("more_budget").click().run()
    assert not app.exception
    assert manager.extended == [("r1", 2000)]


def test_a_full_line_is_said_where_a_run_is_resumed(monkeypatch: pytest.MonkeyPatch) -> None:
    app, manager = _open(monkeypatch, Run("r1", REQUEST, state="interrupted", error="the program has ended"))
    manager.full = True
    app.button("resume_run").click().run()
    assert not app.exception
    assert "The line is full." in _html(app)


def test_live_run_shows_figures_and_cancel_reaches_it(monkeypatch: pytest.MonkeyPatch) -> None:
    run = Run("r2", REQUEST, state="running")
    run.progress = Progress(64, 200, 10.0, 13.6, "evaluate")
    app, _ = _open(monkeypatch, run)
    assert not app.exception
    assert "64 of 200 passes · result in about 16 s" in _html(app)  # 13.6 s of the model, early estimates, the fit
    assert "Not &lt;b&gt;bad&lt;/b&gt;." in _html(app)  # the input, until there is an estimate
    app.button("cancel_run").click().run()
    assert run.stopping()


def test_cost_line_shows_the_measured_speed_once_it_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    run = Run("r3", REQUEST, state="failed")
    app, _ = _open(monkeypatch, run)
    app.text_area("form_text").set_value("one two three four five six seven").run()
    assert not app.exception
    assert "7 words → 7 features" in _html(app)
    assert "masked passes" in _html(app)


def test_budget_below_a_chosen_estimators_minimum_is_said_beside_the_slider(monkeypatch: pytest.MonkeyPatch) -> None:
    run = Run("r4", REQUEST, state="failed")
    app, manager = _open(monkeypatch, run)
    app.text_area("form_text").set_value("word " * 60).run()
    app.selectbox("form_estimator").set_value("spex").run()
    app.select_slider("form_budget").set_value(10).run()
    assert not app.exception
    assert "SPEX" in _html(app)
    assert "needs at least" in _html(app)
    app.button("form_go").click().run()
    assert manager.started == []


def test_without_a_saved_run_the_page_says_how_to_begin(monkeypatch: pytest.MonkeyPatch) -> None:
    run = Run("r5", REQUEST, state="failed")
    app, _ = _open(monkeypatch, run)
    del app.session_state["run"]
    app.query_params.clear()
    app.run()
    assert not app.exception
    assert "Which words together made the model say that?" in _html(app)


def test_an_example_fills_the_form_and_is_unmarked_once_edited(monkeypatch: pytest.MonkeyPatch) -> None:
    app, _ = _open(monkeypatch, Run("r6", REQUEST, state="failed"))
    second = list(text_examples.examples().values())[1]
    assert app.text_area("form_text").value == REQUEST.text  # the form holds what is on the screen
    app.session_state[text_examples.KEY] = second.id
    app.run()
    assert app.text_area("form_text").value == second.text
    app.text_area("form_text").set_value("My own words.").run()
    assert app.session_state[text_examples.KEY] is None
    assert app.text_area("form_text").value == "My own words."


def test_an_example_wins_over_a_text_that_arrives_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    app, _ = _open(monkeypatch, Run("r7", REQUEST, state="failed"))
    second = list(text_examples.examples().values())[1]
    app.text_area("form_text").set_value("Something typed.")
    app.session_state[text_examples.KEY] = second.id
    app.run()
    assert app.text_area("form_text").value == second.text
    assert app.session_state[text_examples.KEY] == second.id


@pytest.mark.parametrize(
    ("model", "says"),
    [
        ("minilm-sentiment", "A hidden feature is written as [UNK]."),
        ("openai", "A hidden feature is written as [UNK]."),
        ("hf-causal-lm", "its mask token or “...” is written instead; the result then says so."),
    ],
)
def test_what_stands_for_a_hidden_feature_is_said(monkeypatch: pytest.MonkeyPatch, model: str, says: str) -> None:
    app, _ = _open(monkeypatch, Run("r8", REQUEST, state="failed"))
    app.selectbox("form_model").set_value(model).run()
    assert not app.exception
    assert says in _html(app)
    app.selectbox("form_masking").set_value("removal").run()
    assert says not in _html(app)


def test_a_run_that_watches_another_process_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    run = Run("r1", REQUEST, state="running", progress=Progress(120, 200, 12.0, 6.7, "evaluate"), watching=True)
    app, _ = _open(monkeypatch, run)
    assert not app.exception
    assert "Another process works on the same question" in _html(app)
    assert "120 of 200 passes, taken over as they are made" in _html(app)
    run.watching = False
    app.run()
    assert "Asking the model" in _html(app)
    assert "taken over" not in _html(app)
