"""Models that give no log-probabilities: asked for replies in words, and the share that gives the answer explained."""

import threading
import zlib
from collections import Counter

import numpy as np
import pytest

from spex_core.engine.explain import explain_text
from spex_core.errors import EndpointError, InputError
from spex_core.fourier.masks import draw_distinct
from spex_core.inputs.maskers.text import TextMasker
from spex_core.models.backends.openai import OpenAIEndpoint
from spex_core.models.endpoint.wire.client import Patience
from spex_core.models.registry import load_backend
from spex_core.runs.requests import TextRequest
from tests.support.endpoint_server import serving
from tests.support.waiting import until

TEXT = "a b c d e f g h i j k l"
MASKER = TextMasker(TEXT, masking="removal")


@pytest.fixture
def server(monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with serving() as running:
        running.behaviour.refuses = ("logprobs", "top_logprobs")
        yield running


def _load(server, **options):
    given = {"url": server.url, "model": "tiny", "mode": "sampled", "answer": "yes", "question": "Good?"}
    backend = load_backend("openai", **{**given, **options})
    backend.scorer.endpoint.patience = Patience(silence=2, call=10, batch=60, retries=2)
    return backend


def _kept(body):
    """The words of the text that a request shows."""
    return set(body["messages"][-1]["content"].partition("\n")[0].split())


def _chance(words):
    """A probability that hangs on three words and a pair."""
    words = set(words)
    return 0.1 + 0.3 * ("a" in words) + 0.15 * ("d" in words) + 0.4 * ("b" in words and "c" in words)


class _Random:
    """Says yes with the probability of the words that it is shown; a draw hangs on the text, not on the thread."""

    def __init__(self, seed=0):
        self._seed, self._asked, self._guard = seed, Counter(), threading.Lock()

    def __call__(self, body):
        words = " ".join(sorted(_kept(body)))
        with self._guard:
            self._asked[words] += 1
            draw = np.random.default_rng([self._seed, self._asked[words], zlib.crc32(words.encode())]).random()
        return "Yes." if draw < _chance(words.split()) else "No."


def _sure(body):
    return "Yes." if _chance(_kept(body)) > 0.5 else "no"


def _truth(masks):
    return np.array([_chance(np.array(MASKER.labels)[mask]) for mask in masks])


def test_a_server_that_refuses_log_probabilities_is_explained(server):
    with pytest.raises(EndpointError, match='mode="sampled"'):
        _load(server, mode="chat").settle(TEXT)
    server.behaviour.says = _sure
    server.seen.clear()
    backend = _load(server).settle(TEXT)
    assert backend.samples
    assert (backend.unit, backend.toward) == ("share of replies", ("other replies", "“yes”"))
    assert backend.score([TEXT, "e", ""]).tolist() == [1.0, 0.0, 0.0]
    assert all("logprobs" not in str(seen.body) for seen in server.seen)
    body = server.seen[-1].body
    assert (body["temperature"], body["max_tokens"]) == (1.0, 64)


@pytest.mark.parametrize("replies", [1, 3, "12"])
def test_every_mask_is_asked_as_often_as_it_says(server, replies):
    server.behaviour.says = _sure
    backend = _load(server, replies=replies, concurrency=5).settle(TEXT)
    masks = np.vstack(
        [np.ones((1, 12), bool), np.zeros((1, 12), bool), draw_distinct(12, 40, np.random.default_rng(0))]
    )
    counts = backend.replies(masks)
    assert counts[:2].tolist() == [max(10, int(replies))] * 2
    assert set(counts[2:]) == {int(replies), max(2, int(replies))}
    assert (backend.replies(masks[::-1]) == counts[::-1]).all()
    server.seen.clear()
    values = backend.value_function(MASKER)(masks)
    assert len(server.seen) == counts.sum()
    asked = [frozenset(_kept(seen.body)) for seen in server.seen]
    for mask, count, value in zip(masks, counts, values, strict=True):
        words = frozenset(np.array(MASKER.labels)[mask].tolist())
        if mask.any():
            assert asked.count(words) == count
        assert value == float(_chance(words) > 0.5)


def test_equal_texts_of_two_masks_are_draws_of_their_own(server):
    server.behaviour.says = _Random()
    masker = TextMasker("a a a a", masking="removal")
    masks = np.eye(4, dtype=bool)
    backend = _load(server, replies=4).settle("a a a a")
    server.seen.clear()
    backend.value_function(masker)(masks)
    assert len(server.seen) == 16


def test_at_random_the_shares_are_right_on_the_average_and_the_ceiling_is_near_the_truth(server):
    server.behaviour.says = _Random()
    backend = _load(server, concurrency=16)
    found = explain_text(TEXT, backend, budget=600, masking="removal")
    masks = np.random.default_rng(9).random((4000, 12)) < 0.5
    truth = _truth(masks)
    again = backend.settle(TEXT).value_function(MASKER)(masks[:600])
    assert again.mean() == pytest.approx(truth[:600].mean(), abs=0.06)
    noise = float((truth * (1 - truth) / backend.replies(masks)).mean())
    ceiling = truth.var() / (truth.var() + noise)
    report = found.faithfulness_report
    # 24 seeds: mean .21, standard deviation .09
    assert report.ceiling == pytest.approx(ceiling, abs=0.2)
    assert report.r2 < report.explained
    off = truth - found.predict(masks)
    assert 1 - (off**2).sum() / ((truth - truth.mean()) ** 2).sum() > 0.6
    told = " ".join(found.notes)
    assert "a reply counts where it is “yes” but for case" in told
    assert "luck leaves about" in told
    assert found.value_unit == "share of replies"


def test_a_deterministic_server_has_a_ceiling_of_one(server):
    server.behaviour.says = _sure
    found = explain_text(TEXT, _load(server, concurrency=16), budget=500, masking="removal")
    assert found.faithfulness_report.ceiling == 1.0
    assert found.faithfulness_report.explained == found.faithfulness > 0.9


@pytest.mark.parametrize(
    ("match", "answer", "reply"),
    [("regex", "^y", "Yeah"), ("number", "1000", "In all 1,000."), ("similar", "a bad film", "It is a bad film.")],
)
def test_replies_match_as_a_person_chose(server, match, answer, reply):
    server.behaviour.says = lambda body: reply if "a" in _kept(body) else "otherwise"
    backend = _load(server, match=match, answer=answer).settle(TEXT)
    assert backend.score(["a b", "b"]).tolist() == [1.0, 0.0]
    assert f"“{answer}”" in backend.notes()[0]


def test_the_own_answer_is_what_it_says_without_luck(server):
    server.behaviour.says = lambda body: "It is!" if body.get("temperature") == 0 else "no"
    backend = _load(server, answer="").settle(TEXT)
    assert backend.spec.options["answer"] == "It is!"
    assert backend.score([TEXT]).tolist() == [0.0]
    judged, none = backend.notes()
    assert "“It is!” is the model's own reply" in judged
    assert none == "none of 1 replies does; the most frequent is “no”"
    with pytest.raises(InputError, match="holds no number"):
        _load(server, answer="", match="number").settle(TEXT)
    with pytest.raises(InputError, match="give the regular expression"):
        _load(server, answer="", match="regex").settle(TEXT)


def _keep(kept, pieces):
    for rows, values in pieces:
        kept += rows.tolist()
        assert np.isin(values, (0, 1)).all()


def test_what_came_before_a_failure_is_kept_and_not_asked_again(server):
    server.behaviour.says = _sure
    backend = _load(server, replies=2, concurrency=3).settle(TEXT)
    masks = draw_distinct(12, 20, np.random.default_rng(0))
    masks = masks[backend.replies(masks) == 2][:16]
    server.seen.clear()
    server.behaviour.faults = [""] * 9 + ["401"]
    kept = []
    with pytest.raises(EndpointError):
        _keep(kept, backend.value_function(MASKER).pieces(masks, lambda: False))
    until(lambda: server.open == 0)
    assert 3 <= len(kept) < len(masks)
    paid = len(server.seen) - 1
    left = np.delete(masks, kept, axis=0)
    values = backend.value_function(MASKER)(left)
    assert len(server.seen) - 1 == 2 * len(masks), f"{paid} had come"
    assert values.tolist() == (_truth(left) > 0.5).astype(float).tolist()


def test_a_run_that_fails_goes_on_from_what_it_paid_for(server):
    server.behaviour.says = _sure
    backend = _load(server, concurrency=4)
    server.behaviour.faults = [""] * 60 + ["401"]
    kept = []
    with pytest.raises(EndpointError):
        explain_text(TEXT, backend, budget=200, masking="removal", on_samples=kept.append)
    until(lambda: server.open == 0)
    assert sum(len(samples) for samples in kept) > 30


def test_once_stopped_whole_passes_are_handed_on(server):
    server.behaviour.says = _sure
    backend = _load(server, replies=3, concurrency=4).settle(TEXT)
    masks, kept = draw_distinct(12, 30, np.random.default_rng(0)), []
    _keep(kept, backend.value_function(MASKER).pieces(masks, lambda: len(kept) >= 5))
    assert 5 <= len(kept) < 30


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"against": "no"}, "leave against empty"),
        ({"match": "fuzzy"}, "match='fuzzy'"),
        ({"match": "regex", "answer": "("}, "no regular expression"),
        ({"match": "number"}, "holds no number"),
        ({"replies": 0}, "replies='0'"),
        ({"replies": "1000"}, "replies='1000'"),
        ({"replies": 1.5}, "replies='1.5'"),
        ({"replies": "²"}, "replies='²'"),
        ({"temperature": 3}, "temperature='3'"),
        ({"temperature": "nan"}, "temperature='nan'"),
        ({"temperature": "warm"}, "temperature='warm'"),
    ],
)
def test_wrong_choices_are_one_sentence_before_anything_is_sent(server, options, says):
    with pytest.raises(InputError, match=says) as caught:
        _load(server, **options)
    assert "\n" not in str(caught.value)
    given = {"url": server.url, "model": "tiny", "mode": "sampled", "answer": "yes"}
    assert says in OpenAIEndpoint.forecast({**given, **options}).problem
    assert not server.seen


