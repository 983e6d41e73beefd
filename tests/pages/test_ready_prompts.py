"""The Text page with the embedded chat model: its place in the list, its prompts, its answer, its converted copy."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from pages.components.common import session
from pages.components.form import ready_prompts, text_examples
from pages.components.form.fields import models_for
from spex_core.models.base import ModelSpec
from spex_core.models.gguf.cache import converted_root
from spex_core.models.registry import backends
from spex_core.runs.requests import TextRequest
from spex_core.runs.run import Run
from tests.support.managers import OneRun
from tests.support.places import ROOT

REQUEST = TextRequest(text="Not bad.", model=ModelSpec("minilm-sentiment", {}), budget=200)


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> AppTest:
    monkeypatch.setenv("SPEX_EXPLORER_CACHE", str(tmp_path))
    manager = OneRun(Run("r1", REQUEST, state="failed", error="no"))
    monkeypatch.setattr(session, "manager", lambda: manager)
    monkeypatch.setattr(session, "saved_run", lambda page: None)
    return AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()


def _html(app: AppTest) -> str:
    return "\n".join(element.proto.body for element in app.get("html"))


def test_real_models_come_before_toys() -> None:
    for modality in ("text", "image"):
        toys = [member.toy for member in models_for(modality).values()]
        assert toys == sorted(toys)
    assert models_for("text")["reader"].toy
    assert list(models_for("text"))[:2] == ["minilm-sentiment", "smollm2"]
    assert all("toy" in member.title for member in backends().values() if member.toy)


def test_its_prompts_are_offered_while_it_is_chosen(app: AppTest) -> None:
    assert "Ready prompts" not in [pills.label for pills in app.get("button_group")]
    app.selectbox("form_model").set_value("smollm2").run()
    assert not app.exception
    assert "Ready prompts" in [pills.label for pills in app.get("button_group")]
    prompt = ready_prompts.prompts("smollm2")["poster"]
    app.session_state[ready_prompts.KEY] = "poster"
    app.session_state["form_masking"] = "unk"
    app.run()
    assert not app.exception
    assert app.text_area("form_text").value == prompt.text
    assert app.text_area("form_option_smollm2_instruction").value == prompt.options["instruction"]
    assert app.selectbox("form_option_smollm2_template").value == "plain"
    assert app.text_input("form_option_smollm2_against").value == "negative"
    assert app.session_state["form_masking"] == "removal"
    assert prompt.why in _html(app).replace("&#x27;", "'")
    assert app.session_state[text_examples.KEY] is None
    app.text_area("form_text").set_value("My own words.").run()
    assert app.session_state[ready_prompts.KEY] is None
    app.selectbox("form_model").set_value("minilm-sentiment").run()
    assert "Ready prompts" not in [pills.label for pills in app.get("button_group")]
    assert not app.exception


def test_its_own_answer_is_shown_and_toys_are_not_asked(app: AppTest) -> None:
    app.selectbox("form_model").set_value("smollm2").run()
    app.run()
    assert "I &lt;b&gt;know&lt;/b&gt;." in _html(app)
    app.selectbox("form_model").set_value("reader").run()
    app.run()
    assert "know&lt;" not in _html(app)


def test_converted_models_are_cleared_at_a_click(app: AppTest) -> None:
    app.selectbox("form_model").set_value("smollm2").run()
    assert "Clear converted models" not in [button.label for button in app.button]
    folder = converted_root() / "some-model"
    folder.mkdir(parents=True)
    (folder / "model.safetensors").write_bytes(bytes(3_000_000))
    app.run()
    assert "Converted models: 3 MB" in _html(app)
    app.button("clear_converted").click().run()
    assert not app.exception
    assert not folder.exists()
    assert "3 MB are free again." in _html(app)
    assert "Clear converted models" not in [button.label for button in app.button]


@pytest.mark.parametrize("prompt", ready_prompts.prompts("smollm2").values(), ids=lambda prompt: prompt.id)
def test_every_prompt_is_complete(prompt: text_examples.TextExample) -> None:
    names = {option.name for option in backends()["smollm2"].options}
    assert set(prompt.options) == names
    assert prompt.model == "smollm2"
    assert prompt.options["answer"] != prompt.options["against"]
    assert prompt.title
    assert prompt.why
