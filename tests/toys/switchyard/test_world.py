"""The puzzles: their rule, their wording, and what is marked as deciding."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spex_core.models.language.toy import QUESTIONS
from spex_core.toys.switchyard.network import make_tokenizer, words
from spex_core.toys.switchyard.world import TWISTS, Arrangement, classic, plain_puzzle, say, twisted_puzzle, variant
from tests.support.places import ASSETS

SEEDS = st.integers(0, 2**31)
PUZZLES = ASSETS / "examples" / "puzzles.json"


@given(SEEDS)
def test_pulling_is_right_for_a_classic_and_wrong_for_each_of_its_variants(seed: int) -> None:
    assert classic(np.random.default_rng(seed)).arrangement.pull
    for twist in TWISTS:
        puzzle = variant(np.random.default_rng(seed), twist)
        assert puzzle.arrangement.twists == {twist}
        assert not puzzle.arrangement.pull
        assert puzzle.arrangement.main >= 3
        assert puzzle.arrangement.side == 1


@pytest.mark.parametrize(
    ("arrangement", "pull"),
    [
        (Arrangement(5, 1), True),
        (Arrangement(1, 5), False),
        (Arrangement(2, 2), False),
        (Arrangement(5, 1, main_people=False), False),
        (Arrangement(1, 6, side_people=False), True),
        (Arrangement(0, 0), False),
        (Arrangement(6, 0, twists=frozenset(["dead"])), False),
    ],
)
def test_fewer_people_hit_is_right(arrangement: Arrangement, pull: bool) -> None:
    assert arrangement.pull == pull


@given(SEEDS)
def test_a_variant_differs_from_its_classic_in_the_deciding_words_alone(seed: int) -> None:
    for twist in TWISTS:
        puzzle = variant(np.random.default_rng(seed), twist)
        assert puzzle.deciding
        for start, end in reversed(puzzle.deciding):
            before, after = puzzle.text[:start].rstrip(), puzzle.text[end:].lstrip()
            assert puzzle.classic.startswith(before)
            assert puzzle.classic.endswith(after)
        assert puzzle.classic == classic(np.random.default_rng(seed)).text


@given(SEEDS)
@settings(deadline=None)
def test_every_word_is_known_to_the_tokenizer(seed: int) -> None:
    tokenizer = make_tokenizer()
    rng = np.random.default_rng(seed)
    for puzzle in (plain_puzzle(rng), twisted_puzzle(rng)):
        for question in QUESTIONS:
            ids = tokenizer(f"{puzzle.text}\n\n{question}\nAnswer: {puzzle.answer(question)}")["input_ids"]
            assert tokenizer.unk_token_id not in ids
            assert puzzle.answer(question) in words()


def test_questions_are_answered_in_their_own_words() -> None:
    assert [say(True, question) for question in QUESTIONS] == ["yes", "yes", "true", "false"]
    assert [say(False, question) for question in QUESTIONS] == ["no", "no", "false", "true"]


def test_the_tram_puzzle_of_the_text_page_is_written_in_words_it_knows() -> None:
    entry = next(entry for entry in json.loads(PUZZLES.read_text(encoding="utf-8")) if entry["id"] == "trolley")
    tokenizer = make_tokenizer()
    for part in ("classic", "variant", "question"):
        assert tokenizer.unk_token_id not in tokenizer(entry[part])["input_ids"]
    assert entry["question"] == QUESTIONS[0]