def test_a_pattern_that_takes_too_long_ends_the_run_in_one_sentence(server):
    server.behaviour.says = lambda body: "a" * 5000
    backend = _load(server, match="regex", answer="(a+)+$|^(b|bb)+$|(a|aa)+!").settle(TEXT)
    with pytest.raises(InputError, match="takes too long") as caught:
        explain_text(TEXT, _load(server, match="regex", answer="(a|aa)+!$"), budget=50)
    assert "\n" not in str(caught.value)
    assert backend.samples


def test_the_cost_counts_calls():
    given = {"url": "http://localhost:1/v1", "model": "priced", "mode": "sampled", "answer": "yes", "price": "1"}
    one = OpenAIEndpoint.forecast(given, MASKER)
    assert (one.calls_per_pass, one.calls(1000)) == (1.2, 1200 + 18)
    chat = OpenAIEndpoint.forecast({**given, "mode": "chat"}, MASKER)
    assert (chat.calls(1000), chat.dollars(1000)) == (1000, pytest.approx(1000 * chat.dollars_per_pass))
    assert one.dollars(1000) == pytest.approx(1218 * chat.dollars_per_pass)
    assert OpenAIEndpoint.forecast({**given, "replies": "5"}, MASKER).calls(100) == 510


def test_other_ways_of_asking_are_other_functions(server):
    def key(**options):
        request = TextRequest(text=TEXT, model=load_backend("openai", **_given(server, options)).spec)
        backend = _load(server, **options)
        return request.sample_key(MASKER, backend)

    keys = [key(**o) for o in ({}, {"replies": 2}, {"temperature": 0.5}, {"match": "similar"}, {"mode": "chat"})]
    assert len(set(keys)) == 5
    assert key(temperature="1.0") == key()
    assert key(mode="chat", replies=2) == key(mode="chat")


