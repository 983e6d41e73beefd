"""What the embedded reader is taught with: passages with parts hidden, and many questions about each.

A lesson is one passage and several questions, each of which is read as if it alone came after the passage. Sentences or
words are hidden, or left out, before the right answers are found: a masked passage is then in the training
distribution, and the right answer to it is what it still says.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np

from spex_core.arrays import FloatArray
from spex_core.toys.reading.world import (
    COLOURS,
    DAYS,
    MOST,
    NAMES,
    PLACES,
    SINGULAR,
    THINGS,
    UNKNOWN,
    Fact,
    ask,
    conclude,
    draw_collection,
    draw_facts,
    read,
    vocabulary,
)
from spex_core.toys.word_llama import word_ids

HIDDEN = "[UNK]"
START = (-1, -1)
HEADS = ("person", "colour", "kind")
SHARES = {"two-hop": 0.6, "owner": 0.2, "home": 0.2}
"""Of the questions that count nothing; the last two need one sentence each."""
SURE, DOUBT = 0.96, 0.1  # probability of the answer where it is said; of all others where it is not
NEAR = 1.5  # a count that is off by one is e^NEAR times less probable
IDS = word_ids(vocabulary())
_TOKEN = re.compile(r"\[UNK\]|\w+|[^\w\s]+")
_COUNTS = [str(k) for k in range(MOST + 1)]


@dataclass(frozen=True)
class Mix:
    """What lessons are about.

    Attributes:
        collections: share of passages in which somebody owns several of a kind.
        counting: share of counting questions.
        first: share of those that are about the collection, where there is one.
    """

    collections: float
    counting: float
    first: float


FINDING = Mix(0.3, 0.25, 0.42)
COUNTING = Mix(0.6, 0.4, 0.75)


@dataclass(frozen=True)
class Hint:
    """What a throw-away linear head reads at one token, to say early what the model has to bind.

    The same head reads a passage's and a question's tokens, so that what is to be matched looks alike.

    Attributes:
        head: one of `HEADS`.
        depth: after how many layers it reads.
        question: position of the question that the token is in, -1 in the passage.
        token: position in that question, or in the passage.
        word: what is to be read.
    """

    head: str
    depth: int
    question: int
    token: int
    word: str


@dataclass(frozen=True)
class Pointer:
    """Where one attention head is to look from one token, so that matching need not be found by chance.

    A token is (position of its question, or -1 in the passage; position there); `START` is what begins every text, and
    is looked at where there is nothing to find.

    Attributes:
        layer: from 0.
        head: of that layer.
        token: that looks.
        keys: what it looks at, in equal parts.
    """

    layer: int
    head: int
    token: tuple[int, int]
    keys: tuple[tuple[int, int], ...]


@dataclass(frozen=True, eq=False)
class Lesson:
    """One passage and its questions.

    Attributes:
        passage: words and marks, hidden ones as `HIDDEN`.
        questions: words and marks of each, "Answer:" behind it.
        targets: (questions, vocabulary) probability of each word as the answer.
        hints: see `Hint`.
        pointers: see `Pointer`.
    """

    passage: list[str]
    questions: list[tuple[str, ...]]
    targets: FloatArray
    hints: list[Hint]
    pointers: list[Pointer]


def draw_lesson(size: int, count: int, rng: np.random.Generator, mix: Mix = FINDING) -> Lesson:
    """A lesson about `size` sentences with `count` questions."""
    facts = (draw_collection if rng.random() < mix.collections else draw_facts)(size, rng)
    first = facts[0]  # of a collection, one that is worth counting
    facts = [facts[k] for k in rng.permutation(size)]
    shown = _hide(_titled([str(fact) for fact in facts], rng), rng)
    known = [fact for fact in map(read, shown) if fact is not None]
    asked = [_question(first, facts, rng, mix) for _ in range(count)]
    targets = np.array([target(question.split()[0], conclude(known, question)) for question in asked])
    written = [tokens(sentence) for sentence in shown]
    questions = [tokens(f"{question} Answer:") for question in asked]
    places = _places(written)
    hints, pointers = _bindings(written)
    for k, words in enumerate(questions):
        more = _asked(k, words, places)
        hints += more[0]
        pointers += more[1]
    return Lesson([word for sentence in written for word in sentence], questions, targets, hints, pointers)


@cache
def target(first: str, answer: str) -> FloatArray:
    """(vocabulary,) probabilities that are taught for an answer to a question with this first word.

    They are never quite sure, so that log-odds stay bounded. A place or a name has `SURE`, or, where nothing is said,
    "unknown" has all but `DOUBT`; the rest is even. A count falls off on both sides.
    """
    found = np.zeros(len(IDS))
    if first == "How":
        weights = np.exp(-NEAR * np.abs(np.arange(len(_COUNTS)) - int(answer)))
        found[[IDS[count] for count in _COUNTS]] = weights / weights.sum()
        return found
    group = [IDS[word] for word in (NAMES if first == "Who" else PLACES)]
    said = answer != UNKNOWN
    found[group] = (0.5 * (1 - SURE) if said else DOUBT) / len(group)
    found[IDS[UNKNOWN]] = 0.5 * (1 - SURE) if said else 1 - DOUBT
    found[IDS[answer]] += SURE * said
    return found


@lru_cache(maxsize=4096)
def tokens(text: str) -> tuple[str, ...]:
    """Words and marks, as the model's tokenizer cuts them."""
    return tuple(_TOKEN.findall(text))


