import numpy as np
import pytest
import torch
from transformers import AutoModelForSequenceClassification

import spex_core
from spex_core.errors import InputError
from spex_core.inputs.maskers.text import TextMasker
from spex_core.models.folders import quiet
from spex_core.models.registry import backends, load_backend
from tests.support.language_models import LABELS, TEXT, classifier_tokenizer, save, save_classifier

TOPICS = ("sport", "politics", "film")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    with quiet():
        return save_classifier(tmp_path_factory.mktemp("distilbert"))


@pytest.fixture(scope="module")
def topics(tmp_path_factory):
    with quiet():
        return save_classifier(tmp_path_factory.mktemp("topics"), labels=TOPICS)


@pytest.fixture(scope="module")
def roberta(tmp_path_factory):
    with quiet():
        return save_classifier(tmp_path_factory.mktemp("roberta"), "roberta")


def plain_logits(folder, texts, kind="distilbert", precision="float32"):
    """One unpadded pass per text."""
    tokens = classifier_tokenizer(kind)
    with quiet(), torch.no_grad():
        network = AutoModelForSequenceClassification.from_pretrained(folder, dtype=getattr(torch, precision)).eval()
        network = network.float()
        return np.concatenate([network(**tokens(text, return_tensors="pt")).logits.double().numpy() for text in texts])


def masked(backend, masking, unit="word"):
    spans = backend.token_spans(TEXT) if unit == "token" else None
    masker = TextMasker(TEXT, unit, masking, token_spans=spans, mask_token=backend.mask_token)
    masks = np.random.default_rng(2).random((10, masker.n_features)) < 0.5
    masks[0], masks[1] = True, False
    return masker.apply(masks)


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
@pytest.mark.parametrize("unit", ["word", "sentence", "token"])
@pytest.mark.parametrize("masking", ["unk", "removal"])
def test_the_score_is_the_raw_logit(folder, masking, unit, precision):
    backend = load_backend("hf-classifier", model=folder, label="POSITIVE", precision=precision)
    texts = masked(backend, masking, unit)
    expected = plain_logits(folder, texts, precision=precision)[:, 1]
    np.testing.assert_allclose(backend.score(texts), expected, rtol=0, atol=1e-5)
    assert backend.unit == "logit"


def test_unknown_tokens_take_hidden_words_places(folder, roberta):
    assert load_backend("hf-classifier", model=folder, label="0").mask_token == "[UNK]"
    assert load_backend("hf-classifier", model=roberta, label="0").mask_token == "<unk>"


def test_a_run_says_what_stood_for_hidden_words_where_that_is_no_unknown_token(folder):
    backend = load_backend("hf-classifier", model=folder, label="0")
    text = "The film is not"
    assert not [note for note in spex_core.explain_text(text, backend, budget=16).notes if "unknown token" in note]
    backend.mask_token = "[MASK]"  # as `stand_in` finds it where the tokenizer has nothing else
    assert "“[MASK]”" in spex_core.explain_text(text, backend, budget=16).notes[-1]
    assert not [
        note
        for note in spex_core.explain_text(text, backend, budget=16, masking="removal").notes
        if "unknown token" in note
    ]


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_positions_that_begin_after_the_padding(roberta, precision):
    backend = load_backend("hf-classifier", model=roberta, label="POSITIVE", precision=precision)
    texts = ["Her acting never fails", "slow", "", "I cried at the end!"]
    expected = plain_logits(roberta, texts, "roberta", precision)[:, 1]
    np.testing.assert_allclose(backend.score(texts), expected, rtol=0, atol=1e-5)
    assert backend.classifier.longest == 64  # 66 positions, two of them the padding's


def test_log_odds_and_probability_by_definition(topics):
    texts = [TEXT, "the ball", ""]
    logits = plain_logits(topics, texts)
    shares = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    odds = load_backend("hf-classifier", model=topics, label="film", scale="log-odds")
    share = load_backend("hf-classifier", model=topics, label="film", scale="probability")
    np.testing.assert_allclose(odds.score(texts), np.log(shares[:, 2] / (1 - shares[:, 2])), atol=1e-5)
    np.testing.assert_allclose(share.score(texts), shares[:, 2], atol=1e-6)
    assert odds.toward == ("not film", "film")
    assert share.unit == "probability"


def test_labels_decided_each_on_its_own(tmp_path):
    with quiet():
        save_classifier(tmp_path, labels=TOPICS, problem_type="multi_label_classification")
    own = plain_logits(tmp_path, [TEXT])[0, 1]
    options = {"model": str(tmp_path), "label": "politics"}
    assert load_backend("hf-classifier", scale="log-odds", **options).score([TEXT])[0] == pytest.approx(own, abs=1e-5)
    share = load_backend("hf-classifier", scale="probability", **options).score([TEXT])[0]
    assert share == pytest.approx(1 / (1 + np.exp(-own)), abs=1e-6)


