"""The form of the Image page: what a rerun costs, and what it says while something is missing."""

from __future__ import annotations

import io
from types import SimpleNamespace

import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from pages.components.common import session
from pages.components.form import counting, picture, picture_examples
from pages.components.form.fields import models_for
from spex_core.models.base import Guess, ModelSpec
from spex_core.runs import requests
from spex_core.runs.requests import PictureRequest
from spex_core.runs.run import Run
from tests.support.managers import OneRun
from tests.support.places import ROOT

APP = str(ROOT / "app.py")


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> AppTest:
    asked = PictureRequest(picture=_png(), model=ModelSpec("photo", {}))
    run = Run("r1", asked, state="failed", error="no")
    manager = Asked(run)
    monkeypatch.setattr(session, "manager", lambda: manager)
    monkeypatch.setattr(session, "saved_run", lambda page: None)
    app = AppTest.from_file(APP, default_timeout=60)
    app.switch_page("pages/image.py")
    app.run()
    assert not app.exception
    return app


class Asked(OneRun):
    """Answers every question with "yes", and sees a dog in every picture."""

    def ask(self, request: object) -> str:
        return "yes"

    def see(self, request: object) -> tuple[Guess, ...]:
        return Guess("<b>hound</b>", 0.497), Guess("whippet", 0.0004)

    def backend(self, model: ModelSpec) -> object:
        return SimpleNamespace(unknown_words=())


def _html(app: AppTest) -> str:
    return "\n".join(element.proto.body for element in app.get("html"))


def _png(width: int = 64, height: int = 48) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(file, "PNG")
    return file.getvalue()


