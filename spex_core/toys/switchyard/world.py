"""Puzzles of a tram, a lever and two tracks, whose right answer follows from a rule.

The rule: pulling the lever is right when fewer people are hit with it than without it. Without it the tram hits the
people on the main track; with it, those on the side track; things are nobody. So it is unless a *twist* says otherwise:
the tram rolls away or stands still, the people can leave, the lever does nothing.

In the *classic* the tram rolls towards several people who cannot leave, and one person is on the side track: pull. A
*variant* is a classic with a twist, which makes pulling wrong; the words that say so are its *deciding* words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from spex_core.models.language.toy import QUESTIONS

NUMBERS = ("no", "one", "two", "three", "four", "five", "six")
PEOPLE = (
    ("person", "people"),
    ("worker", "workers"),
    ("hiker", "hikers"),
    ("child", "children"),
    ("painter", "painters"),
)
THINGS = (("crate", "crates"), ("barrel", "barrels"), ("dummy", "dummies"), ("bicycle", "bicycles"))
VEHICLES = ("tram", "trolley", "train", "wagon")
LOOSE = ("without brakes", "that nobody drives", "with no driver")
ROLLING = ("rolling", "heading", "racing", "running")
TOWARDS = ("towards", "toward", "at")
AWAY = ("away from",)
STILL = ("standing still before", "standing still in front of")
HELD = ("cannot leave", "are tied to", "are stuck on", "cannot get off")
FREE = ("have left", "have just left", "are far from", "stand well clear of")
STANDING = ("stand at", "are near", "stand beside")
LEVERS = ("lever", "switch")
DEAD = ("which is broken", "whose cable is broken", "without a cable")
PULLING = ("pull", "move", "turn")
TURNING = ("turns", "goes", "swings")
HITTING = ("hit", "strike", "kill")
FILLERS = (
    "It is raining.",
    "It is early in the morning.",
    "It is dark.",
    "Nobody else is around.",
    "You have not eaten yet.",
    "You have not stretched yet.",
    "The {lever} is heavy.",
    "The {lever} is old and rusty.",
)
TWISTS = ("away", "still", "free", "dead")
"""The tram rolls away from the main track's people; it stands still; they can leave; the lever does nothing."""


@dataclass(frozen=True)
class Arrangement:
    """Who is where.

    Attributes:
        main, side: how many are on the main and on the side track.
        main_people, side_people: whether those are people; else things.
        twists: any of `TWISTS`.
    """

    main: int = 5
    side: int = 1
    main_people: bool = True
    side_people: bool = True
    twists: frozenset[str] = frozenset()

    @property
    def pull(self) -> bool:
        """Whether pulling the lever is right. Each twist alone makes it useless, or harmful."""
        without = self.main if self.main_people else 0
        return not self.twists and without > (self.side if self.side_people else 0)


@dataclass(frozen=True)
class Puzzle:
    """A puzzle as it is told.

    Attributes:
        text: the story.
        arrangement: what it tells.
        deciding: character spans of the words that tell its twists.
        classic: of a variant, the same story without its twist.
    """

    text: str
    arrangement: Arrangement
    deciding: tuple[tuple[int, int], ...] = ()
    classic: str = ""

    def answer(self, question: str) -> str:
        """The right answer, in the words of the question."""
        return say(self.arrangement.pull, question)


def say(pull: bool, question: str) -> str:
    """ "yes", "no", "true" or "false": what "pull" or "do not pull" is called in reply to one of `QUESTIONS`."""
    if question.startswith("True or False"):
        return "true" if pull == ("not" not in question) else "false"
    return "yes" if pull else "no"


@dataclass(frozen=True)
class _Wording:
    """Everything about a story but its arrangement."""

    vehicle: str
    loose: str
    rolling: str
    towards: str
    away: str
    still: str
    held: str
    free: str
    standing: str
    lever: str
    dead: str
    pulling: str
    turning: str
    hitting: str
    straight: bool
    people: tuple[tuple[str, str], tuple[str, str]]
    things: tuple[tuple[str, str], tuple[str, str]]
    filler: str
    filler_last: bool


def classic(rng: np.random.Generator) -> Puzzle:
    """The puzzle as it is usually told, in random words."""
    return _tell(_classic(rng), _wording(rng))


def variant(rng: np.random.Generator, twist: str | None = None) -> Puzzle:
    """A classic with one of `TWISTS`, a random one if none is given."""
    chosen = TWISTS[rng.integers(len(TWISTS))] if twist is None else twist
    arrangement, words = _classic(rng), _wording(rng)
    told = _tell(replace(arrangement, twists=frozenset([chosen])), words)
    return replace(told, classic=_tell(arrangement, words).text)


