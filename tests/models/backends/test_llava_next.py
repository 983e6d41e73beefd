"""llava-next through the engine; the arithmetic is checked in tests/models/vision/test_model.py."""

import pytest

import spex_core
from spex_core.engine.explain import explain_image
from spex_core.inputs.maskers.image import ImageMasker
from spex_core.inputs.pictures import as_picture
from spex_core.models.backends.llava_next import LlavaNext
from spex_core.models.registry import load_backend
from spex_core.models.vision.forecast import DEFAULT_MODEL
from tests.support.places import SHARED
from tests.support.vision_models import make_model, picture

DOG = SHARED / "data" / "images" / "dog.png"
QUESTION = "is there a dog and a ball?"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return str(make_model(tmp_path_factory.mktemp("llava")))


def test_a_picture_is_explained_and_loaded_again_from_what_is_stored(folder):
    backend = load_backend("llava-next", model=folder, question=QUESTION, against="no")
    explanation = explain_image(picture(0), backend, (3, 2), budget=64)
    assert explanation.evaluations == 64
    assert explanation.faithfulness > 0.99  # every mask was measured
    stored = explanation.model.options
    assert set(stored) == {"model", "question", "against", "answer"}
    assert stored["answer"] == backend.reply(picture(0))
    again = load_backend(explanation.model.name, **stored)
    assert again.score([picture(0)])[0] == pytest.approx(explanation.output_full, abs=1e-5)
    assert spex_core.Explanation.from_json(explanation.to_json()).model == explanation.model


def test_the_forecast_knows_the_picture(folder):
    options = {"model": folder, "question": QUESTION}
    whole = LlavaNext.forecast(options, ImageMasker(picture(0)))
    assert whole.tokens == pytest.approx(130, abs=20)
    assert whole.flops > 1e8
    assert LlavaNext.forecast(options).tokens is None
    words = LlavaNext.forecast(options, ImageMasker(picture(0), question=QUESTION))
    assert words.tokens == whole.tokens


def test_a_model_is_named_by_default():
    default = next(option.default for option in LlavaNext.options if option.name == "model")
    assert default == DEFAULT_MODEL
    assert [option.name for option in LlavaNext.options if option.required] == ["question"]


@pytest.mark.skipif(not DOG.exists(), reason="the photograph is not beside this checkout")
def test_a_photograph_is_explained_end_to_end_with_published_picture_settings(tmp_path):
    folder = str(make_model(tmp_path, published=True))
    backend = load_backend("llava-next", model=folder, question=QUESTION, answer="yes", against="no")
    assert LlavaNext.forecast(backend.spec.options, ImageMasker(as_picture(DOG))).tokens > 1850
    explanation = explain_image(DOG, backend, grid=(8, 6), budget=25, estimator="banzhaf")
    assert explanation.n_features == 48
    assert explanation.evaluations == 25
    assert explanation.source.grid == (8, 6)
