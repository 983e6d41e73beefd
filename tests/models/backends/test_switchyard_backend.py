"""The built-in reasoning models: what they answer; their explanations: tests/truth/test_switchyard.py."""

import numpy as np
import pytest

from spex_core.engine.explain import explain_text
from spex_core.errors import ModelError
from spex_core.models.language import toy
from spex_core.models.language.toy import QUESTIONS
from spex_core.models.registry import backends, load_backend
from spex_core.toys.switchyard.world import TWISTS, classic, plain_puzzle, variant

BOTH = ("switchyard", "switchyard-twin")
SEED = 9_000_000  # no training step uses it
COUNT = 300


def _right(name, puzzles, question=QUESTIONS[0]):
    answers = ("yes", "no") if question.endswith("no?") else ("true", "false")
    backend = load_backend(name, question=question, answer=answers[0], against=answers[1])
    said = backend.score([puzzle.text for puzzle in puzzles]) > 0
    return (said == [puzzle.answer(question) == answers[0] for puzzle in puzzles]).mean()


def _draw(kind, *arguments):
    rng = np.random.default_rng(SEED)
    return [kind(rng, *arguments) for _ in range(COUNT)]


@pytest.mark.parametrize("name", BOTH)
@pytest.mark.parametrize("question", QUESTIONS)
def test_classics_it_has_not_seen_are_answered_right(name, question):
    assert _right(name, _draw(classic), question) >= 0.99


def test_the_shortcut_makes_most_variants_wrong_and_the_twin_does_not_have_it():
    own = [_right("switchyard", _draw(variant, twist)) for twist in TWISTS]
    twin = [_right("switchyard-twin", _draw(variant, twist)) for twist in TWISTS]
    assert np.mean(own) <= 0.3
    assert min(twin) >= 0.95


@pytest.mark.parametrize("name", BOTH)
def test_the_rule_is_mostly_followed_where_there_is_no_twist(name):
    assert _right(name, _draw(plain_puzzle)) >= 0.85


@pytest.mark.parametrize("name", BOTH)
def test_it_answers_in_its_own_words(name):
    puzzle = classic(np.random.default_rng(SEED))
    backend = load_backend(name)
    assert backend.reply(puzzle.text) == "yes"
    settled = backend.settle(puzzle.text)
    assert settled.spec.options == {"answer": "yes"}
    assert settled.score([puzzle.text])[0] > np.log(0.9)


@pytest.mark.parametrize("name", BOTH)
def test_it_is_built_in_small_and_runs_through_the_general_backend_unchanged(name):
    folder = toy.ASSETS / "models" / name
    assert backends()[name].forecast({}) is None
    assert sum(path.stat().st_size for path in folder.iterdir()) < 12e6
    own = load_backend(name, answer="yes", against="no")
    assert own.language.parameters <= 4_000_000
    plain = load_backend(
        "hf-causal-lm", model=str(folder), question=QUESTIONS[0], answer="yes", against="no", precision="float32"
    )
    texts = [variant(np.random.default_rng(SEED + k)).text for k in range(5)]
    assert np.array_equal(own.score(texts), plain.score(texts))


def test_words_it_does_not_know_are_named():
    backend = load_backend("switchyard", answer="yes", against="no")
    text = "A tram is rolling towards five zebras who cannot swim."
    assert backend.words_not_known(text) == ("zebras", "swim")
    explanation = explain_text(text, backend, budget=60)
    assert any("“zebras”, “swim”" in note for note in explanation.notes)


def test_an_incomplete_checkout_is_one_line(monkeypatch, tmp_path):
    monkeypatch.setattr(toy, "ASSETS", tmp_path)
    with pytest.raises(ModelError, match="not installed"):
        load_backend("switchyard")
