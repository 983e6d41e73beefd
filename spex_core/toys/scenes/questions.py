"""Questions about drawn scenes, with the true answer for what is visible."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from spex_core.arrays import BoolArray
from spex_core.toys.scenes.world import COLOURS, KINDS, MOST_THINGS, Scene, Thing, visible_share

NUMBERS = ("zero", "one", "two", "three", "four", "five")
PLURALS = {kind: "fish" if kind == "fish" else f"{kind}s" for kind in KINDS}
SEEN, UNSEEN = 0.6, 0.35
"""Share of a thing that must show for it to count as there, and below which it counts as hidden."""
_BAND = 16  # height of a line in which things are read from left to right
_CLEARLY = 6  # horizontal distance that makes "left of" certain


@dataclass(frozen=True)
class Question:
    """A question and its true answer.

    Attributes:
        kind: a key of `KINDS_OF_QUESTION`.
        text: lower-case words, punctuation attached.
        answer: likewise.
    """

    kind: str
    text: str
    answer: str


@dataclass(frozen=True)
class View:
    """What shows of a scene.

    Attributes:
        things: those that count as there.
        unsure: kinds of which something is half hidden: nothing is asked about them.
    """

    things: tuple[Thing, ...]
    unsure: frozenset[str]

    def of(self, kind: str) -> list[Thing]:
        """Visible things of a kind."""
        return [thing for thing in self.things if thing.kind == kind]


def view(scene: Scene, kept: BoolArray | None = None) -> View:
    """What shows where only the `kept` cells, (rows, columns) bool, do; everything by default."""
    if kept is None:
        return View(scene.things, frozenset())
    shares = [visible_share(thing, kept) for thing in scene.things]
    there = tuple(thing for thing, share in zip(scene.things, shares, strict=True) if share >= SEEN)
    half = (thing.kind for thing, share in zip(scene.things, shares, strict=True) if UNSEEN < share < SEEN)
    return View(there, frozenset(half))


def ask(seen: View, kind: str, rng: np.random.Generator) -> Question | None:
    """A random question of one kind, None where this view allows none."""
    asked = _ASK[kind](seen, rng)
    return None if asked is None else Question(kind, *asked)


def _pick(rng: np.random.Generator, options: Sequence[str]) -> str:
    return options[int(rng.integers(len(options)))]


def _present(seen: View) -> list[str]:
    return sorted({thing.kind for thing in seen.things} - seen.unsure)


def _absent(seen: View) -> list[str]:
    return [kind for kind in KINDS if kind not in seen.unsure and not seen.of(kind)]


def _presence(seen: View, rng: np.random.Generator) -> tuple[str, str] | None:
    yes = rng.random() < 0.5
    options = _present(seen) if yes else _absent(seen)
    return (f"is there {_a(_pick(rng, options))}?", _said(yes)) if options else None


def _joint(seen: View, rng: np.random.Generator) -> tuple[str, str] | None:
    present, absent = _present(seen), _absent(seen)
    both = rng.random() < 0.5
    if both and len(present) >= 2:
        pair = [present[i] for i in rng.choice(len(present), 2, replace=False)]
    elif not both and present and absent and rng.random() < 0.8:
        pair = [_pick(rng, present), _pick(rng, absent)]
    elif not both and len(absent) >= 2:
        pair = [absent[i] for i in rng.choice(len(absent), 2, replace=False)]
    else:
        return None
    first, second = (pair[i] for i in rng.permutation(2))
    return f"is there {_a(first)} and {_a(second)}?", _said(both)


def _attribute(seen: View, rng: np.random.Generator) -> tuple[str, str] | None:
    present = _present(seen)
    if not present:
        return None
    kind = _pick(rng, present)
    colours = sorted({thing.colour for thing in seen.of(kind)})
    yes = rng.random() < 0.5
    elsewhere = sorted({thing.colour for thing in seen.things} - set(colours))
    others = elsewhere if elsewhere and rng.random() < 0.5 else [c for c in COLOURS if c not in colours]
    colour = _pick(rng, colours if yes else others)
    return f"is there {_a(f'{colour} {kind}')}?", _said(yes)


def _colour(seen: View, rng: np.random.Generator) -> tuple[str, str] | None:
    single = [kind for kind in _present(seen) if len(seen.of(kind)) == 1]
    if not single:
        return None
    kind = _pick(rng, single)
    return f"what colour is the {kind}?", seen.of(kind)[0].colour


def _count(seen: View, rng: np.random.Generator) -> tuple[str, str] | None:
    counts = Counter(thing.kind for thing in seen.things if thing.kind not in seen.unsure)
    several = sorted(kind for kind in counts if counts[kind] > 1)
    draw = rng.random()
    options = several if several and draw < 0.5 else sorted(counts) if counts and draw < 0.85 else _absent(seen)
    if not options:
        return None
    kind = _pick(rng, options)
    return f"how many {PLURALS[kind]} are there?", NUMBERS[counts[kind]]


def _side(seen: View, rng: np.random.Generator) -> tuple[str, str] | None:
    single = [kind for kind in _present(seen) if len(seen.of(kind)) == 1]
    if len(single) < 2:
        return None
    first, second = (seen.of(single[i])[0] for i in rng.choice(len(single), 2, replace=False))
    if abs(first.x - second.x) < _CLEARLY:
        return None
    return f"is the {first.kind} left of the {second.kind}?", _said(first.x < second.x)


def _shown(seen: View, rng: np.random.Generator) -> tuple[str, str] | None:
    return None if seen.unsure else ("what is shown?", caption(seen))


def caption(seen: View) -> str:
    """The visible things in reading order: lines from the top, each from the left."""
    ordered = sorted(seen.things, key=lambda thing: (thing.y // _BAND, thing.x))
    return " and ".join(_a(f"{thing.colour} {thing.kind}") for thing in ordered) or "nothing"


def _a(noun: str) -> str:
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


def _said(truth: bool) -> str:
    return "yes" if truth else "no"


_ASK: dict[str, Callable[[View, np.random.Generator], tuple[str, str] | None]] = {
    "presence": _presence,
    "joint presence": _joint,
    "coloured thing": _attribute,
    "colour": _colour,
    "count": _count,
    "left or right": _side,
    "what is shown": _shown,
}
KINDS_OF_QUESTION = tuple(_ASK)

_SMALL_WORDS = (
    "is",
    "are",
    "there",
    "a",
    "an",
    "the",
    "and",
    "of",
    "left",
    "what",
    "colour",
    "how",
    "many",
    "shown",
    "?",
)
WORDS = sorted(
    {
        *_SMALL_WORDS,
        *("yes", "no", "nothing"),
        *KINDS,
        *PLURALS.values(),
        *COLOURS,
        *NUMBERS[: MOST_THINGS + 1],
    }
)
"""Every word that is asked or answered."""
ALTERNATIVES = (("yes", "no"), tuple(COLOURS), NUMBERS[: MOST_THINGS + 1], KINDS)
"""Words that answer the same question."""