def _places(sentences: list[tuple[str, ...]]) -> dict[Fact, tuple[int, int]]:
    """The last name of each fact, which stands for it."""
    found: dict[Fact, tuple[int, int]] = {}
    start = 0
    for words in sentences:
        fact = read(" ".join(words))
        if fact is not None:
            found[fact] = (-1, start + words.index(fact.thing.split()[-1] if fact.thing else fact.place))
        start += len(words)
    return found


def _bindings(sentences: list[tuple[str, ...]]) -> tuple[list[Hint], list[Pointer]]:
    """A fact's last name knows the others after one layer."""
    hints: list[Hint] = []
    pointers: list[Pointer] = []
    start = 0
    for words in sentences:
        fact = read(" ".join(words))
        if fact is not None:
            colour, _, kind = fact.thing.partition(" ")
            last = start + words.index(kind or fact.place)
            hints.append(Hint("person", 1, -1, last, fact.person))
            pointers.append(Pointer(0, 0, (-1, last), ((-1, start + words.index(fact.person)),)))
            if colour:
                hints += [Hint("colour", 1, -1, last, colour), Hint("kind", 1, -1, last, kind)]
                pointers.append(Pointer(0, 1, (-1, last), ((-1, start + words.index(colour)),)))
        start += len(words)
    return hints, pointers


def _asked(k: int, words: tuple[str, ...], places: dict[Fact, tuple[int, int]]) -> tuple[list[Hint], list[Pointer]]:
    """What a question is about reaches its end after one layer, and finds its facts in the next.

    In a two-hop question the thing takes the end's part; the second layer finds its owner, the third the home.
    """
    named = {"person": NAMES, "colour": COLOURS, "kind": (*THINGS, *THINGS.values())}
    found = {head: at for at, word in enumerate(words) for head, group in named.items() if word in group}
    said = {head: SINGULAR.get(words[at], words[at]) for head, at in found.items()}
    two_hop = "owner" in words
    end = (k, found["kind"] if two_hop else len(words) - 1)
    hints = [Hint(head, 1, *end, word) for head, word in said.items()]
    heads = {"person": 0, "colour": 1, "kind": 2}
    pointers = [Pointer(0, heads[head], end, ((k, at),)) for head, at in found.items() if (k, at) != end]
    person = said.get("person", "")
    if words[0] == "How":
        mine = [at for fact, at in places.items() if fact.person == person and fact.thing.endswith(f" {said['kind']}")]
        return hints, [*pointers, Pointer(1, 1, end, (START, *mine))]
    if "colour" in said:
        thing = f"{said['colour']} {said['kind']}"
        owners = [(fact.person, at) for fact, at in places.items() if fact.thing == thing]
        person, at = owners[0] if owners else (UNKNOWN, START)
        pointers.append(Pointer(1, 0, end, (at,)))
    if two_hop:
        hints.append(Hint("person", 2, *end, person))
        pointers.append(Pointer(3, 0, (k, len(words) - 1), (end,)))
    if words[0] == "Where":
        home = next((at for fact, at in places.items() if fact.place and fact.person == person), START)
        pointers.append(Pointer(2 if two_hop else 1, 2, end, (home,)))
    return hints, pointers


def _question(first: Fact, facts: list[Fact], rng: np.random.Generator, mix: Mix) -> str:
    counting = rng.random() < mix.counting
    form = "counting" if counting else str(rng.choice(list(SHARES), p=list(SHARES.values())))
    pool = facts if form == "home" else [fact for fact in facts if fact.thing]
    fact = pool[int(rng.integers(len(pool)))]
    draw = rng.random()
    if counting and draw < mix.first:
        fact = first if first.thing else fact
    elif counting and draw < mix.first + 0.18:  # anything else, most often none
        fact = Fact(fact.person, f"{COLOURS[0]} {rng.choice(list(THINGS))}")
    return ask(form, fact)


def _hide(sentences: list[str], rng: np.random.Generator) -> list[str]:
    """Hide or leave out a random share, of sentences mostly, of words else; a quarter stays as it is."""
    way = rng.random()
    share = 1.0 if rng.random() < 0.03 else 0.75 * rng.random()
    if way < 0.25:
        return sentences
    if way < 0.8:
        gone = rng.random(len(sentences)) < share
        shown = [HIDDEN if hidden else sentence for sentence, hidden in zip(sentences, gone, strict=True)]
        return shown if way < 0.55 else [sentence for sentence in shown if sentence != HIDDEN]
    share = share**2  # a fact needs several words
    words = [[HIDDEN if rng.random() < share else word for word in sentence.split()] for sentence in sentences]
    if way < 0.92:
        return [" ".join(row) for row in words]
    return [" ".join(word for word in row if word != HIDDEN) for row in words]


def _titled(sentences: list[str], rng: np.random.Generator) -> list[str]:
    """In half of the passages some sentences begin a paragraph, with its title before them."""
    if rng.random() < 0.5:
        return sentences
    heads = rng.choice(DAYS, size=len(sentences))
    starts = rng.random(len(sentences)) < 0.2
    return [
        f"{head}: {sentence}" if start else sentence
        for head, sentence, start in zip(heads, sentences, starts, strict=True)
    ]
