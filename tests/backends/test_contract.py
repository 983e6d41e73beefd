"""What every backend promises; a new file in spex_core/backends is checked by being there."""

import numpy as np
import pytest

from spex_core.errors import InputError
from spex_core.maskers.text import TextMasker
from spex_core.registry import backends, load_backend

# Options that let a backend be loaded here; one that needs a model on disk or a server is listed as None and has its
# own test file.
OPTIONS = {
    "minilm-sentiment": {},
    "minilm-relevance": {"query": "how do bees find flowers?"},
    "minilm-contrast": {"answer": "a complaint", "against": "praise"},
}
TEXT = "The first hour is slow, but the last scene isn't: I cried."
ODD = [
    "<script>alert(1)</script> $x$ **b**",
    "👨‍👩‍👧 👍🏽",
    "זה סרט טוב מאוד",
    "我喜欢这部电影",
    "cafe\u0301\r\nnai\u0308ve",
    "[UNK] [SEP]",
    "\x00",
]

LOADABLE = [name for name in backends() if OPTIONS.get(name) is not None and backends()[name].modality == "text"]


@pytest.fixture(scope="module", params=LOADABLE)
def backend(request):
    return load_backend(request.param, **OPTIONS[request.param])


def test_every_backend_is_listed_here():
    assert set(OPTIONS) >= set(backends()), "add the new backend to OPTIONS"


@pytest.mark.parametrize("kind", backends().values(), ids=lambda kind: kind.name)
def test_it_says_what_it_is(kind):
    assert kind.name == kind.name.lower()
    assert kind.title
    assert kind.summary.endswith(".")
    assert kind.modality in ("text", "image")
    assert kind.maskings
    assert (kind.__doc__ or "").strip()


@pytest.mark.parametrize("kind", backends().values(), ids=lambda kind: kind.name)
def test_unknown_and_missing_options_are_refused(kind):
    with pytest.raises(InputError, match="has no option 'tempo'"):
        load_backend(kind.name, tempo="fast")
    if any(option.required for option in kind.options):
        with pytest.raises(InputError, match=f"{kind.name} needs"):
            load_backend(kind.name)


def test_its_words_suit_a_sentence(backend):
    assert backend.unit
    assert len(backend.toward) == 2
    assert all(backend.toward)
    assert backend.toward[0] != backend.toward[1]


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
    spans = backend.token_spans(text)
    if unit == "token" and spans is None:
        pytest.skip("no tokenizer")
    for masking in backend.maskings:
        masker = TextMasker(text, unit, masking, token_spans=spans)
        masks = np.random.default_rng(0).random((8, masker.n_features)) < 0.5
        masks[0] = True
        masks[1] = False
        values = backend.value_function(masker)(masks)
        assert values.shape == (8,)
        assert values.dtype == np.float64
        np.testing.assert_allclose(values, backend.score(masker.apply(masks)), atol=1e-4)
        assert values[0] == pytest.approx(backend.score([text])[0], abs=1e-6)
        assert backend.value_function(masker)(masks).tobytes() == values.tobytes()
        assert np.isfinite(values).all()


def test_batches_are_of_a_sane_size(backend):
    for masking in backend.maskings:
        assert 1 <= backend.batch_size(TextMasker(TEXT, masking=masking)) <= 1024
        assert 1 <= backend.batch_size(TextMasker("word " * 1000, masking=masking)) <= 64


def test_token_spans_describe_the_text(backend):
    spans = backend.token_spans(TEXT)
    if spans is not None:
        assert spans == sorted(spans)
        assert "".join(TEXT[a:b] for a, b in spans).replace(" ", "") == TEXT.replace(" ", "")
