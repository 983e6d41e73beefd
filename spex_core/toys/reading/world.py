"""Written passages with questions whose answer, and the sentences it needs, are known.

A passage is a diary: paragraphs headed by a day, of two forms of sentence, "Ana owns the red boat." and "Ana lives in
Rome.". A thing has one owner, a person one home, and no two people share one. The questions:

- *two-hop*: "Where does the owner of the red boat live?" needs two sentences together, who owns it and where that
  person lives; every other sentence has the form of one of the two.
- *counting*: "How many boats does Ana own?" needs each sentence that names one.

`to_hotpotqa` and `to_drop` write them as those two data sets are written (Yang et al. 2018, arXiv 1809.09600; Dua et
al. 2019, arXiv 1903.00161).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from spex_core.errors import InputError, closest


def _words(spaced: str) -> tuple[str, ...]:
    return tuple(spaced.split())


KINDS = ("two-hop", "counting")
UNKNOWN = "unknown"
"""The answer where the sentences do not say."""
NAMES = _words("Ana Ben Cara Dan Eva Finn Gus Hana Ivo Jan Kim Lea Max Nora Otto Pia Rosa Sam Tom Una")
PLACES = _words(
    "Athens Berlin Cairo Delhi Essen Geneva Hanoi Kyoto Lima Milan Nice Oslo Paris Quito Rome Sofia Turin Vienna "
    "Warsaw York"
)
COLOURS = _words("red blue green white black yellow brown pink")
THINGS = {"boat": "boats", "car": "cars", "lamp": "lamps", "bag": "bags", "drum": "drums", "kite": "kites"}
DAYS = _words("Monday Tuesday Wednesday Thursday Friday Saturday Sunday")
MOST = 6
"""Largest count that is asked for."""
SIZES = (8, 40)
"""Fewest and most sentences of a passage."""
SINGULAR = {many: one for one, many in THINGS.items()}
_WORD = re.compile(r"\w+")
_PER_PARAGRAPH = 8


@dataclass(frozen=True)
class Fact:
    """What one sentence says: who owns which thing ("red boat"), or who lives where.

    Attributes:
        person: who.
        thing: colour and kind, "" where the sentence is about a home.
        place: where the person lives, "" where it is about a thing.
    """

    person: str
    thing: str = ""
    place: str = ""

    def __str__(self) -> str:
        """The sentence."""
        return f"{self.person} owns the {self.thing}." if self.thing else f"{self.person} lives in {self.place}."


@dataclass(frozen=True)
class Question:
    """A passage and what is asked about it.

    Attributes:
        id: the same for the same kind, seed and place in the list.
        kind: one of `KINDS`.
        question: as it is asked.
        answer: a place, or a number in digits.
        paragraphs: title and sentences of each.
        needed: positions of the sentences that the answer needs, counted through all paragraphs.
    """

    id: str
    kind: str
    question: str
    answer: str
    paragraphs: tuple[tuple[str, tuple[str, ...]], ...]
    needed: tuple[int, ...]

    @property
    def sentences(self) -> tuple[str, ...]:
        """Of all paragraphs, in order."""
        return tuple(sentence for _, sentences in self.paragraphs for sentence in sentences)

    @property
    def text(self) -> str:
        """The passage without its titles: a blank line between paragraphs."""
        return "\n\n".join(" ".join(sentences) for _, sentences in self.paragraphs)

    @property
    def facts(self) -> list[list[Any]]:
        """[title, position within its paragraph] of each needed sentence."""
        homes = [[title, k] for title, sentences in self.paragraphs for k in range(len(sentences))]
        return [homes[position] for position in self.needed]


def questions(kind: str, count: int, seed: int = 0, sizes: tuple[int, int] = SIZES) -> list[Question]:
    """Draw questions; the same arguments give the same ones, and more of them begin with the fewer.

    Args:
        kind: one of `KINDS`.
        count: how many, at least 1.
        seed: any whole number from 0 on.
        sizes: fewest and most sentences of a passage, within `SIZES`; drawn evenly.

    Raises:
        InputError: an argument breaks its rule.
    """
    if kind not in KINDS:
        raise InputError(f"kind={kind!r} does not exist; {closest(kind, KINDS)}")
    if count < 1 or seed < 0:
        raise InputError(f"count={count} and seed={seed}: at least 1 question, and a seed from 0 on")
    if not SIZES[0] <= sizes[0] <= sizes[1] <= SIZES[1]:
        raise InputError(f"sizes={sizes} must be two numbers from {SIZES[0]} to {SIZES[1]}, the smaller first")
    draw = {"two-hop": _two_hop, "counting": _counting}[kind]
    rngs = [np.random.default_rng([seed, KINDS.index(kind), k]) for k in range(count)]
    return [draw(f"{kind}-{seed}-{k}", int(rng.integers(sizes[0], sizes[1] + 1)), rng) for k, rng in enumerate(rngs)]


def draw_facts(size: int, rng: np.random.Generator) -> list[Fact]:
    """A passage of `size` facts in random order, homes and things in about equal parts."""
    homes = min(size // 2, len(NAMES))
    people = rng.permutation(NAMES)[:homes].tolist()
    return _shuffled([*_homes(people, rng), *_belongings(people, size - homes, _all_things(), rng)], rng)


def draw_collection(size: int, rng: np.random.Generator) -> list[Fact]:
    """A passage of `size` facts in random order, in which the first fact's person owns 1 to `MOST` of one kind.

    The others are homes, other things of that person, and things of that kind that others own.
    """
    people = rng.permutation(NAMES)[: int(rng.integers(3, 7))].tolist()
    person, kind = people[0], str(rng.choice(list(THINGS)))
    colours = rng.permutation(COLOURS).tolist()
    number = int(rng.integers(1, min(MOST, size // 2) + 1))
    mine = [Fact(person, f"{colour} {kind}") for colour in colours[:number]]
    homes = _homes(people, rng)[: size - number]
    theirs = _belongings(people[1:], len(colours) - number, [f"{colour} {kind}" for colour in colours[number:]], rng)
    left = size - number - len(homes)
    same = theirs[: int(rng.integers(left // 2 + 1))]
    others = [thing for thing in _all_things() if not thing.endswith(f" {kind}")]
    rest = _belongings(people, left - len(same), others, rng)
    return [mine[0], *_shuffled([*mine[1:], *homes, *same, *rest], rng)]


def solve(sentences: Iterable[str], question: str) -> str:
    """The answer that follows from the sentences alone, `UNKNOWN` where none does; a count is that of what is said.

    Args:
        sentences: as in a passage, or with words hidden: a fact whose names can't be read is not said.
        question: as `questions` or `ask` write it.

    Raises:
        InputError: not such a question.
    """
    return conclude([fact for fact in map(read, sentences) if fact is not None], question)


def conclude(known: Sequence[Fact], question: str) -> str:
    """As `solve`, from what the sentences say."""
    words = _WORD.findall(question)
    thing = " ".join(word for word in words if word in COLOURS or word in THINGS)
    names = [word for word in words if word in NAMES]
    kinds = [SINGULAR[word] for word in words if word in SINGULAR]
    if words[:2] == ["How", "many"] and names and kinds:
        return str(sum(fact.person == names[0] and fact.thing.endswith(f" {kinds[0]}") for fact in known))
    people = names or [fact.person for fact in known if thing and fact.thing == thing]
    if words[:1] == ["Who"] and thing:
        return people[0] if people else UNKNOWN
    if words[:1] == ["Where"] and (thing or names):
        return next((fact.place for fact in known if fact.place and fact.person in people), UNKNOWN)
    raise InputError(f"{question!r} is not a question about such a passage")


@lru_cache(maxsize=4096)
def read(sentence: str) -> Fact | None:
    """What a sentence says; None where a hidden word leaves it open."""
    words = _WORD.findall(sentence)
    found = [[word for word in words if word in group] for group in (NAMES, PLACES, COLOURS, THINGS)]
    people, places, colours, kinds = found
    if people and colours and kinds:
        return Fact(people[0], thing=f"{colours[0]} {kinds[0]}")
    return Fact(people[0], place=places[0]) if people and places else None


def ask(form: str, fact: Fact) -> str:
    """A question that a fact gives rise to.

    Args:
        form: "two-hop", "counting" or "owner" for a fact about a thing; "home" for any.
        fact: whose words it takes.
    """
    if form == "home":
        return f"Where does {fact.person} live?"
    if form == "counting":
        return f"How many {THINGS[fact.thing.split()[1]]} does {fact.person} own?"
    return f"Who owns the {fact.thing}?" if form == "owner" else f"Where does the owner of the {fact.thing} live?"


def to_hotpotqa(drawn: Sequence[Question]) -> list[dict[str, Any]]:
    """As in HotpotQA's files: one entry per question, its passage as titled lists of sentences."""
    return [
        {
            "_id": one.id,
            "question": one.question,
            "answer": one.answer,
            "supporting_facts": one.facts,
            "context": [[title, list(sentences)] for title, sentences in one.paragraphs],
            "type": "bridge" if one.kind == "two-hop" else "counting",
            "level": "easy",
        }
        for one in drawn
    ]


