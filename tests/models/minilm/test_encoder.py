import json
import threading

import numpy as np
import pytest

from spex_core.errors import InputError, TextError
from spex_core.inputs.base import Masker
from spex_core.inputs.maskers.text import TextMasker
from spex_core.models.minilm import encoder as minilm
from spex_core.models.minilm.encoder import shared_encoder
from spex_core.models.minilm.weights import model_folder
from spex_core.models.registry import load_backend
from tests.support.places import ASSETS

EXAMPLES = ASSETS / "examples"
SHORT = ["", "x", "It is not bad at all.", "我喜欢 👨‍👩‍👧 café", "A fine film, " * 40, "[MASK] <b>bold</b>\r\n\x00"]
LONG = (EXAMPLES / "equipment_agreement.txt").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def encoder():
    return shared_encoder()


@pytest.fixture(scope="module")
def sentiment():
    return load_backend("minilm-sentiment")


def test_embeddings_are_those_of_sentence_transformers(encoder):
    package = pytest.importorskip("sentence_transformers")
    if encoder.dtype != "fp32":
        pytest.skip("this CPU computes in bf16, which is compared in test_minilm_network")
    reference = package.SentenceTransformer(str(model_folder()), device="cpu")
    expected = reference.encode(SHORT, show_progress_bar=False)
    np.testing.assert_allclose(encoder.embed(SHORT), expected, atol=1e-5)


def test_long_texts_are_read_to_the_end(encoder):
    full = encoder.embed([LONG])[0]
    assert np.linalg.norm(full) == pytest.approx(1)
    changed = encoder.embed([LONG[:-60] + "A completely different ending about penguins."])[0]
    assert 1 - full @ changed > 1e-3
    windows = encoder.windows(LONG)
    assert len(windows) == 4
    assert "".join(LONG[a:b] for a, b in windows) == LONG
    assert all(len(encoder.token_spans(LONG[a:b])) <= 254 for a, b in windows)


def test_a_long_text_is_the_token_weighted_mean_of_its_windows(encoder):
    parts = [LONG[a:b] for a, b in encoder.windows(LONG)]
    tokens = [len(encoder.token_spans(part)) + 2 for part in parts]
    rows = [[np.array(encoder.tokenizer.encode(part, add_special_tokens=False).ids)] for part in parts]
    sums = encoder._sums([row[0] for row in rows], {})
    mean = sums.sum(0) / sum(tokens)
    np.testing.assert_allclose(encoder.embed([LONG])[0], mean / np.linalg.norm(mean), atol=1e-12)


def test_one_encoder_serves_everyone(encoder):
    assert shared_encoder() is encoder
    assert load_backend("minilm-contrast", answer="x", against="y").encoder is encoder


@pytest.mark.parametrize("text", ["The first hour is slow, but the last scene is tender.", LONG[:1600]])
@pytest.mark.parametrize("masking", ["unk", "removal"])
def test_a_mask_has_one_value_whatever_else_is_asked(sentiment, text, masking):
    masker = TextMasker(text, "sentence" if len(text) > 1000 else "word", masking)
    masks = np.random.default_rng(0).random((4, masker.n_features)) < 0.5
    value = sentiment.value_function(masker)
    together = value(masks)
    assert value(masks).tobytes() == together.tobytes()
    assert sentiment.value_function(masker)(masks).tobytes() == together.tobytes()
    alone = np.concatenate([sentiment.value_function(masker)(mask[None]) for mask in masks[:2]])
    np.testing.assert_allclose(alone, together[:2], atol=1e-4)


def test_two_runs_at_once_do_not_disturb_each_other(sentiment):
    relevance = load_backend("minilm-relevance", query="fees")
    texts = ["The fee is due on Monday, and nobody may fire the kiln alone.", "Dull, then funny, then over."]
    masks = [np.random.default_rng(k).random((12, TextMasker(text).n_features)) < 0.5 for k, text in enumerate(texts)]
    functions = [sentiment.value_function(TextMasker(texts[0])), relevance.value_function(TextMasker(texts[1]))]
    expected = [f(m) for f, m in zip(functions, masks, strict=True)]
    found = [[], []]

    def run(k):
        for _ in range(2):
            found[k].append(functions[k](masks[k]))

    threads = [threading.Thread(target=run, args=(k,)) for k in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for k in (0, 1):
        assert len(found[k]) == 2
        assert all(values.tobytes() == expected[k].tobytes() for values in found[k])


def test_equal_windows_are_computed_once(sentiment, monkeypatch):
    masker = TextMasker(LONG, "paragraph")
    seen = []
    original = minilm.Encoder._run
    monkeypatch.setattr(minilm.Encoder, "_run", lambda self, rows: seen.extend(rows) or original(self, rows))
    masks = np.random.default_rng(0).random((16, masker.n_features)) < 0.5
    value = sentiment.value_function(masker)
    first = value(masks)
    assert len(seen) == len({row.tobytes() for row in seen}) < 16 * 4
    seen.clear()
    assert value(masks).tobytes() == first.tobytes()
    assert not seen


def test_batches_hold_about_a_second_of_work(sentiment):
    sizes = [sentiment.batch_size(TextMasker("word " * n)) for n in (1, 30, 100, 1000)]
    assert sizes == [256, 184, 56, 8]
    assert sentiment.batch_size(TextMasker("word " * 100, masking="removal")) == 112


def test_another_masker_is_scored_through_its_strings(sentiment):
    class Two(Masker):
        name = "two"
        labels = ("good", "bad")

        def apply(self, masks):
            return [" ".join(w for w, keep in zip(self.labels, mask, strict=True) if keep) for mask in masks]

    values = sentiment.value_function(Two())(np.array([[True, False], [False, True]]))
    np.testing.assert_allclose(values, sentiment.score(["good", "bad"]), atol=1e-6)
    assert sentiment.batch_size(Two()) == 64


def test_wrong_input_is_named(sentiment):
    with pytest.raises(InputError, match="entry 1 must be a string, not NoneType"):
        sentiment.score(["a", None])
    with pytest.raises(InputError, match=r"pass \[text\]"):
        sentiment.score("a")
    with pytest.raises(TextError, match="200,001 characters is above the limit of 200,000"):
        sentiment.score(["a" * 200_001])
    with pytest.raises(TextError, match="lone surrogate"):
        sentiment.score(["\ud800"])
    with pytest.raises(TextError, match="above the limit"):
        sentiment.token_spans("a" * 200_001)
    assert sentiment.score([]).shape == (0,)


@pytest.mark.parametrize(
    "entry", json.loads((EXAMPLES / "examples.json").read_text(encoding="utf-8")), ids=lambda e: e["id"]
)
def test_every_example_can_be_explained_as_it_stands(entry):
    text = entry["text"] if "text" in entry else (EXAMPLES / entry["file"]).read_text(encoding="utf-8")
    backend = load_backend(entry["model"], **entry["options"])
    masker = TextMasker(text, entry["unit"])
    assert np.isfinite(backend.score([text])).all()
    assert masker.n_features >= 1
    assert {"id", "title", "model", "options", "unit", "why"} <= set(entry)