def test_a_rerun_decodes_nothing_and_counts_twice(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    decoded, counted = [], []
    opened, counts = requests.open_picture, counting.count_patches
    monkeypatch.setattr(requests, "open_picture", lambda *given: decoded.append(given) or opened(*given))
    monkeypatch.setattr(picture, "open_picture", lambda *given: decoded.append(given) or opened(*given))
    monkeypatch.setattr(picture, "count_patches", lambda request: counted.append(request) or counts(request))
    app.select_slider("picture_budget").set_value(200).run()
    assert not app.exception
    assert decoded == []
    assert [request.budget for request in counted] == [200, 200]
    assert len(app.get("image")) == 1


def test_an_upload_is_shown_and_a_broken_one_leaves_it(app: AppTest) -> None:
    app.file_uploader("picture_file").set_value(("a.png", _png(), "image/png")).run()
    assert not app.exception
    assert app.session_state["picture_bytes"] == _png()
    app.file_uploader("picture_file").set_value(("b.png", b"nothing", "image/png")).run()
    assert not app.exception
    assert app.session_state["picture_bytes"] == _png()
    assert "spex-error" in _html(app)


def test_what_is_missing_is_said_after_a_click_only(app: AppTest) -> None:
    _pick(app, "two-balls")
    app.text_input("picture_question").set_value(" ").run()
    assert "Type a question" not in _html(app)
    app.button("picture_go").click().run()
    assert "Not started. Type a question about the picture." in _html(app)


def test_a_photograph_is_named_and_what_is_explained_can_be_picked(app: AppTest) -> None:
    assert app.selectbox("picture_model").value == "photo"
    assert not [field for field in app.text_input if field.key == "picture_question"]
    assert app.selectbox("picture_class").value == "espresso"
    assert len(app.selectbox("picture_class").options) > 1000
    app.run()
    assert "&lt;b&gt;hound&lt;/b&gt;" in _html(app)
    assert "50 %" in _html(app)
    app.selectbox("picture_class").set_value("bird").run()
    app.selectbox("picture_class_against").set_value("goose").run()
    app.button("picture_go").click().run()
    assert not app.exception
    started = session.manager().started[-1]  # type: ignore[attr-defined]
    assert started.model == ModelSpec("photo", {"label": "bird", "against": "goose"})
    assert not started.question_words


def test_an_own_photo_is_explained_by_what_the_model_sees(app: AppTest) -> None:
    _pick(app, "two-balls")
    assert app.selectbox("picture_model").value == "scenes"
    app.file_uploader("picture_file").set_value(("a.png", _png(), "image/png")).run()
    assert app.selectbox("picture_model").value == "photo"
    app.button("picture_go").click().run()
    started = session.manager().started[-1]  # type: ignore[attr-defined]
    assert (started.picture, started.model) == (_png(), ModelSpec("photo", {}))


def test_toys_are_offered_last() -> None:
    names = list(models_for("image"))
    assert names[0] == "photo"
    assert names[-1] == "scenes"


def test_every_model_has_a_form_for_what_it_is_asked(app: AppTest) -> None:
    for name in models_for("image"):
        app.selectbox("picture_model").set_value(name).run()
        assert not app.exception
        labels = {field.label for field in (*app.text_input, *app.selectbox)}
        assert labels & {"Question", "Class to explain", "Class or group to explain", "Sentence"}, name
    app.selectbox("picture_model").set_value("hf-image-text").run()
    app.text_input("picture_option_hf-image-text_answer").set_value("a cup of coffee").run()
    app.checkbox("picture_words").check().run()
    assert "24 patches + 4 words → 28 features" in _html(app)
    app.button("picture_go").click().run()
    started = session.manager().started[-1]  # type: ignore[attr-defined]
    assert started.question_words
    assert started.model.options["answer"] == "a cup of coffee"


def test_a_model_behind_an_api_answers_in_words_where_it_gives_no_log_probabilities(app: AppTest) -> None:
    app.selectbox("picture_model").set_value("openai-image").run()
    app.text_input("picture_option_openai-image_url").set_value("http://127.0.0.1:9/v1").run()
    app.text_input("picture_question").set_value("Is it coffee?").run()
    assert "picture_target" in [field.key for field in app.selectbox]
    app.selectbox("picture_option_openai-image_mode").set_value("sampled").run()
    assert "picture_target" not in [field.key for field in app.selectbox]
    app.text_input("picture_answer").set_value("yes").run()
    app.text_input("picture_option_openai-image_replies").set_value("3").run()
    assert not app.exception
    app.button("picture_go").click().run()
    started = session.manager().started[-1]  # type: ignore[attr-defined]
    assert started.model.options["mode"] == "sampled"
    assert started.model.options["replies"] == "3"
    assert started.model.options["question"] == "Is it coffee?"
    assert "against" not in started.model.options


def _drawn(app: AppTest) -> str:
    """Which picture the form shows."""
    return str(app.get("image")[0].proto)


def test_a_picture_is_cut_into_as_many_segments_as_are_chosen(app: AppTest) -> None:
    app.file_uploader("picture_file").set_value(("a.png", _png(), "image/png")).run()
    plain = _drawn(app)
    app.button_group("picture_grid").set_value("segments").run()
    assert "40 segments → 40 features" in _html(app)
    forty = _drawn(app)
    app.number_input("picture_segments").set_value(12).run()
    assert len({plain, forty, _drawn(app)}) == 3  # the outlines are on it before the run
    assert "12 segments → 12 features" in _html(app)
    app.button("picture_go").click().run()
    assert not app.exception
    started = session.manager().started[-1]  # type: ignore[attr-defined]
    assert started.segments == 12
    app.button_group("picture_grid").set_value("4×3").run()
    assert _drawn(app) == plain
    app.button("picture_go").click().run()
    started = session.manager().started[-1]  # type: ignore[attr-defined]
    assert (started.segments, started.grid) == (None, (4, 3))


def test_every_example_fills_the_form(app: AppTest) -> None:
    found = picture_examples.examples()
    assert {example.model for example in found.values()} == {"photo", "scenes"}
    for name, example in found.items():
        _pick(app, name)
        app.button("picture_go").click().run()
        started = session.manager().started[-1]  # type: ignore[attr-defined]
        assert started.picture == example.picture
        assert started.model.name == example.model
        asked = started.model.options  # a saved run has settled what is explained where nobody chose it
        assert {option: asked[option] for option in example.options} == example.options
        assert started.grid == example.grid
        assert bool(example.credit) == (example.model == "photo")
        assert example.credit in _html(app)


def _pick(app: AppTest, name: str) -> None:
    next(buttons for buttons in app.button_group if buttons.label == "Examples").set_value(name).run()
    assert not app.exception
