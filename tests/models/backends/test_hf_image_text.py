"""hf-image-text on small random CLIP and SigLIP folders; the contract of all backends is checked elsewhere."""

import json

import numpy as np
import pytest

import spex_core
from spex_core.errors import InputError
from spex_core.inputs.pictures import PictureQuestion
from spex_core.models.registry import load_backend
from tests.support.picture_classifiers import make_classifier, make_pair
from tests.support.vision_models import picture

PICTURES = [picture(0), picture(1), picture(2, (200, 40))]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return make_pair(tmp_path_factory.mktemp("clip"))


@pytest.mark.parametrize("kind", ["clip", "siglip"])
def test_logits_are_those_of_the_model_itself(kind, tmp_path):
    import torch
    import transformers

    make_pair(tmp_path, kind)
    tokenizer = transformers.AutoTokenizer.from_pretrained(tmp_path)
    processor = transformers.AutoImageProcessor.from_pretrained(tmp_path)
    network = transformers.AutoModel.from_pretrained(tmp_path).eval()
    padded = {"padding": "max_length", "max_length": 16} if kind == "siglip" else {}
    ids = [tokenizer(text, return_tensors="pt", **padded)["input_ids"] for text in ("a red dog", "a cat")]
    with torch.inference_mode():
        expected = np.array(
            [
                [
                    float(
                        network(
                            input_ids=text, pixel_values=processor(one, return_tensors="pt")["pixel_values"]
                        ).logits_per_image
                    )
                    for text in ids
                ]
                for one in PICTURES
            ]
        )
    alone = load_backend("hf-image-text", model=str(tmp_path), answer="a red dog").score(PICTURES)
    assert np.ptp(alone) > 1e-3
    np.testing.assert_allclose(alone, expected[:, 0], atol=1e-4)
    both = load_backend("hf-image-text", model=str(tmp_path), answer="a red dog", against="a cat")
    np.testing.assert_allclose(both.score(PICTURES), expected[:, 0] - expected[:, 1], atol=1e-4)
    assert np.ptp(expected[:, 0] - expected[:, 1]) > 1e-4


def test_words_of_the_sentence_are_features_beside_the_patches(folder):
    backend = load_backend("hf-image-text", model=folder, answer="a red dog", against="a cat")
    assert (backend.unit, backend.toward, backend.question) == ("log-odds", ("“a cat”", "“a red dog”"), "a red dog")
    explanation = spex_core.explain_image(picture(0), backend, grid=(2, 1), budget=32, question_words=True)
    assert explanation.features == ("A1", "A2", "a", "red", "dog")
    masked = PictureQuestion(picture(0), f"a {backend.mask_token} dog")
    kept = np.array([[True, True, True, False, True]])
    assert explanation.predict(kept)[0] == pytest.approx(backend.score([masked])[0], abs=1e-4)
    from spex_core.views.answer import answer
    from spex_core.views.shown import Shown

    said = str(answer(Shown(explanation, "FBII", None)))
    assert said.startswith("hf-image-text says “a ")


def test_one_sentence_has_a_logit(folder):
    backend = load_backend("hf-image-text", model=folder, answer="a dog")
    assert (backend.unit, backend.toward) == ("logit", ("not “a dog”", "“a dog”"))


def test_a_hidden_word_never_ends_the_sentence(tmp_path):
    make_pair(tmp_path)
    settings = json.loads((tmp_path / "tokenizer_config.json").read_text())
    (tmp_path / "tokenizer_config.json").write_text(json.dumps({**settings, "unk_token": "</s>"}))
    assert load_backend("hf-image-text", model=str(tmp_path), answer="a dog").mask_token == "..."


def test_what_cannot_be_compared_is_one_sentence(folder, tmp_path):
    with pytest.raises(InputError, match="needs answer"):
        load_backend("hf-image-text", model=folder)
    with pytest.raises(InputError, match="'a dog' against itself"):
        load_backend("hf-image-text", model=folder, answer="a dog", against=" a dog ")
    with pytest.raises(InputError, match=r"a sentence of 42 tokens is too long: .* reads 16; shorten it"):
        load_backend("hf-image-text", model=folder, answer="dog " * 40)
    make_classifier(tmp_path)
    with pytest.raises(InputError, match="of type 'vit'; this backend compares pictures and texts by CLIP or SigLIP"):
        load_backend("hf-image-text", model=str(tmp_path), answer="a dog")
    kind = spex_core.models.registry.backends()["hf-image-text"]
    assert "CLIP or SigLIP" in kind.forecast({"model": str(tmp_path)}).problem
    assert kind.forecast({"model": folder}).problem == ""
