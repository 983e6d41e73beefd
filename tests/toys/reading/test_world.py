"""Generated passages: one answer each, the needed sentences, and the two files they are written as."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from spex_core.errors import InputError
from spex_core.inputs.maskers.text import TextMasker
from spex_core.toys.reading.world import (
    KINDS,
    MOST,
    SIZES,
    UNKNOWN,
    Fact,
    Question,
    ask,
    questions,
    read,
    solve,
    to_drop,
    to_hotpotqa,
    vocabulary,
)

COUNT = 40
DRAWN = {kind: questions(kind, COUNT, seed=5) for kind in KINDS}
ALL = [pytest.param(one, id=one.id) for kind in KINDS for one in DRAWN[kind][:10]]


@pytest.mark.parametrize("one", ALL)
def test_without_a_needed_sentence_the_answer_is_another_and_without_any_other_it_is_the_same(one: Question) -> None:
    assert solve(one.sentences, one.question) == one.answer != UNKNOWN
    for left_out in range(len(one.sentences)):
        rest = [sentence for k, sentence in enumerate(one.sentences) if k != left_out]
        found = solve(rest, one.question)
        if left_out not in one.needed:
            assert found == one.answer
        elif one.kind == "two-hop":
            assert found == UNKNOWN
        else:
            assert found == str(int(one.answer) - 1)


@pytest.mark.parametrize("one", ALL)
def test_the_needed_sentences_alone_give_the_answer(one: Question) -> None:
    assert solve([one.sentences[k] for k in one.needed], one.question) == one.answer
    assert len(one.needed) == (2 if one.kind == "two-hop" else int(one.answer))


@pytest.mark.parametrize("one", ALL)
def test_no_two_sentences_contradict_or_repeat_each_other(one: Question) -> None:
    facts = [read(sentence) for sentence in one.sentences]
    assert all(str(fact) == sentence for fact, sentence in zip(facts, one.sentences, strict=True))
    for name in ("thing", "place"):
        said = [getattr(fact, name) for fact in facts if getattr(fact, name)]
        assert len(said) == len(set(said))
    homes = [fact.person for fact in facts if fact and fact.place]
    assert len(homes) == len(set(homes))
    assert len(one.paragraphs) >= 2
    assert len({title for title, _ in one.paragraphs}) == len(one.paragraphs)


@pytest.mark.parametrize("one", ALL)
def test_a_sentence_is_a_feature_of_the_text(one: Question) -> None:
    assert TextMasker(one.text, "sentence").labels == list(one.sentences)


def test_passages_are_of_all_sizes_answers_vary_and_needed_sentences_lie_anywhere() -> None:
    for kind in KINDS:
        sizes = [len(one.sentences) for one in DRAWN[kind]]
        assert min(sizes) < 12
        assert max(sizes) > 36
        assert all(SIZES[0] <= size <= SIZES[1] for size in sizes)
        places = [k / len(one.sentences) for one in DRAWN[kind] for k in one.needed]
        assert 0.4 < sum(places) / len(places) < 0.6
    counts = Counter(one.answer for one in DRAWN["counting"])
    assert set(counts) == {str(k) for k in range(1, MOST + 1)}
    first = [one.needed[0] == solve_first(one) for one in DRAWN["two-hop"]]
    assert 0.25 < sum(first) / COUNT < 0.75  # the owner's sentence comes before the home's about as often as after it


def solve_first(one: Question) -> int:
    """Position of the sentence about the thing."""
    return next(k for k in one.needed if " owns " in one.sentences[k])


def test_the_same_seed_gives_the_same_questions_and_more_begin_with_the_fewer() -> None:
    for kind in KINDS:
        assert questions(kind, 5, seed=5) == DRAWN[kind][:5]
        assert questions(kind, 5, seed=6) != DRAWN[kind][:5]
        assert {len(one.sentences) for one in questions(kind, 5, 0, (9, 9))} == {9}


def test_wrong_arguments_are_one_line() -> None:
    with pytest.raises(InputError, match="two-hop"):
        questions("twohop", 1)
    for arguments in (
        {"count": 0},
        {"count": 1, "seed": -1},
        {"count": 1, "sizes": (2, 8)},
        {"count": 1, "sizes": (9, 8)},
    ):
        with pytest.raises(InputError):
            questions("counting", **arguments)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="not a question about"):
        solve(["Ana lives in Rome."], "Is it raining?")


def test_a_fact_with_a_hidden_name_is_not_said() -> None:
    assert read("Ana owns [UNK] red boat.") == Fact("Ana", thing="red boat")
    for hidden in ("[UNK]", "Ana owns the [UNK] boat.", "[UNK] lives in Rome.", "Ana lives in ...", ""):
        assert read(hidden) is None
    known = ["Ana owns the red boat.", "Ana owns the blue boat.", "Ana lives in Rome."]
    boat, home = Fact("Ana", thing="red boat"), Fact("Ana", place="Rome")
    assert solve(known, ask("owner", boat)) == "Ana"
    assert solve(known, ask("home", home)) == solve(known, ask("two-hop", boat)) == "Rome"
    assert solve(known, ask("counting", boat)) == "2"
    assert solve(known[2:], ask("counting", boat)) == "0"
    assert solve(known[:2], ask("two-hop", boat)) == UNKNOWN


def test_hotpotqa_names_the_needed_sentences_by_title_and_position() -> None:
    written = json.loads(json.dumps(to_hotpotqa(DRAWN["two-hop"])))
    for entry, one in zip(written, DRAWN["two-hop"], strict=True):
        assert set(entry) == {"_id", "question", "answer", "supporting_facts", "context", "type", "level"}
        context = dict(entry["context"])
        facts = [context[title][k] for title, k in entry["supporting_facts"]]
        assert facts == [one.sentences[k] for k in one.needed]
        assert solve(facts, entry["question"]) == entry["answer"]
    assert len({entry["_id"] for entry in written}) == COUNT


def test_drop_has_a_number_for_a_count_and_a_span_for_a_place() -> None:
    for kind in KINDS:
        written = json.loads(json.dumps(to_drop(DRAWN[kind])))
        assert len(written) == COUNT
        for passage, one in zip(written.values(), DRAWN[kind], strict=True):
            (pair,) = passage["qa_pairs"]
            answer = pair["answer"]
            assert set(answer) == {"number", "date", "spans"}
            assert set(answer["date"]) == {"day", "month", "year"}
            assert ([answer["number"]] if kind == "counting" else answer["spans"]) == [one.answer]
            sentences = TextMasker(passage["passage"], "sentence").labels
            assert solve([sentences[k] for k in pair["supporting_facts"]], pair["question"]) == one.answer


def test_every_word_is_in_the_vocabulary() -> None:
    words = set(vocabulary())
    for kind in KINDS:
        for one in DRAWN[kind]:
            said = f"{one.text} {one.question} {one.answer}".replace(".", " . ").replace("?", " ? ").split()
            assert set(said) <= words
            assert {title for title, _ in one.paragraphs} <= words
