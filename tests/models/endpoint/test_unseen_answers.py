"""Answers that a server never shows are told by one pass over the whole text, or said; reasoning is no answer."""

import json

import numpy as np
import pytest

import spex_core
from spex_core.arrays import Samples
from spex_core.errors import InputError
from spex_core.models.answers import ONLY_BOUNDS
from spex_core.models.endpoint.wire.client import Patience
from spex_core.models.reasoning import ASKED_OFF
from spex_core.models.registry import load_backend
from spex_core.runs.store.keys import sample_key
from spex_core.views.nothing import is_flat
from spex_core.views.shown import Shown
from spex_core.views.summary import summary
from spex_core.views.trust import how_far, trust
from tests.support.endpoint_server import serving

TEXT = "The first hour is slow, but the last scene isn't: I cried."
QUESTION = "True or False: is it good?"


@pytest.fixture(scope="module")
def server():
    with serving() as running:
        yield running


@pytest.fixture(autouse=True)
def _well_behaved(server, monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    server.behaviour.__init__()
    server.seen.clear()


def load(server, **options):
    backend = load_backend("openai", **{"url": server.url, "model": "tiny", "question": QUESTION, **options})
    backend.scorer.endpoint.patience = Patience(silence=2, call=10, batch=20, retries=1)
    return backend


def explain(backend, **arguments):
    return spex_core.explain_text(TEXT, backend, budget=40, estimator="banzhaf", **arguments)


def about_the_text(server):
    return [seen for seen in server.seen if QUESTION in json.dumps(seen.body)]


@pytest.mark.parametrize("mode", ["chat", "completions"])
@pytest.mark.parametrize("options", [{"answer": "Paris"}, {"answer": "Paris", "against": "Rome"}])
def test_one_pass_over_the_whole_text_tells_that_an_answer_is_never_seen(server, mode, options):
    with pytest.raises(InputError, match=r"“Paris”.* not among the 20 most likely tokens") as caught:
        explain(load(server, mode=mode, **options))
    assert "\n" not in str(caught.value)
    assert len(about_the_text(server)) == 1


@pytest.mark.parametrize("options", [{"answer": "True"}, {"answer": "Paris", "against": "True"}, {}])
def test_an_answer_that_is_seen_costs_no_further_call(server, options):
    explanation = explain(load(server, **options))
    asked = 1 + (not options)  # its own answer is asked for first
    assert len(about_the_text(server)) == explanation.evaluations + asked - 1
    assert not is_flat(explanation)


def test_a_run_that_goes_on_where_the_whole_text_is_known_asks_only_what_is_open(server):
    n = len(TEXT.split())
    known = Samples(np.array([[True] * n, [False] * n]), np.array([-9.0, -8.0]))
    explanation = explain(load(server, answer="True"), known=known)
    assert len(about_the_text(server)) == explanation.evaluations - 2


def test_a_run_of_bounds_is_no_explanation(server):
    """Its whole text was paid for when that was not looked at yet."""
    n = len(TEXT.split())
    known = Samples(np.array([[True] * n, [False] * n]), np.array([-9.0, -8.0]))
    explanation = explain(load(server, answer="Paris"), known=known)
    (note,) = [note for note in explanation.notes if ONLY_BOUNDS in note]
    assert is_flat(explanation)
    assert f"R² undefined: {note}" in " ".join(summary(explanation))
    card = trust(Shown(explanation, "FBII", None))["cards"][0]
    assert (card["value"], card["label"], card["detail"]) == ("R² –", "undefined: the answer was hardly seen", note)
    assert note[1:] in " ".join(how_far(Shown(explanation, "FBII", None))[1])


def test_reasoning_is_asked_off_where_the_server_can(server):
    server.behaviour.reasons = "asked"
    explanation = explain(load(server))
    assert explanation.model.options["answer"] in ("True", "False")
    assert ASKED_OFF in explanation.notes
    server.behaviour.reasons = ""
    plain = explain(load(server))
    assert ASKED_OFF not in plain.notes
    assert plain.predict([[True] * plain.n_features]) == explanation.predict([[True] * plain.n_features])


@pytest.mark.parametrize("refuses", [(), ("chat_template_kwargs",)])
@pytest.mark.parametrize("options", [{}, {"answer": "True"}, {"mode": "completions", "answer": "True"}])
def test_reasoning_that_cannot_be_asked_off_is_refused_before_anything_is_paid(server, options, refuses):
    server.behaviour.reasons, server.behaviour.refuses = "always", refuses
    with pytest.raises(InputError, match=r"tiny reasons before it answers .“<think>”.") as caught:
        explain(load(server, **options))
    assert "\n" not in str(caught.value)
    assert not about_the_text(server)


def test_reasoning_about_this_text_alone_is_refused_too(server, monkeypatch):
    backend = load(server)
    backend.scorer.prepare()
    server.behaviour.reasons = "always"
    with pytest.raises(InputError, match="reasons before it answers"):
        backend.settle(TEXT)
    given = load(server, answer="Paris")
    given.scorer._dialect = backend.scorer._dialect
    with pytest.raises(InputError, match="reasons before it answers"):
        explain(given)


def test_passes_without_reasoning_are_not_mixed_with_those_that_had_it(server):
    plain = load(server, answer="True").settle(TEXT)
    server.behaviour.reasons = "asked"
    asked = load(server, answer="True").settle(TEXT)
    keys = {sample_key(TEXT, each.spec, "word", "unk", each.fingerprint) for each in (plain, asked)}
    assert len(keys) == 2
