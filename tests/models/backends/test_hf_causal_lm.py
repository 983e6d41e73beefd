"""Scores of causal language models against the definition: one plain, unbatched forward pass each."""

import threading
import warnings
from functools import lru_cache

import numpy as np
import pytest
import torch
from transformers import AutoModelForCausalLM

import spex_core
from spex_core.errors import InputError, ModelError
from spex_core.inputs.maskers.text import TextMasker
from spex_core.models.folders import quiet
from spex_core.models.language.causal import ANSWER_TOKENS, LanguageModel
from spex_core.models.registry import backends, load_backend
from spex_core.models.shared import shared
from tests.support.language_models import INSTRUCTION, KINDS, QUESTION, TEXT, plain_log_probability, save, tokenizer

LONG = "True, because I cried at the end of it."


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    with quiet():
        return {kind: save(tmp_path_factory.mktemp(kind), kind) for kind in KINDS}


@pytest.fixture(autouse=True)
def _nothing_stays_in_bfloat16():
    """Precision "auto", which most tests ask for, keeps to the one in which a model is loaded already."""
    yield
    if any("bfloat16" in key for key in shared._recent):
        shared.release()


def load(folders, kind, **options):
    given = {"instruction": INSTRUCTION, "question": QUESTION, "answer": "True", "against": "False", **options}
    return load_backend("hf-causal-lm", model=folders[kind], **given)


@lru_cache(maxsize=2)
def reference(folder, precision):
    """The stored weights, rounded to `precision`, in float32 arithmetic."""
    with quiet():
        return AutoModelForCausalLM.from_pretrained(folder, dtype=getattr(torch, precision)).eval().float()


def masked(backend, masking, unit="word", rows=12):
    spans = backend.token_spans(TEXT) if unit == "token" else None
    masker = TextMasker(TEXT, unit, masking, token_spans=spans, mask_token=backend.mask_token)
    masks = np.random.default_rng(1).random((rows, masker.n_features)) < 0.5
    masks[0], masks[1] = True, False
    return masker.apply(masks)


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
@pytest.mark.parametrize("template", ["chat", "plain"])
@pytest.mark.parametrize("kind", KINDS)
def test_scores_are_those_of_plain_passes(folders, kind, template, precision):
    backend = load(folders, kind, answer=LONG, against="", template=template, precision=precision)
    assert backend.language.precision == precision
    network = reference(folders[kind], precision)
    (answer,) = backend._answers
    assert len(answer) > 5
    for masking, unit in [("unk", "word"), ("removal", "word"), ("filler", "word"), ("removal", "token")]:
        texts = masked(backend, masking, unit, 8)
        prompts = backend.prompter.ids(texts)
        assert len(set(map(len, prompts))) > 1  # so there is padding
        expected = [plain_log_probability(network, prompt, answer) for prompt in prompts]
        np.testing.assert_allclose(backend.score(texts), expected, rtol=0, atol=1e-4)
    assert backend.language._prefix[1] is not None  # the shared beginning was read once


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("unit", ["sentence", "token"])
def test_log_odds_are_the_difference_of_two_plain_passes(folders, kind, unit):
    backend = load(folders, kind, answer="True, yes", against="False")
    network = reference(folders[kind], "float32")
    texts = masked(backend, "unk", unit, 4)
    expected = [
        plain_log_probability(network, prompt, backend._answers[0])
        - plain_log_probability(network, prompt, backend._answers[1])
        for prompt in backend.prompter.ids(texts)
    ]
    np.testing.assert_allclose(backend.score(texts), expected, rtol=0, atol=1e-4)


def test_the_sum_runs_over_the_answers_characters(folders):
    """log p of an answer is that of its beginning plus that of the rest: the chain rule, on one's own."""
    backend = load(folders, "qwen2", answer=LONG, against="")
    (answer,) = backend._answers
    (prompt,) = backend.prompter.ids([TEXT])
    language = backend.language
    whole = language.log_probabilities([prompt], [answer])[0, 0]
    parts = [language.log_probabilities([[*prompt, *answer[:k]]], [[token]])[0, 0] for k, token in enumerate(answer)]
    assert whole == pytest.approx(sum(parts), abs=1e-4)


