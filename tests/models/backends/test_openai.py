"""openai: the scores are the server's exact log-probabilities, what is spent is told, and the key is nowhere."""

import json
import logging
import subprocess
import sys
import traceback

import numpy as np
import pytest

from spex_core.engine.explain import explain_text
from spex_core.errors import EndpointError, InputError
from spex_core.inputs.maskers.text import TextMasker
from spex_core.models.backends.openai import OpenAIEndpoint
from spex_core.models.base import ModelSpec
from spex_core.models.endpoint.wire.client import Patience
from spex_core.models.registry import load_backend
from spex_core.runs.manager import RunManager
from spex_core.runs.requests import TextRequest
from spex_core.runs.store.run_store import RunStore
from tests.models.backends.test_contract import (  # noqa: F401  # the contract, run here against a real server
    test_batches_are_of_a_sane_size,
    test_its_words_suit_a_sentence,
    test_masks_score_as_the_masked_texts_do,
    test_scores_are_finite_floats_one_per_input,
    test_scores_do_not_depend_on_their_neighbours,
    test_the_puzzles_of_the_paper_are_explained,
    test_token_spans_describe_the_text,
    test_what_is_not_text_is_refused,
)
from tests.support.endpoint_server import TinyModel, chat_prompt, serving
from tests.support.waiting import done

KEY = "sk-test-0123456789abcdef"
TEXT = "The first hour is slow, but the last scene isn't: I cried."
QUESTION = "True or False: is it good?"
TEXTS = [TEXT, "", "not a bad film", "[UNK] [UNK] film", "👍🏽 café\n\x00", "סרט"]


@pytest.fixture(scope="module")
def server():
    with serving() as running:
        yield running


