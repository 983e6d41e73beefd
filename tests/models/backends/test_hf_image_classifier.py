"""hf-image-classifier on small random folders of each kind; the contract of all backends is checked elsewhere."""

import json
import shutil

import numpy as np
import pytest

import spex_core
from spex_core.errors import InputError, ModelError
from spex_core.models.registry import load_backend
from tests.support.picture_classifiers import KINDS, LABELS, make_classifier
from tests.support.vision_models import picture


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return make_classifier(tmp_path_factory.mktemp("vit"))


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_gives_the_log_odds_of_its_own_pipeline(kind, tmp_path):
    import torch
    import transformers

    make_classifier(tmp_path, kind)
    pictures = [picture(0), picture(1), picture(2, (200, 40))]
    processor = transformers.AutoImageProcessor.from_pretrained(tmp_path)
    network = transformers.AutoModelForImageClassification.from_pretrained(tmp_path).eval()
    with torch.inference_mode():
        logits = torch.cat([network(**processor(one, return_tensors="pt")).logits for one in pictures]).double()
    expected = (logits[:, 1] - logits[:, [0, 2]].logsumexp(1)).numpy()
    backend = load_backend("hf-image-classifier", model=str(tmp_path), label="golden retriever")
    found = backend.score(pictures)
    assert np.ptp(found) > 1e-3
    np.testing.assert_allclose(found, expected, atol=1e-4)


def test_a_run_from_end_to_end_names_what_it_sees(folder):
    backend = load_backend("hf-image-classifier", model=folder)
    seen = backend.guesses(picture(0))
    assert sorted(guess.name for guess in seen) == sorted(LABELS)
    assert sum(guess.probability for guess in seen) == pytest.approx(1)
    explanation = spex_core.explain_image(picture(0), backend, grid=(2, 2), budget=16)
    assert explanation.model.options == {"model": folder, "label": seen[0].name}
    assert explanation.toward == (f"not {seen[0].name}", seen[0].name)


def test_classes_are_found_by_part_of_a_name_and_told_before_loading(folder):
    kind = spex_core.models.registry.backends()["hf-image-classifier"]
    assert kind.known_classes({"model": folder}).names == list(LABELS)
    assert kind.known_classes({"model": "nobody/nothing"}) is None
    assert load_backend("hf-image-classifier", model=folder, label="tinca").target.name == LABELS[0]
    assert load_backend("hf-image-classifier", model=folder, label="tabby", against="tench").other.name == LABELS[0]
    with pytest.raises(InputError, match="knows no 'dog'; it knows: tench"):
        load_backend("hf-image-classifier", model=folder, label="dog")


def test_two_classes_are_each_others_opposite(tmp_path):
    make_classifier(tmp_path, labels=("cat", "dog"))
    backend = load_backend("hf-image-classifier", model=str(tmp_path), label="dog")
    assert backend.toward == ("cat", "dog")


def test_classes_decided_each_on_its_own(tmp_path):
    make_classifier(tmp_path, problem_type="multi_label_classification")
    backend = load_backend("hf-image-classifier", model=str(tmp_path), label="tabby cat")
    logits = backend.logits([picture(0)])
    assert backend.score([picture(0)])[0] == pytest.approx(logits[0, 2])
    chances = {guess.name: guess.probability for guess in backend.guesses(picture(0))}
    assert chances["tabby cat"] == pytest.approx(1 / (1 + np.exp(-logits[0, 2])))


def _broken(folder, tmp_path, change):
    copy = tmp_path / "broken"
    shutil.copytree(folder, copy)
    change(copy)
    return str(copy)


def _rewrite(name, **changes):
    def change(folder):
        path = folder / name
        path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))

    return change


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda folder: (folder / "preprocessor_config.json").unlink(), "has no readable preprocessor_config.json"),
        (lambda folder: (folder / "model.safetensors").unlink(), "has no safetensors weights"),
        (lambda folder: (folder / "config.json").unlink(), "has no readable config.json"),
        (_rewrite("config.json", model_type="bert"), "of type 'bert', which is no classifier of pictures"),
        (_rewrite("config.json", problem_type="regression"), "predicts a number, not classes"),
        (_rewrite("config.json", num_hidden_layers=3), "not a model of this kind"),
        (_rewrite("config.json", patch_size=0), "no model of pictures that can be built"),
        (_rewrite("preprocessor_config.json", size={"height": 10**9, "width": 10}), r"size 1e\+09; 1 to 4,096"),
        (_rewrite("preprocessor_config.json", auto_map={"AutoImageProcessor": "own.Own"}), "brings code of its own"),
    ],
)
def test_what_is_wrong_with_a_folder_is_one_sentence(folder, tmp_path, change, says):
    broken = _broken(folder, tmp_path, change)
    with pytest.raises((InputError, ModelError), match=says) as caught:
        load_backend("hf-image-classifier", model=broken)
    assert "\n" not in str(caught.value)


def test_forecast_needs_no_weights(folder, tmp_path):
    kind = spex_core.models.registry.backends()["hf-image-classifier"]
    found = kind.forecast({"model": folder})
    assert found.problem == ""
    assert found.download_bytes == 0
    assert found.memory_bytes > 0
    wrong = _broken(folder, tmp_path, _rewrite("config.json", model_type="bert"))
    assert "no classifier of pictures" in kind.forecast({"model": wrong}).problem
