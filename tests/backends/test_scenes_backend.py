"""The built-in picture model. How well it answers is the business of tests/test_scene_training.py."""

import numpy as np
import pytest

from spex_core.backends import scenes
from spex_core.errors import ModelError
from spex_core.registry import load_backend
from tests.vision_models import picture

HERE = pytest.mark.skipif(not scenes.FOLDER.is_dir(), reason="assets/scenes is not in this checkout")


@HERE
def test_it_needs_a_question_only_and_runs_alike_everywhere():
    backend = load_backend("scenes", question="is there a dog and a ball?", answer="yes", against="no")
    assert (backend.model.device, backend.model.dtype) == ("cpu", "float32")
    assert (backend.unit, backend.toward) == ("log-odds", ("“no”", "“yes”"))
    assert backend.model.pixels.table is not None
    assert np.isfinite(backend.score([picture(0)])).all()


@HERE
def test_it_answers_in_its_own_words():
    backend = load_backend("scenes", question="is there a dog?")
    assert backend.settle(picture(0)).spec.options["answer"] in ("yes", "no")


def test_it_is_built_in():
    assert scenes.Scenes.forecast({"question": "is there a dog?"}) is None
    assert "model" not in [option.name for option in scenes.Scenes.options]


def test_an_incomplete_checkout_is_one_line(monkeypatch, tmp_path):
    monkeypatch.setattr(scenes, "FOLDER", tmp_path / "nothing")
    with pytest.raises(ModelError, match="not installed"):
        load_backend("scenes", question="is there a dog?")
