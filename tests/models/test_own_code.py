"""Code that a model's folder brings along is never run, whichever backend reads the folder."""

import json
import shutil
from contextlib import suppress

import pytest

from spex_core.errors import InputError, ModelError
from spex_core.models.folders import fetch_folder, quiet
from spex_core.models.registry import backends, load_backend
from spex_core.models.shared import shared
from tests.support import language_models, vision_models

MAKE = {
    "hf-causal-lm": lambda folder: language_models.save(folder, "qwen2"),
    "hf-classifier": language_models.save_classifier,
    "llava-next": vision_models.make_model,
}
OPTIONS = {
    "hf-causal-lm": {"answer": "True"},
    "hf-classifier": {"label": "POSITIVE"},
    "llava-next": {"question": "is there a dog?", "answer": "yes"},
}
PARTS = ("tokenizer_config.json", "processor_config.json", "preprocessor_config.json")
AUTOS = ("Config", "Model", "ModelForCausalLM", "Tokenizer", "Processor", "ImageProcessor")
AUTO_MAP = {f"Auto{auto}": "own_code.Own" for auto in AUTOS}


@pytest.fixture(scope="module", params=MAKE)
def made(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param)
    with quiet():
        MAKE[request.param](folder)
    return request.param, folder


@pytest.fixture
def case(made, tmp_path):
    """(backend, folder, a file that is there once the folder's code was run)."""
    name, original = made
    folder, ran = shutil.copytree(original, tmp_path / "copy"), tmp_path / "ran"
    (folder / "own_code.py").write_text(f"open({str(ran)!r}, 'w').close()\nraise SystemExit('ran')\n")
    yield name, folder, ran
    shared.release()
    assert not ran.exists()


def change(path, **entries):
    data = json.loads(path.read_text()) if path.exists() else {}
    path.write_text(json.dumps({**data, **entries}))


def load(name, folder):
    return load_backend(name, model=str(folder), **OPTIONS[name])


def refused(name, folder, file):
    with pytest.raises(InputError, match=rf"code of its own \({file}: auto_map\), which is never run here"):
        load(name, folder)
    with pytest.raises(InputError, match="code of its own"):
        fetch_folder(str(folder))
    told = backends()[name].forecast({"model": str(folder), **OPTIONS[name]})
    assert "code of its own" in told.problem


@pytest.mark.parametrize("part", PARTS)
def test_a_tokenizer_or_processor_of_its_own_is_refused(case, part):
    name, folder, _ = case
    change(folder / part, auto_map=AUTO_MAP)
    refused(name, folder, part)


@pytest.mark.parametrize("part", ["config.json", *PARTS])
def test_a_kind_that_the_library_does_not_have_is_refused(case, part):
    name, folder, _ = case
    change(folder / "config.json", model_type="homegrown")
    change(folder / part, auto_map=AUTO_MAP)
    refused(name, folder, part)


def test_code_that_a_built_in_kind_does_not_need_is_passed_over(case):
    name, folder, _ = case
    inputs = [vision_models.picture()] if name == "llava-next" else [language_models.TEXT]
    expected = load(name, folder).score(inputs)
    shared.release()
    change(folder / "config.json", auto_map=AUTO_MAP)
    assert load(name, folder).score(inputs).tobytes() == expected.tobytes()
    assert backends()[name].forecast({"model": str(folder), **OPTIONS[name]}).problem == ""


@pytest.mark.parametrize("part", PARTS)
def test_the_loaders_themselves_run_nothing_where_the_guard_is_lifted(case, part, monkeypatch):
    """The guard says why in words; that nothing is run does not hang on it."""
    name, folder, _ = case
    for module in ("folders", "vision.loading"):
        monkeypatch.setattr(f"spex_core.models.{module}.check_code", lambda *_: None)
    monkeypatch.setattr("builtins.input", lambda *_: pytest.fail("asked whether to run it"))
    change(folder / part, auto_map=AUTO_MAP, tokenizer_class="Own", processor_class="Own", image_processor_type="Own")
    with quiet(), suppress(InputError, ModelError):
        load(name, folder)
