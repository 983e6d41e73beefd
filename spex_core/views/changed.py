"""What the changed words of a text do, in the run before the change and in the one after it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

from spex_core.arrays import Support
from spex_core.explanation.result import Explanation, Interaction
from spex_core.explanation.sources import TextSource
from spex_core.views.alignment import Matching
from spex_core.views.labels import short, signed
from spex_core.views.pair_words import Piece, Sentence, named, quoted
from spex_core.views.patches import feature_noun
from spex_core.views.shown import effective
from spex_core.views.verdict import said, side

INDEX = "BII"
"""What the words of a verdict are read from, whatever index is on screen: an answer is not right under one index and
wrong under another."""
SMALL = 0.05
"""Share of the largest effect of a run below which changed words are said to carry no effect."""
MOST_STRETCHES = 3


@dataclass(frozen=True)
class Effect:
    """What some features do together: the output with all of them kept minus that with all of them hidden, on average
    over what else is kept.

    Attributes:
        value: in the unit of the output.
        reach: two standard deviations, None where the value is exact.
    """

    value: float
    reach: float | None


def group_effect(run: Explanation, features: Sequence[int]) -> Effect:
    """What some features do together, see `Effect`: -2 times the sum of F(S) over the subsets S of odd size, which for
    one feature is its Banzhaf value.

    Terms that are too weak to be listed come from the accurate spectrum, with the error of the listed ones: that of a
    mean over the same masks. A single feature in neither counts as 0 with that error.
    """
    members = set(features)

    def within(support: Support) -> bool:
        return len(support) % 2 == 1 and members.issuperset(support)

    columns = [at for at, support in enumerate(run.spectrum.supports) if within(support)]
    value = float(run.spectrum.coefficients[columns].sum())
    listed = {run.spectrum.supports[at] for at in columns}
    weak = {
        support: coefficient
        for support, coefficient in zip(run.predicting.supports, run.predicting.coefficients.tolist(), strict=True)
        if within(support) and support not in listed
    }
    value += sum(weak.values())
    if not len(run.draws):
        return Effect(-2 * value, None)
    error = float(np.median(run.draws.std(axis=0)))
    unlisted = {*weak, *((feature,) for feature in members)} - listed
    variance = float(run.draws[:, columns].sum(axis=1).var()) + len(unlisted) * error**2
    return Effect(-2 * value, 4 * variance**0.5)


def does(a: Explanation, b: Explanation, matching: Matching) -> Sentence:
    """The rest of a sentence that begins with `phrase`: what the words that were put in do in B, then what those that
    they stand for did in A, where that is something."""
    gone, new = _Part(a, matching.only_a, 0), _Part(b, matching.only_b, 1)
    if not new.own:
        return (*_alone(gone), Piece(" in A."))
    pieces = [*_alone(new, said(a) if said(a) != said(b) else "")]
    if gone.own and gone.matters:
        words = Piece(quoted(a, gone.own), "feature", (gone.own, ()))
        pieces += [Piece("; in A "), words, Piece(" pushed towards "), gone.towards, Piece(f" ({gone.size})")]
    return (*pieces, Piece("."))


def _alone(part: _Part, old: str = "") -> Sentence:
    """What the words of one side do; `old` is the answer to the other side where it is another one."""
    if part.matters:
        answer = part.toward_answer
        if old and answer:
            return (Piece(" carry the new answer: they push towards "), part.towards, Piece(f" ({part.size})"))
        rest = "" if answer or old or not said(part.run) else ", too little to change the answer"
        return (Piece(" push towards "), part.towards, Piece(f" ({part.size}){rest}"))
    if part.joint is not None:
        others = tuple(at for at in part.joint.features if at not in set(part.own))
        both: tuple[Support, Support] = ((), others) if part.place else (others, ())
        names = Piece(named(part.run, others), "feature", both)
        return (Piece(f" have no effect of their own ({part.size}) but act together with "), names)
    sure = part.effect.reach is not None and abs(part.effect.value) > part.effect.reach
    return (Piece(" carry "), Piece("next to no effect" if sure else "no effect", "strong"), Piece(f" ({part.size})"))


@dataclass(frozen=True)
class _Part:
    """The changed words of one side.

    Attributes:
        run: the run of that side.
        own: their positions.
        place: 0 for A, 1 for B.
    """

    run: Explanation
    own: Support
    place: int

    @cached_property
    def found(self) -> list[Interaction]:
        return effective(self.run.interactions(INDEX))

    @cached_property
    def largest(self) -> float:
        return max((abs(item.value) for item in self.found), default=0.0)

    @cached_property
    def effect(self) -> Effect:
        return group_effect(self.run, self.own)

    @property
    def size(self) -> str:
        """ "−8.92 ± 0.06"."""
        value, reach = signed(self.effect.value, self.largest), self.effect.reach
        return value if reach is None else f"{value} ± {signed(reach, self.largest).lstrip('+')}"

    @property
    def matters(self) -> bool:
        """Whether they move the output by themselves, on average."""
        return abs(self.effect.value) > max(self.effect.reach or 0.0, SMALL * self.largest)

    @property
    def towards(self) -> Piece:
        return Piece(short(self.run.toward[self.effect.value > 0], 40), "strong")

    @property
    def toward_answer(self) -> bool:
        return self.effect.value * side(self.run) > 0

    @property
    def joint(self) -> Interaction | None:
        """The strongest group of some of them with other words, None where there is none to speak of."""
        own = set(self.own)
        mixed = (item for item in self.found if 0 < len(own.intersection(item.features)) < item.order)
        return next((item for item in mixed if abs(item.value) >= SMALL * self.largest), None)


def phrase(a: Explanation, b: Explanation, matching: Matching) -> Sentence:
    """ "the words you changed (towards → away from)"."""
    stretches = _stretches(matching)
    noun = feature_noun(b, 2) if isinstance(b.source, TextSource) else "features"
    pieces: list[Piece] = []
    for at, (gone, new) in enumerate(stretches[:MOST_STRETCHES]):
        pieces += [Piece(", ")] if at else []
        pieces += [Piece(quoted(a, gone), "feature", (gone, ()))] if gone else [Piece("added ")]
        pieces += [Piece(" → ")] if gone and new else [] if new else [Piece(" left out")]
        pieces += [Piece(quoted(b, new), "feature", ((), new))] if new else []
    more = len(stretches) - MOST_STRETCHES
    return (Piece(f"the {noun} you changed ("), *pieces, Piece(f" and {more} more)" if more > 0 else ")"))


def _stretches(matching: Matching) -> list[tuple[Support, Support]]:
    """What stands between two matches: (positions in A, positions in B), in reading order."""
    found = []
    ends = [(-1, -1), *matching.pairs, (matching.n_a, matching.n_b)]
    for (i, j), (k, m) in pairwise(ends):
        gone, new = tuple(range(i + 1, k)), tuple(range(j + 1, m))
        if gone or new:
            found.append((gone, new))
    return found
