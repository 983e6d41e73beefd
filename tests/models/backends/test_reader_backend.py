"""The built-in reader: what it answers; its explanations: tests/truth/test_reading.py."""

import numpy as np
import pytest

from spex_core.errors import InputError, ModelError
from spex_core.models.language import toy
from spex_core.models.registry import backends, load_backend
from spex_core.toys.reading.world import UNKNOWN, questions

SEED = 9_000_000  # no training step uses it
COUNT = 30
DRAWN = {kind: questions(kind, COUNT, SEED) for kind in ("two-hop", "counting")}


def _replies(kind):
    return [load_backend("reader", question=one.question).reply(one.text) for one in DRAWN[kind]]


def test_two_hop_questions_it_has_not_seen_are_answered_right():
    right = [reply == one.answer for reply, one in zip(_replies("two-hop"), DRAWN["two-hop"], strict=True)]
    assert np.mean(right) >= 0.85


def test_counts_it_has_not_seen_are_seldom_more_than_one_off():
    off = [
        abs(int(reply) - int(one.answer)) for reply, one in zip(_replies("counting"), DRAWN["counting"], strict=True)
    ]
    assert np.mean(np.array(off) <= 1) >= 0.75
    assert np.mean(np.array(off) == 0) >= 0.25  # chance: 1 / 6


def test_without_a_needed_sentence_it_does_not_know():
    scores = []
    for one in DRAWN["two-hop"][:20]:
        backend = load_backend("reader", question=one.question, answer=one.answer, against=UNKNOWN)
        without = [
            " ".join("[UNK]" if k == hidden else sentence for k, sentence in enumerate(one.sentences))
            for hidden in one.needed
        ]
        scores.append(backend.score([one.text, *without]))
    assert np.mean(np.array(scores) > 0, axis=0) == pytest.approx([1, 0, 0], abs=0.15)


def test_it_is_built_in_small_and_in_16_bits():
    folder = toy.ASSETS / "models" / "reader"
    assert backends()["reader"].forecast({}) is None
    assert (folder / "model.safetensors").stat().st_size < 3e6
    assert not list(folder.glob("*.py")) + list(folder.glob("*.bin"))
    backend = load_backend("reader", question=DRAWN["two-hop"][0].question, answer=DRAWN["two-hop"][0].answer)
    assert backend.language.precision == "float32"
    assert backend.language is load_backend("reader", question="Who owns the red boat?").language


def test_it_answers_in_its_own_words_and_names_those_it_does_not_know():
    backend = load_backend("reader", question="Where does Ana live?")
    assert backend.settle("Ana lives in Rome. Ben lives in Oslo.").spec.options["answer"] == "Rome"
    assert backend.words_not_known("Ana lives in Timbuktu.") == ("Timbuktu",)


def test_a_question_is_needed():
    with pytest.raises(InputError, match="needs question"):
        load_backend("reader", question=" ")


def test_an_incomplete_checkout_is_one_line(monkeypatch, tmp_path):
    monkeypatch.setattr(toy, "ASSETS", tmp_path)
    with pytest.raises(ModelError, match="not installed"):
        load_backend("reader", question="Who owns the red boat?")
