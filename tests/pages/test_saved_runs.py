"""A click on an example opens its saved run at once, and a result that the form no longer asks for says so."""

from __future__ import annotations

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from pages.components.common import session
from pages.components.form import picture_examples, puzzles, ready_prompts, saved_runs, text_examples
from spex_core.explanation.result import Explanation
from spex_core.inputs.pictures import open_picture
from spex_core.models.base import ModelSpec
from spex_core.runs.requests import TextRequest, request_of
from spex_core.runs.run import Run
from tests.support.managers import OneRun
from tests.support.places import ASSETS, ROOT

TEXTS = {
    **text_examples.examples(),
    **ready_prompts.prompts("smollm2"),
    **{
        one.id: one
        for puzzle in puzzles.puzzles().values()
        for one in [*(puzzles.example(puzzle, version) for version in puzzles.VERSIONS), *saved_runs.twins(puzzle)]
    },
}
FILES = [*sorted((ASSETS / "saved" / "text").iterdir()), *sorted((ASSETS / "saved" / "image").iterdir())]


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> AppTest:
    run = Run("r1", TextRequest(text="Not bad.", model=ModelSpec("minilm-sentiment", {})), state="failed", error="no")
    manager = OneRun(run)
    monkeypatch.setattr(session, "manager", lambda: manager)
    return AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()


def _pick(app: AppTest, name: str) -> None:
    app.session_state[text_examples.KEY] = name
    app.run()
    assert not app.exception


def _is_stale(app: AppTest) -> bool:
    return any(button.key == "stale_go" for button in app.button)


def test_an_example_opens_its_saved_run_and_the_form_holds_what_that_asked(app: AppTest) -> None:
    assert not _is_stale(app)
    _pick(app, "negated-review")
    example = text_examples.examples()["negated-review"]
    assert session.saved_file("saved-negated-review")
    assert app.query_params["run"] == "saved-negated-review"
    assert app.text_area("form_text").value == example.text
    assert app.session_state[text_examples.KEY] == example.id
    assert app.session_state["form_examples"] == 1  # the control that was open is gone
    assert not _is_stale(app)
    _pick(app, "one-word")
    assert app.query_params["run"] == "saved-one-word"
    assert not _is_stale(app)


def test_what_the_form_asks_no_more_is_said_until_the_form_holds_it_again(app: AppTest) -> None:
    before = app.text_area("form_text").value
    app.text_area("form_text").set_value("My own words.").run()
    assert _is_stale(app)
    app.button("stale_back").click().run()
    assert app.text_area("form_text").value == before
    assert not _is_stale(app)
    app.selectbox("form_model").set_value("minilm-sentiment").run()
    assert _is_stale(app)
    app.selectbox("form_model").set_value("smollm2").run()
    assert not _is_stale(app)
    app.select_slider("form_budget").set_value(200).run()
    assert not _is_stale(app)


def test_explain_beside_it_starts_what_the_form_asks(app: AppTest) -> None:
    app.text_area("form_text").set_value("My own words.").run()
    app.button("stale_go").click().run()
    assert not app.exception
    assert [request.text for request in session.manager().started] == ["My own words."]


def test_an_address_of_a_saved_run_opens_it_on_its_own_page(monkeypatch: pytest.MonkeyPatch, app: AppTest) -> None:
    again = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    again.query_params["run"] = "saved-one-word"
    again.run()
    assert not again.exception
    assert again.text_area("form_text").value == text_examples.examples()["one-word"].text
    again.query_params["run"] = "saved-no-such-example"
    del again.session_state["run"]
    again.run()
    assert "is not known here any more" in "\n".join(element.proto.body for element in again.get("html"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_saved_run_asks_what_its_example_asks(file) -> None:
    page, name = file.parent.name, file.name.removesuffix(".json.gz")
    explanation = saved_runs.load(f"saved-{name}")
    assert explanation is not None
    assert saved_runs.name_of(page, name) == f"saved-{name}"
    request = request_of(explanation)
    example = TEXTS[name] if page == "text" else picture_examples.examples()[name]
    assert request.model.name == example.model
    assert request.expected == example.expected
    asked = {option: value for option, value in example.options.items() if value}
    assert {option: request.model.options[option] for option in asked} == asked
    if page == "text":
        assert (request.text, request.unit) == (example.text, example.unit)
    else:
        assert request.whole == open_picture(example.picture).image
        assert request.grid == example.grid


def test_a_run_is_written_with_few_digits_and_predicts_what_it_did() -> None:
    before = Explanation.from_json((ASSETS / "saved" / "poster.json").read_text(encoding="utf-8"))
    data = saved_runs.write(before, with_picture=True)
    assert data == saved_runs.write(before, with_picture=True)
    assert len(data) < (ASSETS / "saved" / "poster.json").stat().st_size / 3
    after = Explanation.from_json(saved_runs.text_of(data))
    masks = np.random.default_rng(0).random((64, before.n_features)) < 0.5
    np.testing.assert_allclose(after.predict(masks), before.predict(masks), atol=2e-3)
    assert after.source == before.source
