"""The built-in picture model: what it is asked, how well it answers; its explanations: tests/truth/test_scenes.py."""

import numpy as np
import pytest

from spex_core.engine.explain import explain_image
from spex_core.errors import ModelError
from spex_core.models.backends import scenes
from spex_core.models.registry import load_backend
from spex_core.toys.scenes.questions import ask, view
from spex_core.toys.scenes.world import draw, random_scene
from tests.support.places import SHARED
from tests.support.vision_models import picture

DOG = SHARED / "data" / "images" / "dog.png"


def test_it_needs_a_question_only_and_runs_alike_everywhere():
    backend = load_backend("scenes", question="is there a dog and a ball?", answer="yes", against="no")
    assert (backend.model.device, backend.model.dtype) == ("cpu", "float32")
    assert (backend.unit, backend.toward) == ("log-odds", ("“no”", "“yes”"))
    assert backend.model.pixels.table is not None
    assert np.isfinite(backend.score([picture(0)])).all()


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


@pytest.mark.parametrize(("kind", "least"), [("presence", 0.97), ("joint presence", 0.97), ("colour", 0.95)])
def test_it_answers_right_on_scenes_it_has_not_seen(kind, least):
    """Through the processor and the batches of the app, a drawing as large as the page's; one question per scene."""
    right = asked = 0
    seed = 8_000_000  # no lesson uses it
    while asked < 100:
        seed += 1
        rng = np.random.default_rng(seed)
        scene = random_scene(rng)
        question = ask(view(scene), kind, rng)
        if question is None:
            continue
        asked += 1
        right += load_backend("scenes", question=question.text).reply(draw(scene, 256)) == question.answer
    assert right >= least * asked


@pytest.mark.skipif(not DOG.exists(), reason="the photograph is not beside this checkout")
def test_a_photograph_is_explained_end_to_end():
    backend = load_backend("scenes", question="what is shown?")
    explanation = explain_image(DOG, backend, grid=(8, 6), budget=60)
    assert explanation.n_features == 48
    assert explanation.evaluations == 60
    assert explanation.features[:2] == ("A1", "A2")
    assert np.isfinite(explanation.faithfulness)
    assert explanation.model.options["answer"]  # whatever it is