def plain_puzzle(rng: np.random.Generator) -> Puzzle:
    """A puzzle without a twist: who and how many are on either track is drawn evenly."""
    main, side = (int(rng.integers(len(NUMBERS))) for _ in range(2))
    flags = rng.random(2) < 0.5
    return _tell(Arrangement(main, side, bool(flags[0]), bool(flags[1])), _wording(rng))


def twisted_puzzle(rng: np.random.Generator) -> Puzzle:
    """Like `plain_puzzle`, with each twist or without it; one of those about the tram at most."""
    plain = plain_puzzle(rng).arrangement
    found = {twist for twist in TWISTS if rng.random() < 0.4}
    return _tell(replace(plain, twists=frozenset(found - ({"still"} if "away" in found else set()))), _wording(rng))


def _classic(rng: np.random.Generator) -> Arrangement:
    return Arrangement(main=int(rng.integers(3, 7)), side=1)


def _wording(rng: np.random.Generator) -> _Wording:
    def pick(words: Sequence[str]) -> str:
        return words[int(rng.integers(len(words)))]

    def two(words: Sequence[tuple[str, str]]) -> tuple[tuple[str, str], tuple[str, str]]:
        first, second = rng.integers(len(words), size=2)
        return words[first], words[first if rng.random() < 0.5 else second]

    return _Wording(
        vehicle=pick(VEHICLES),
        loose=pick(LOOSE),
        rolling=pick(ROLLING),
        towards=pick(TOWARDS),
        away=pick(AWAY),
        still=pick(STILL),
        held=pick(HELD),
        free=pick(FREE),
        standing=pick(STANDING),
        lever=pick(LEVERS),
        dead=pick(DEAD),
        pulling=pick(PULLING),
        turning=pick(TURNING),
        hitting=pick(HITTING),
        straight=bool(rng.random() < 0.5),
        people=two(PEOPLE),
        things=two(THINGS),
        filler=pick(FILLERS) if rng.random() < 0.6 else "",
        filler_last=bool(rng.random() < 0.5),
    )


def _tell(arrangement: Arrangement, words: _Wording) -> Puzzle:
    """Write the story; the words that tell a twist are marked as deciding."""
    twists = arrangement.twists
    main_kind = (words.people if arrangement.main_people else words.things)[0]
    side_kind = (words.people if arrangement.side_people else words.things)[1]
    straight = "straight " if words.straight else ""
    towards = [(f"{words.rolling} {straight}", False), (words.towards, False)]
    if "still" in twists:
        towards = [(words.still, True)]
    elif "away" in twists:
        towards[1] = (words.away, True)
    story = [
        [
            (f"A {words.vehicle} {words.loose} is ", False),
            *towards,
            (f" {NUMBERS[arrangement.main]} {_count(main_kind, arrangement.main)} ", False),
            ("who " if arrangement.main_people else "that ", False),
            (_agree(words.free if "free" in twists else words.held, arrangement.main), "free" in twists),
            (" the track.", False),
        ],
        [
            (f"You {words.standing} a {words.lever}", False),
            (f" {words.dead}" if "dead" in twists else "", True),
            (".", False),
        ],
        [
            (
                f"If you {words.pulling} it, the {words.vehicle} {words.turning} onto a side track, where it will "
                f"{words.hitting} {NUMBERS[arrangement.side]} {_count(side_kind, arrangement.side)}.",
                False,
            ),
        ],
    ]
    if words.filler:
        first = 2 if "{lever}" in words.filler else 1  # not before its lever
        story.insert(len(story) if words.filler_last else first, [(words.filler.format(lever=words.lever), False)])
    text, deciding = "", []
    for sentence in story:
        text += " " if text else ""
        for part, decides in sentence:
            if decides and part:
                deciding.append((len(text) + len(part) - len(part.lstrip()), len(text) + len(part)))
            text += part
    return Puzzle(text, arrangement, tuple(deciding))


def _count(kind: tuple[str, str], number: int) -> str:
    return kind[number != 1]


def _agree(verb: str, number: int) -> str:
    """The verb phrase for one or for several."""
    if number != 1:
        return verb
    first, _, rest = verb.partition(" ")
    return f"{ {'are': 'is', 'have': 'has', 'stand': 'stands'}.get(first, first) } {rest}"


def vocabulary() -> list[str]:
    """Every word of the stories, the questions and the answers, lower-cased and sorted."""
    groups = (NUMBERS, VEHICLES, LOOSE, ROLLING, TOWARDS, AWAY, STILL, HELD, FREE, STANDING, LEVERS, DEAD, PULLING)
    text = [word for group in (*groups, TURNING, HITTING, FILLERS, QUESTIONS) for word in group]
    text += [word for pair in (*PEOPLE, *THINGS) for word in pair]
    text += [
        "is has stands",
        "A is straight that who the track. You a. If you it, the onto a side track, where it will",
    ]
    text += ["yes no true false", "Answer:"]
    return sorted(set(re.findall(r"\w+|[^\w\s]", " ".join(text).replace("{lever}", "").lower())))
