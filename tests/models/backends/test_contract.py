"""What every backend promises; a new file in spex_core/backends is checked by being there."""

import csv

import numpy as np
import pytest

from spex_core.engine.explain import explain_text
from spex_core.errors import InputError
from spex_core.inputs.maskers.image import ImageMasker
from spex_core.inputs.maskers.text import TextMasker
from spex_core.inputs.pictures import PictureQuestion
from spex_core.models.backends import scenes
from spex_core.models.base import Backend
from spex_core.models.registry import backends, load_backend
from tests.support import language_models, picture_classifiers, vision_models
from tests.support.places import SHARED

# Options that let a backend be loaded here; one that needs a server is listed as None and has its own test file.
OPTIONS = {
    "minilm-sentiment": {},
    "minilm-relevance": {"query": "how do bees find flowers?"},
    "minilm-contrast": {"answer": "a complaint", "against": "praise"},
    "minilm-pull": {"answer": "the tram rolls towards five people", "against": "the tram leaves five people behind"},
    "hf-causal-lm": {"question": "True or False: the film is good?", "answer": "True", "against": "False"},
    "hf-classifier": {"label": "POSITIVE"},
    "hf-image-classifier": {"label": "golden retriever"},
    "hf-image-text": {"answer": "is there a dog", "against": "a cat"},
    "llava-next": {"question": "is there a dog?", "answer": "yes", "against": "no"},
    "photo": {"label": "dog"},
    "openai": None,  # runs this contract against a server of its own, in test_openai.py
    "openai-image": None,  # in test_openai_image.py
    "reader": {"question": "Who owns the red boat?", "answer": "Ana", "against": "unknown"},
    "scenes": {"question": "is there a dog?", "answer": "yes", "against": "no"},
    "smollm2": {"question": "True or False: the film is good?", "answer": "True", "against": "False"},
    "switchyard": {"answer": "yes", "against": "no"},
    "switchyard-twin": {"answer": "yes", "against": "no"},
}
# One pass takes a tenth of a second and more of processor time: a few short cases each, for code that others share.
SLOW = {"smollm2"}
# Those that read a model from a folder get a small random one.
MODELS = {
    "hf-causal-lm": lambda folder: language_models.save(folder, "qwen2"),
    "hf-classifier": language_models.save_classifier,
    "hf-image-classifier": picture_classifiers.make_classifier,
    "hf-image-text": picture_classifiers.make_pair,
    "llava-next": vision_models.make_model,
}
ABSENT = {} if scenes.FOLDER.is_dir() else {"scenes": "assets/models/scenes is not in this checkout"}
PUZZLES = SHARED / "data" / "puzzles.csv"
TEXT = "The first hour is slow, but the last scene isn't: I cried."
ODD = [
    "<script>alert(1)</script> $x$ **b**",
    "👨‍👩‍👧 👍🏽",
    "זה סרט טוב מאוד",
    "我喜欢这部电影",
    "cafe\u0301\r\nnai\u0308ve",
    "[UNK] [SEP]!",
    "\x00",
]


def _loadable(modality):
    names = [
        name for name, kind in backends().items() if kind.modality == modality and OPTIONS.get(name, {}) is not None
    ]
    skip = {name: [pytest.mark.skip(reason=reason)] for name, reason in ABSENT.items()}
    return [pytest.param(name, marks=skip.get(name, [])) for name in names]


def _load(name, folders):
    options = dict(OPTIONS.get(name, {}))
    if name in MODELS:
        folder = folders.mktemp(name)
        MODELS[name](folder)
        options["model"] = str(folder)
    return load_backend(name, **options)


@pytest.fixture(scope="module", params=_loadable("text"))
def backend(request, tmp_path_factory):
    return _load(request.param, tmp_path_factory)


@pytest.fixture(scope="module", params=_loadable("image"))
def seer(request, tmp_path_factory):
    """A backend for pictures."""
    return _load(request.param, tmp_path_factory)


def test_every_backend_that_cannot_do_without_options_has_some_here():
    needing = {name for name, kind in backends().items() if any(option.required for option in kind.options)}
    assert set(OPTIONS) >= needing, "add the new backend to OPTIONS"