def to_drop(drawn: Sequence[Question]) -> dict[str, Any]:
    """As in DROP's files: one passage per question; a count is a number, a place a span.

    One key is added, which DROP does not have: "supporting_facts", the positions of the needed sentences.
    """
    return {
        f"passage-{one.id}": {
            "passage": one.text,
            "qa_pairs": [
                {
                    "question": one.question,
                    "answer": {
                        "number": one.answer if one.kind == "counting" else "",
                        "date": {"day": "", "month": "", "year": ""},
                        "spans": [] if one.kind == "counting" else [one.answer],
                    },
                    "query_id": one.id,
                    "supporting_facts": list(one.needed),
                }
            ],
        }
        for one in drawn
    }


def vocabulary() -> list[str]:
    """Every word and mark of the passages, their titles, the questions and the answers, sorted."""
    person = Fact(NAMES[0], thing=f"{COLOURS[0]} boat")
    forms = [ask(form, person) for form in ("home", "counting", "owner", "two-hop")]
    texts = [str(person), str(Fact(NAMES[0], place=PLACES[0])), *forms, "Answer:", UNKNOWN]
    groups = (NAMES, PLACES, COLOURS, THINGS, THINGS.values(), DAYS, map(str, range(len(COLOURS) + 1)))
    words = [word for group in groups for word in group]
    return sorted({*words, *re.findall(r"\w+|[^\w\s]", " ".join(texts))})