def test_one_number_is_scored_as_it_is(tmp_path):
    with quiet():
        save_classifier(tmp_path, labels=("LABEL_0",))
    backend = load_backend("hf-classifier", model=str(tmp_path))
    assert backend.score([TEXT])[0] == pytest.approx(plain_logits(tmp_path, [TEXT])[0, 0], abs=1e-5)
    assert (backend.unit, backend.toward) == ("score", ("lower", "higher"))
    with pytest.raises(InputError, match="predicts one number"):
        load_backend("hf-classifier", model=str(tmp_path), scale="probability")


def test_settling_takes_the_predicted_label(folder):
    backend = load_backend("hf-classifier", model=folder)
    with pytest.raises(InputError, match="no label is given; use one of NEGATIVE, POSITIVE"):
        backend.score([TEXT])
    for text in [TEXT, "slow", "the trolley would hit five people"]:
        settled = backend.settle(text)
        best = LABELS[plain_logits(folder, [text])[0].argmax()]
        assert settled.spec.options["label"] == best
        assert settled.toward[1] == best
        assert load_backend("hf-classifier", **settled.spec.options).score([text]) == settled.score([text])
    assert (
        load_backend("hf-classifier", model=folder, label="positive").settle(TEXT).spec.options["label"] == "POSITIVE"
    )


def test_labels_are_found_by_name_in_any_case_or_number(topics):
    texts = [TEXT]
    scores = {
        load_backend("hf-classifier", model=topics, label=label).score(texts)[0] for label in ("FILM", "film", "2")
    }
    assert len(scores) == 1
    with pytest.raises(InputError, match="has no label 'music'; it has: sport, politics, film"):
        load_backend("hf-classifier", model=topics, label="music")


def test_labels_that_share_a_name_are_told_apart_by_number(tmp_path):
    with quiet():
        save_classifier(tmp_path, labels=("film", "film", "sport", ""))
    options = {"model": str(tmp_path)}
    with pytest.raises(InputError, match=r"has 2 labels called 'film'; give the number of one: 0 or 1"):
        load_backend("hf-classifier", label="film", **options)
    logits = plain_logits(tmp_path, [TEXT])[0]
    for number in range(4):
        one = load_backend("hf-classifier", label=str(number), **options)
        assert one.score([TEXT])[0] == pytest.approx(logits[number], abs=1e-5)
        again = load_backend("hf-classifier", **one.settle(TEXT).spec.options)
        assert again.score([TEXT])[0] == one.score([TEXT])[0]
    assert load_backend("hf-classifier", label="sport", **options).settle(TEXT).spec.options["label"] == "sport"


def test_several_numbers_are_scored_as_they_are(tmp_path):
    with quiet():
        save_classifier(tmp_path, labels=TOPICS, problem_type="regression")
    options = {"model": str(tmp_path), "label": "sport"}
    assert np.isfinite(load_backend("hf-classifier", **options).score([TEXT])).all()
    for scale in ("probability", "log-odds"):
        with pytest.raises(InputError, match="predicts numbers, not labels"):
            load_backend("hf-classifier", scale=scale, **options)


def test_long_texts_are_refused_not_cut(folder):
    backend = load_backend("hf-classifier", model=folder, label="POSITIVE")
    with pytest.raises(InputError, match=r"a text of 602 tokens is too long: distilbert\d* reads at most 512"):
        backend.score(["the " * 600])
    assert np.isfinite(backend.score(["the " * 510])).all()


def test_another_kind_of_model_is_refused(tmp_path):
    with quiet():
        save(tmp_path, "llama")
    with pytest.raises(InputError, match=r"is not a model of this kind: score\.weight"):
        load_backend("hf-classifier", model=str(tmp_path))


def test_scales_are_checked_before_anything_is_loaded():
    with pytest.raises(InputError, match="scale='odds'"):
        load_backend("hf-classifier", scale="odds")


def test_a_run_from_end_to_end(folder):
    explanation = spex_core.explain_text("The film is not bad", load_backend("hf-classifier", model=folder), budget=40)
    assert explanation.evaluations == 32
    assert explanation.model.options["label"] in LABELS
    assert explanation.value_unit == "logit"


def test_forecast_needs_no_weights(folder):
    forecast = backends()["hf-classifier"].forecast({"model": folder}, TextMasker(TEXT))
    assert forecast.download_bytes == 0
    assert forecast.tokens == len(classifier_tokenizer()(TEXT)["input_ids"])
    assert forecast.problem == ""