def _given(server, options):
    return {"url": server.url, "model": "tiny", "mode": "sampled", "answer": "yes", **options}


def test_options_of_replies_are_saved_where_they_matter(server):
    server.behaviour.refuses = ()
    drawn = _load(server, replies=2, match="exact", price="3").settle(TEXT).spec.options
    assert (drawn["replies"], drawn["match"]) == ("2", "exact")
    assert "price" not in drawn
    assert not {"replies", "match"} & set(
        _load(server, mode="chat", answer="True", replies=2).settle(TEXT).spec.options
    )


@pytest.mark.parametrize("kind", ["asked", "always", "unseen"])
def test_a_model_that_reasons_is_asked_not_to_or_given_room(server, kind):
    def says(body):
        off = (body.get("chat_template_kwargs") or {}).get("enable_thinking") is False
        thinks = kind == "always" or (kind == "asked" and not off)
        return "<think>\nno, yes?\n</think>\n\nYes." if thinks else "Yes."

    server.behaviour.says = says
    server.behaviour.thinks = 64 if kind == "unseen" else 0
    backend = _load(server).settle(TEXT)
    assert backend.score([TEXT]).tolist() == [1.0]
    body = server.seen[-1].body
    assert body["max_tokens"] == (64 if kind == "asked" else 2048)
    assert ("chat_template_kwargs" in body) == (kind == "asked")


def test_a_model_of_one_temperature_is_asked_at_that(server):
    server.behaviour.refuses = ("logprobs", "temperature", "max_tokens")
    server.behaviour.says = _sure
    backend = _load(server).settle(TEXT)
    assert backend.score([TEXT]).tolist() == [1.0]
    assert not {"temperature", "max_tokens"} & set(server.seen[-1].body)
    with pytest.raises(InputError, match=r"at its own temperature alone; leave temperature at 1, not 0\.5"):
        _load(server, temperature=0.5).settle(TEXT)


def test_a_fifth_of_the_masks_is_asked_again_by_a_rule_of_the_mask_alone(server):
    backend = _load(server)
    masks = draw_distinct(40, 3000, np.random.default_rng(1))
    counts = backend.replies(masks)
    assert 0.17 < (counts == 2).mean() < 0.23
    again = [zlib.crc32(row.tobytes()) % 5 == 0 for row in np.packbits(masks, axis=1)]
    assert (counts == 2).tolist() == again