def _two_hop(name: str, size: int, rng: np.random.Generator) -> Question:
    facts = draw_facts(size, rng)
    things = [k for k, fact in enumerate(facts) if fact.thing]
    first = things[int(rng.integers(len(things)))]
    second = next(k for k, fact in enumerate(facts) if fact.place and fact.person == facts[first].person)
    return _written(name, "two-hop", facts, facts[first], (first, second), rng)


def _counting(name: str, size: int, rng: np.random.Generator) -> Question:
    facts = draw_collection(size, rng)
    asked = facts[0]
    facts = _shuffled(facts, rng)
    kind = asked.thing.split()[1]
    needed = [k for k, fact in enumerate(facts) if fact.person == asked.person and fact.thing.endswith(f" {kind}")]
    return _written(name, "counting", facts, asked, needed, rng)


def _written(
    name: str, kind: str, facts: list[Fact], asked: Fact, needed: Iterable[int], rng: np.random.Generator
) -> Question:
    sentences = [str(fact) for fact in facts]
    question = ask(kind, asked)
    count = min(len(DAYS), max(2, -(-len(facts) // _PER_PARAGRAPH)))
    cuts = sorted((1 + rng.permutation(len(facts) - 1)[: count - 1]).tolist())
    edges = [0, *cuts, len(facts)]
    days = sorted(rng.permutation(len(DAYS))[:count].tolist())
    paragraphs = tuple(
        (DAYS[day], tuple(sentences[a:b])) for day, a, b in zip(days, edges[:-1], edges[1:], strict=True)
    )
    return Question(name, kind, question, solve(sentences, question), paragraphs, tuple(sorted(needed)))


def _homes(people: list[str], rng: np.random.Generator) -> list[Fact]:
    places = rng.permutation(PLACES)[: len(people)].tolist()
    return [Fact(person, place=place) for person, place in zip(people, places, strict=True)]


def _belongings(people: list[str], count: int, things: list[str], rng: np.random.Generator) -> list[Fact]:
    chosen = rng.permutation(things)[:count].tolist()
    return [Fact(people[int(rng.integers(len(people)))], thing=thing) for thing in chosen]


def _all_things() -> list[str]:
    return [f"{colour} {kind}" for colour in COLOURS for kind in THINGS]


def _shuffled(facts: list[Fact], rng: np.random.Generator) -> list[Fact]:
    return [facts[k] for k in rng.permutation(len(facts))]