def test_all_one_token_answers_together_have_probability_one(folders):
    backend = load(folders, "olmo2")
    vocabulary = [[token] for token in range(backend.language._vocabulary)]
    logs = backend.language.log_probabilities(backend.prompter.ids([TEXT, "..."]), vocabulary, backend.prompter.prefix)
    np.testing.assert_allclose(np.exp(logs).sum(1), 1, atol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_scores_do_not_depend_on_their_neighbours(folders, kind):
    backend = load(folders, kind)
    texts = [TEXT, "short", TEXT * 2, ""]
    together = backend.score(texts)
    np.testing.assert_allclose([backend.score([text])[0] for text in texts], together, rtol=0, atol=1e-5)
    np.testing.assert_allclose(backend.score(texts[::-1])[::-1], together, rtol=0, atol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_a_prompt_that_is_all_prefix_leaves_a_token_to_read(folders, kind):
    backend = load(folders, kind)
    (prompt,) = backend.prompter.ids([TEXT])
    answers = [backend.prompter.answer_ids(LONG), [7]]
    network = reference(folders[kind], "float32")
    expected = [plain_log_probability(network, prompt, answer) for answer in answers]
    found = backend.language.log_probabilities([prompt, prompt], answers, prompt)
    np.testing.assert_allclose(found, [expected, expected], rtol=0, atol=1e-4)


def test_words_moved_to_another_place_change_the_score(folders):
    backend = load(folders, "llama")
    a, b = backend.score(["not bad but slow", "slow but not bad"])
    assert abs(a - b) > 1e-3


def test_native_bfloat16_stays_within_its_own_rounding(folders):
    """As on a GPU: no route is exact there, but ours is no further from float32 than plain passes are (times two)."""
    backend = load(folders, "llama", answer=LONG, against="")
    with quiet():
        rounded = AutoModelForCausalLM.from_pretrained(folders["llama"], dtype=torch.bfloat16).eval()
    language = LanguageModel(rounded, tokenizer("llama"), "llama", "bfloat16", "cpu")
    prompts = backend.prompter.ids(masked(backend, "removal", rows=40))
    (answer,) = backend._answers
    ours = language.log_probabilities(prompts, [answer], backend.prompter.prefix)[:, 0]
    plain = np.array([plain_log_probability(rounded, prompt, answer) for prompt in prompts])
    network = reference(folders["llama"], "bfloat16")
    exact = np.array([plain_log_probability(network, prompt, answer) for prompt in prompts])
    assert np.abs(ours - exact).mean() <= 2 * np.abs(plain - exact).mean()


def test_several_threads_get_the_same_scores(folders):
    backend = load(folders, "mistral")
    texts = masked(backend, "removal")
    alone = backend.score(texts)
    found = {}
    threads = [threading.Thread(target=lambda k=k: found.update({k: backend.score(texts)})) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(found[k].tobytes() == alone.tobytes() for k in range(4))


@pytest.mark.parametrize("kind", KINDS)
def test_the_own_answer_is_the_greedy_one(folders, kind):
    backend = load(folders, kind, answer="", against="")
    (prompt,) = backend.prompter.ids([TEXT])
    with quiet():
        said = reference(folders[kind], "float32").generate(
            torch.tensor([prompt]),
            attention_mask=torch.ones(1, len(prompt), dtype=torch.long),
            max_new_tokens=ANSWER_TOKENS,
            do_sample=False,
            pad_token_id=0,
        )[0, len(prompt) :]
    expected = tokenizer(kind).decode(said, skip_special_tokens=True).rstrip("\ufffd").strip()
    assert backend.reply(TEXT) == expected


def test_settling_fixes_the_own_answer(folders):
    backend = load(folders, "qwen2", answer="", against="")
    with pytest.raises(InputError, match=r"backend.settle\(text\)"):
        backend.score([TEXT])
    settled = backend.settle(TEXT)
    answer = backend.reply(TEXT)
    assert settled.spec.options["answer"] == answer
    assert settled.toward == ("other answers", f"“{answer}”")
    assert backend.scale.answer == ""
    again = load_backend("hf-causal-lm", **settled.spec.options)
    assert again.score([TEXT, ""]).tobytes() == settled.score([TEXT, ""]).tobytes()
    assert again.language is backend.language  # one copy in memory
    assert settled.settle("another text").scale == settled.scale


def test_its_words_name_the_answers(folders):
    odds = load(folders, "llama")
    assert (odds.unit, odds.toward) == ("log-odds", ("“False”", "“True”"))
    assert load(folders, "llama", against=None).unit == "log-probability"
    share = load(folders, "llama", scale="probability")
    assert share.unit == "probability"
    np.testing.assert_allclose(share.score([TEXT]), 1 / (1 + np.exp(-odds.score([TEXT]))), rtol=1e-9)
    assert odds.question == QUESTION


def test_hidden_words_stand_as_the_models_own_token(folders):
    assert load(folders, "mistral").mask_token == "<unk>"
    assert load(folders, "llama").mask_token == "..."  # it has none


@pytest.mark.parametrize(
    ("kind", "masking", "says"), [("llama", "unk", ("“...”",)), ("llama", "removal", ()), ("mistral", "unk", ())]
)
def test_a_run_says_what_stood_for_hidden_words_where_that_is_no_unknown_token(folders, kind, masking, says):
    backend = load(folders, kind)
    assert backend.notes() == ()
    explanation = spex_core.explain_text("The film is not", backend, budget=16, estimator="exact", masking=masking)
    notes = [note for note in explanation.notes if "unknown token" in note]
    assert len(notes) == len(says)
    assert all(token in note for note, token in zip(notes, says, strict=True))


def test_a_run_from_end_to_end(folders):
    explanation = spex_core.explain_text(
        "The film is not bad", load(folders, "qwen2", answer="", against=""), budget=40, masking="filler", seed=1
    )
    assert explanation.evaluations == 32
    assert explanation.model.options["answer"]
    assert explanation.source.masking == "filler"
    assert explanation.value_unit == "log-probability"


def test_too_long_a_prompt_is_refused_with_both_numbers(folders):
    backend = load(folders, "olmo2")
    with pytest.raises(InputError, match=r"have [\d,]+ tokens and olmo2\d* reads at most 512; shorten the text"):
        backend.score(["film " * 600])


def test_memory_that_runs_out_halves_the_batch(folders):
    backend = load(folders, "llama", template="plain")
    language = backend.language
    texts = masked(backend, "removal")
    expected = backend.score(texts)
    whole = language._network

    class Small:
        device = whole.device

        def __init__(self, rows):
            self.rows = rows

        def __call__(self, **arguments):
            if len(arguments["input_ids"]) > self.rows:
                raise torch.OutOfMemoryError("no room")
            return whole(**arguments)

    try:
        language._network = Small(2)
        np.testing.assert_allclose(backend.score(texts), expected, rtol=0, atol=1e-5)
        language._network = Small(0)
        language._prefix = (tuple(backend.prompter.prefix), language._prefix[1])
        with pytest.raises(ModelError, match="ran out of memory on one prompt"):
            backend.score(texts)
    finally:
        language._network = whole


def test_batches_shrink_as_the_text_grows(folders):
    backend = load(folders, "llama")
    sizes = [backend.batch_size(TextMasker("word " * count)) for count in (5, 200, 1000)]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] <= 256
    assert sizes[-1] >= 4


def test_forecast_needs_no_weights(folders):
    kind = backends()["hf-causal-lm"]
    options = {"model": folders["mistral"], "question": QUESTION}
    forecast = kind.forecast(options, TextMasker(TEXT))
    backend = load(folders, "mistral", instruction="")
    assert forecast.download_bytes == 0
    assert forecast.tokens == len(backend.prompter.ids([TEXT])[0]) + len(backend.prompter.answer_ids("True"))
    assert forecast.flops > 0
    assert forecast.passes_per_second > 0
    assert forecast.problem == ""
    assert kind.forecast(options).tokens is None


def test_a_model_that_is_not_here_is_one_typed_line(monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with warnings.catch_warnings(), pytest.raises(ModelError, match="give a local folder") as caught:
        load_backend("hf-causal-lm", model="no-such-owner/no-such-model", answer="True")
    assert "\n" not in str(caught.value)
    assert "could not be downloaded" in str(caught.value)
    assert "give a local folder" in backends()["hf-causal-lm"].forecast({"model": "no-such-owner/no-such"}).problem
