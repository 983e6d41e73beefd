"""The form of the Image page: what a rerun costs, and what it says while something is missing."""

from __future__ import annotations

import io
from types import SimpleNamespace

import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from pages.components.common import session
from pages.components.form import counting, picture
from spex_core.models.base import ModelSpec
from spex_core.runs import requests
from spex_core.runs.requests import TextRequest
from spex_core.runs.run import Run
from tests.support.managers import OneRun
from tests.support.places import ROOT

APP = str(ROOT / "app.py")


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> AppTest:
    run = Run("r1", TextRequest(text="Not bad.", model=ModelSpec("minilm-sentiment", {})), state="failed", error="no")
    monkeypatch.setattr(session, "manager", lambda: Asked(run))
    monkeypatch.setattr(session, "saved_run", lambda page: None)
    app = AppTest.from_file(APP, default_timeout=60)
    app.switch_page("pages/image.py")
    app.run()
    assert not app.exception
    return app


class Asked(OneRun):
    """Answers every question with "yes"."""

    def ask(self, request: object) -> str:
        return "yes"

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
    app.text_input("picture_question").set_value(" ").run()
    assert "Type a question" not in _html(app)
    app.button("picture_go").click().run()
    assert "Not started. Type a question about the picture." in _html(app)