@pytest.mark.parametrize("kind", backends().values(), ids=lambda kind: kind.name)
def test_it_says_what_it_is(kind):
    assert kind.name == kind.name.lower()
    assert kind.title
    assert kind.summary.endswith(".")
    assert kind.modality in ("text", "image")
    assert kind.maskings
    assert (kind.__doc__ or "").strip()
    for option in kind.options:
        assert option.label
        assert option.help


@pytest.mark.parametrize("kind", backends().values(), ids=lambda kind: kind.name)
def test_unknown_and_missing_options_are_refused(kind):
    with pytest.raises(InputError, match="has no option 'tempo'"):
        load_backend(kind.name, tempo="fast")
    if any(option.required for option in kind.options):
        with pytest.raises(InputError, match=f"{kind.name} needs"):
            load_backend(kind.name)


def _check_fingerprint(backend, whole):
    of_code_alone = backend.name not in OPTIONS and type(backend).fingerprint is Backend.fingerprint
    assert len(backend.fingerprint) > 40 or of_code_alone  # a digest or a commit, not the name alone
    assert backend.settle(whole).fingerprint == backend.fingerprint


def test_the_fingerprint_says_which_weights_read_texts(backend):
    _check_fingerprint(backend, TEXT)


def _check_settling_again(backend, whole, other, monkeypatch):
    settled = backend.settle(whole)
    monkeypatch.setattr(type(backend), "reply", None)
    monkeypatch.setattr(type(backend), "score", None)
    again = settled.settle(other)
    assert (again.spec, again.unit, again.toward) == (settled.spec, settled.unit, settled.toward)


def test_what_is_settled_is_not_asked_again_about_texts(backend, monkeypatch):
    _check_settling_again(backend, TEXT, TEXT[:20], monkeypatch)


def test_the_fingerprint_says_which_weights_read_pictures(seer):
    _check_fingerprint(seer, vision_models.picture())


def test_what_is_settled_is_not_asked_again_about_pictures(seer, monkeypatch):
    _check_settling_again(seer, vision_models.picture(), vision_models.picture(1), monkeypatch)


def _check_words(backend):
    assert backend.unit
    assert len(backend.toward) == 2
    assert all(backend.toward)
    assert backend.toward[0] != backend.toward[1]
    assert backend.mask_token


def test_its_words_suit_a_sentence(backend):
    _check_words(backend)


def test_scores_are_finite_floats_one_per_input(backend):
    scores = backend.score([TEXT, *ODD, ""])
    assert scores.shape == (len(ODD) + 2,)
    assert scores.dtype == np.float64
    assert np.isfinite(scores).all()
    assert np.unique(scores).size > 1
    assert backend.score([]).shape == (0,)


def test_what_is_not_text_is_refused(backend):
    with pytest.raises(InputError):
        backend.score([3])


def test_scores_do_not_depend_on_their_neighbours(backend):
    texts = [TEXT, "short", TEXT * 3]
    together = backend.score(texts)
    np.testing.assert_allclose([backend.score([text])[0] for text in texts], together, atol=1e-3)
    assert backend.score(texts).tobytes() == together.tobytes()


@pytest.mark.parametrize("unit", ["word", "sentence", "token"])
@pytest.mark.parametrize("text", [TEXT, *ODD[:-1]])
def test_masks_score_as_the_masked_texts_do(backend, text, unit):
    if backend.name in SLOW and (text, unit) != (TEXT, "sentence"):
        pytest.skip("its code is that of hf-causal-lm")
    spans = backend.token_spans(text)
    if unit == "token" and spans is None:
        pytest.skip("no tokenizer")
    found, texts = [], [text]
    for masking in backend.maskings:
        masker = TextMasker(text, unit, masking, token_spans=spans)
        masks = np.random.default_rng(0).random((8, masker.n_features)) < 0.5
        masks[0] = True
        masks[1] = False
        values = backend.value_function(masker)(masks)
        assert values.shape == (8,)
        assert values.dtype == np.float64
        assert np.isfinite(values).all()
        assert backend.value_function(masker)(masks).tobytes() == values.tobytes()
        found.append(values)
        texts += masker.apply(masks)
    whole, *scores = backend.score(texts)
    np.testing.assert_allclose(np.concatenate(found), scores, atol=1e-4)
    # The same text in a batch of another shape: 30 layers in float32 round it by 1e-5, which says nothing.
    np.testing.assert_allclose(
        [values[0] for values in found], whole, rtol=1e-6, atol=1e-4 if backend.name in SLOW else 1e-5
    )