@pytest.fixture(autouse=True)
def _well_behaved(server, monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    server.behaviour.__init__()
    server.seen.clear()


@pytest.fixture(scope="module", params=["chat", "completions", "echo"])
def backend(request, server):
    return _load(server, mode=request.param, answer="True", against="False")


def _load(server, **options):
    backend = load_backend("openai", **{"url": server.url, "model": "tiny", "question": QUESTION, **options})
    backend.scorer.endpoint.patience = Patience(silence=2, call=10, batch=20, retries=2)
    return backend


def _slow(backend):
    """As if its server took a second per call."""
    backend.scorer.prepare()
    backend.scorer.latency = 1.0
    return backend


def _prompt(text, mode):
    if mode == "chat":
        return chat_prompt([{"role": "user", "content": f"{text.strip()}\n\n{QUESTION}"}])
    return f"{text.strip()}\n\n{QUESTION}\nAnswer:"


def _first(answer, prompt, count=20):
    """Log-probability of the answer's spellings among the most likely tokens; the smallest there where it has none."""
    top = TinyModel.top(prompt, count)
    spelled = [value for token, value in top if token.strip() == answer]
    return float(np.logaddexp.reduce(spelled)) if spelled else top[-1][1]


@pytest.mark.parametrize("mode", ["chat", "completions"])
def test_first_tokens_score_exactly_what_the_model_gives_them(server, mode):
    backend = _load(server, mode=mode, answer="True", against="False").settle(TEXT)
    prompts = [_prompt(text, mode) for text in TEXTS]
    expected = [_first("True", prompt) - _first("False", prompt) for prompt in prompts]
    np.testing.assert_allclose(backend.score(TEXTS), expected, atol=1e-9)
    assert backend.floored == 0
    assert (backend.unit, backend.toward) == ("log-odds", ("“False”", "“True”"))
    alone = _load(server, mode=mode, answer="True", scale="probability").settle(TEXT)
    np.testing.assert_allclose(alone.score(TEXTS), np.exp([_first("True", prompt) for prompt in prompts]), atol=1e-9)
    assert alone.unit == "probability"


def test_echo_scores_whole_answers_exactly(server):
    server.behaviour.head = "<s>"
    answer, other = "a good film", "not good"
    backend = _load(server, mode="echo", answer=answer, against=other).settle(TEXT)
    prompts = [_prompt(text, "echo") for text in TEXTS]
    expected = [TinyModel.answer(f" {answer}", p) - TinyModel.answer(f" {other}", p) for p in prompts]
    np.testing.assert_allclose(backend.score(TEXTS), expected, atol=1e-9)
    single = _load(server, mode="echo", answer=answer).settle(TEXT)
    np.testing.assert_allclose(single.score(TEXTS), [TinyModel.answer(f" {answer}", p) for p in prompts], atol=1e-9)
    assert single.unit == "log-probability"
    assert single.notes() == ()


def test_an_answer_below_the_tokens_returned_is_bounded_and_counted(server):
    server.behaviour.always = "truncated"  # 13 of 20, as llama-cpp-python does
    backend = _load(server, answer="True", against="never").settle(TEXT)
    values = backend.score([*TEXTS, TEXT])
    floored = 0
    for value, text in zip(values, [*TEXTS, TEXT], strict=True):
        prompt = _prompt(text, "chat")
        assert value == pytest.approx(_first("True", prompt, 13) - _first("never", prompt, 13))
        floored += not any(token.strip() == "never" for token, _ in TinyModel.top(prompt, 13))
        assert _first("never", prompt, 13) >= TinyModel.of("never", prompt)
    assert floored > 0
    assert backend.floored == floored
    told, bound = backend.notes()
    assert "13 most likely" in told
    assert bound.startswith(f"in {floored} of 7 passes")
    assert backend.settle(TEXT).floored == 0


def test_the_models_own_answer_is_fixed_before_scoring(server):
    fresh = _load(server)
    with pytest.raises(InputError, match="no answer"):
        fresh.score([TEXT])
    settled = fresh.settle(TEXT)
    own = TinyModel.top(_prompt(TEXT, "chat"), 1)[0][0].strip()
    assert settled.spec.options["answer"] == own
    assert settled.toward[1] == f"“{own}”"
    assert settled.score([TEXT])[0] == pytest.approx(_first(own, _prompt(TEXT, "chat")))
    again = settled.settle(TEXT)
    again.score([TEXT])
    assert f"“{own}” is that of the model's own reply" in again.notes()[0]
    assert "answer" not in fresh.spec.options
    whole = _load(server, mode="echo").settle(TEXT)
    said = whole.spec.options["answer"]
    assert whole.reply(TEXT) == said
    assert whole.score([TEXT])[0] == pytest.approx(TinyModel.answer(f" {said}", _prompt(TEXT, "echo")))


def test_what_changes_no_score_leaves_the_spec(server):
    settled = _load(server, answer="True", price="2.50", concurrency="3").settle(TEXT)
    assert set(settled.spec.options) == {"url", "model", "question", "answer"}
    again = load_backend(settled.spec.name, **settled.spec.options)
    assert again.score(TEXTS).tobytes() == settled.score(TEXTS).tobytes()


def test_a_probe_comes_before_anything_is_spent(server):
    server.behaviour.always = "no logprobs"
    with pytest.raises(EndpointError, match="hf-causal-lm"):
        explain_text(TEXT, _load(server, answer="True"), budget=64)
    assert len(server.seen) == 1
    assert TEXT not in str(server.seen[0].body)


def test_equal_texts_are_paid_once(server):
    backend = _load(server, answer="True").settle(TEXT)
    server.seen.clear()
    backend.score([TEXT, "", TEXT, TEXT])
    assert len(server.seen) == 2


def test_what_a_broken_batch_paid_for_is_not_asked_again(server):
    backend = _load(server, answer="True", concurrency="1").settle(TEXT)
    texts = [f"film {k}" for k in range(6)]
    server.seen.clear()
    server.behaviour.faults = ["", "", "", "401"]
    with pytest.raises(EndpointError):
        backend.score(texts)
    server.seen.clear()
    values = backend.settle(TEXT).score(texts)
    asked = " ".join(str(request.body) for request in server.seen)
    assert all(text not in asked for text in texts[:3])  # paid for
    assert all(text in asked for text in texts[4:])
    np.testing.assert_allclose(values, [_first("True", _prompt(text, "chat")) for text in texts])
    server.seen.clear()
    backend.score(texts)
    asked = " ".join(str(request.body) for request in server.seen)
    assert all(text in asked for text in texts)  # kept for the repeated batch only


def test_a_failure_in_mid_run_keeps_what_is_paid_for(server):
    backend = _slow(_load(server, answer="True", against="False", concurrency="2"))
    server.behaviour.faults = [""] * 40
    server.behaviour.always = "429"
    with pytest.raises(EndpointError) as caught:
        explain_text(TEXT, backend, budget=100)
    assert caught.value.reason == "rate limit"
    paid = caught.value.samples
    assert len(paid) == 40
    assert len(server.seen) >= 41  # 40 passes, one or two that were refused and tried again
    server.behaviour.__init__()
    server.seen.clear()
    whole = explain_text(TEXT, backend, budget=100, known=paid)
    assert whole.evaluations == 100
    assert len(server.seen) <= 60 + 2  # a refused call may still have been on its way
    assert (
        whole.to_json().split('"seconds"')[0] == explain_text(TEXT, backend, budget=100).to_json().split('"seconds"')[0]
    )


def test_cancel_takes_one_batch(server):
    backend = _slow(_load(server, answer="True", concurrency="2"))
    server.seen.clear()
    done = []
    explanation = explain_text(
        TEXT, backend, budget=300, on_progress=done.append, should_stop=lambda: len(done) > 0, estimator="banzhaf"
    )
    assert not explanation.complete
    assert explanation.evaluations == 8
    assert len(server.seen) == 8


def test_a_batch_takes_a_few_seconds_whatever_the_server(server):
    backend, masker = _slow(_load(server, answer="True", concurrency="4")), TextMasker(TEXT)
    assert backend.batch_size(masker) == 16
    backend.scorer.latency = 0.1
    assert backend.batch_size(masker) == 80
    assert backend.batch_size(TextMasker("word " * 1000)) == 39
    backend.scorer.latency = 1e-4
    assert backend.batch_size(masker) == 256


def test_the_forecast_costs_nothing_and_a_probe_makes_it_exact(server):
    masker = TextMasker(TEXT)
    options = {"url": server.url, "model": "never-asked", "question": QUESTION, "price": "2", "answer": "True"}
    before = OpenAIEndpoint.forecast(options, masker)
    assert server.seen == []
    assert (before.device, before.problem, before.passes_per_second) == ("endpoint", "", None)
    characters = len(f"{TEXT}\n\n{QUESTION}\nAnswer:")
    assert 0.5 * characters / 4 < before.tokens < 2 * characters / 4
    assert before.dollars_per_pass == pytest.approx(before.tokens * 2 / 1e6)
    assert OpenAIEndpoint.forecast({**options, "mode": "echo", "against": "False"}, masker).tokens > 1.9 * before.tokens
    assert OpenAIEndpoint.forecast(options).tokens is None
    backend = load_backend("openai", **options)
    told = backend.probe(TEXT)
    assert len(server.seen) == 1 + 8
    bodies = {str(seen.body["messages"]) for seen in server.seen}
    assert len(bodies) >= 8  # a server cannot answer them from memory
    assert told.passes_per_second > 0
    assert told.tokens == pytest.approx(len(TinyModel.tokens(_prompt(TEXT, "chat"))), abs=1)
    removal = TextMasker(TEXT, masking="removal")
    after = OpenAIEndpoint.forecast(options, removal)
    assert after.passes_per_second == told.passes_per_second
    masks = np.random.default_rng(1).random((64, removal.n_features)) < 0.5
    lengths = [len(TinyModel.tokens(_prompt(text, "chat"))) for text in removal.apply(masks)]
    assert after.tokens == pytest.approx(np.mean(lengths), rel=0.25)
    assert OpenAIEndpoint.forecast({**options, "model": "another"}, removal).tokens < 0.7 * after.tokens


def test_a_run_learns_the_speed_and_the_tokens(server):
    options = {"url": server.url, "model": "learner", "question": QUESTION, "answer": "True"}
    server.behaviour.delay = 0.05
    load_backend("openai", **options).settle(TEXT).score([f"film {k}" for k in range(16)])
    speed = OpenAIEndpoint.forecast(options, TextMasker(TEXT)).passes_per_second
    assert 10 < speed <= 8 / 0.05


def test_the_key_is_sent_in_a_header_and_is_nowhere_else(server, tmp_path, caplog, capfd):
    server.behaviour.key = KEY
    caplog.set_level(logging.DEBUG)
    for name in ("openai", "httpx2", "httpcore2", "asyncio", ""):
        logging.getLogger(name).setLevel(logging.DEBUG)
    backend = _load(server, key=KEY, answer="True", against="False")
    explanation = explain_text(TEXT, backend, budget=40)
    settled = backend.settle(TEXT)
    produced = [
        repr(settled), repr(vars(settled)), repr(vars(settled.scorer)), repr(vars(settled.scorer.endpoint)),
        repr(settled.spec), str(settled.notes()), settled.reply(TEXT), repr(settled.probe(TEXT)),
        explanation.to_json(), repr(explanation), repr(OpenAIEndpoint.forecast({"url": server.url, "key": KEY})),
    ]  # fmt: skip
    server.behaviour.key = "another key"  # the server now repeats the key that it was sent
    with pytest.raises(EndpointError, match=r"Bearer \[key\]") as caught:
        settled.score(["refused"])
    produced += ["".join(traceback.format_exception(caught.value)), repr(caught.value), repr(vars(caught.value))]

    server.behaviour.key = KEY
    manager = RunManager(RunStore(tmp_path))
    options = {"url": server.url, "model": "tiny", "key": KEY, "answer": "True"}
    run = manager.start(TextRequest(text=TEXT, model=ModelSpec("openai", options), budget=40))
    done(run)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert files
    produced += [path.name + path.read_bytes().decode("utf-8", "replace") for path in files]
    produced += [record.getMessage() + str(record.args) + str(record.exc_text) for record in caplog.records]
    produced += list(capfd.readouterr())
    assert len(caplog.records) > 50
    assert [text for text in produced if KEY in text or KEY[-12:] in text] == []

    sent = list(server.seen)
    assert all(seen.headers["Authorization"] == f"Bearer {KEY}" for seen in sent)
    for seen in sent:
        rest = {name: value for name, value in seen.headers.items() if name != "Authorization"}
        assert KEY not in seen.path + json.dumps(seen.body) + str(rest)


def test_a_server_in_a_process_of_its_own_gives_the_same(server):
    with subprocess.Popen(
        [sys.executable, "-m", "tests.support.endpoint_server"], stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            url = process.stdout.readline().strip()
            apart = load_backend("openai", url=url, model="tiny", question=QUESTION, answer="True")
            near = _load(server, answer="True")
            np.testing.assert_allclose(apart.settle(TEXT).score(TEXTS), near.settle(TEXT).score(TEXTS), atol=1e-12)
        finally:
            process.terminate()