def test_batches_are_of_a_sane_size(backend):
    for masking in backend.maskings:
        assert 1 <= backend.batch_size(TextMasker(TEXT, masking=masking)) <= 1024
        assert 1 <= backend.batch_size(TextMasker("word " * 1000, masking=masking)) <= 64


def test_token_spans_describe_the_text(backend):
    spans = backend.token_spans(TEXT)
    if spans is not None:
        assert spans == sorted(spans)
        assert "".join(TEXT[a:b] for a, b in spans).replace(" ", "") == TEXT.replace(" ", "")


PICTURES = [vision_models.picture(seed, size) for seed, size in enumerate([(128, 96), (200, 40), (30, 90), (5, 5)])]


def test_words_about_a_picture_suit_a_sentence(seer):
    _check_words(seer)
    assert bool(seer.question) == (seer.words_option in [option.name for option in seer.options])


def test_pictures_score_finite_floats_one_per_input(seer):
    scores = seer.score([*PICTURES, PictureQuestion(PICTURES[0], "is there a ball?"), PictureQuestion(PICTURES[1])])
    assert scores.shape == (6,)
    assert scores.dtype == np.float64
    assert np.isfinite(scores).all()
    different = 1 + int((np.diff(np.sort(scores)) > 1e-4).sum())  # the last digits hang on the size of a batch
    assert different == (5 if seer.question else 4)
    assert scores[5] == pytest.approx(scores[1], abs=1e-5)
    assert seer.score([]).shape == (0,)


@pytest.mark.parametrize("thing", [3, "picture.png", None, b"PNG"])
def test_what_is_no_picture_is_refused(seer, thing):
    with pytest.raises(InputError):
        seer.score([thing])


def test_scores_of_pictures_do_not_depend_on_their_neighbours(seer):
    together = seer.score(PICTURES)
    np.testing.assert_allclose([seer.score([one])[0] for one in PICTURES], together, atol=1e-4)
    assert seer.score(PICTURES).tobytes() == together.tobytes()


@pytest.mark.parametrize("question", ["", "is there a dog and a ball?"])
def test_masks_score_as_the_masked_pictures_do(seer, question):
    image = PICTURES[0]
    for masking in seer.maskings:
        masker = ImageMasker(image, (4, 3), masking, question, seer.mask_token)
        masks = np.random.default_rng(0).random((8, masker.n_features)) < 0.5
        masks[0] = True
        masks[1] = False
        values = seer.value_function(masker)(masks)
        assert values.shape == (8,)
        assert values.dtype == np.float64
        assert np.isfinite(values).all()
        np.testing.assert_allclose(values, seer.score(masker.apply(masks)), atol=1e-5)
        whole = PictureQuestion(image, question) if question else image
        assert values[0] == pytest.approx(seer.score([whole])[0], abs=1e-5)
        assert seer.value_function(masker)(masks).tobytes() == values.tobytes()
        assert 1 <= seer.batch_size(masker) <= 256
    assert image.tobytes() == vision_models.picture(0).tobytes()


def test_it_answers_and_settles(seer):
    assert seer.reply(PICTURES[0]) == seer.reply(PICTURES[0])
    settled = seer.settle(PICTURES[0])
    assert settled.score(PICTURES).tobytes() == seer.score(PICTURES).tobytes()  # an answer was given


@pytest.mark.skipif(not PUZZLES.exists(), reason="the puzzles of the paper are not beside this checkout")
def test_the_puzzles_of_the_paper_are_explained(backend):
    if backend.name in SLOW:
        pytest.skip("its code is that of hf-causal-lm")
    with PUZZLES.open(encoding="utf-8", newline="") as file:
        contexts = [row["context"] for row in csv.DictReader(file)]
    for context in contexts:
        explanation = explain_text(context, backend, unit="sentence", budget=8)
        assert explanation.n_features >= 2
        assert np.isfinite(explanation.predict(np.ones((1, explanation.n_features), dtype=bool))).all()
