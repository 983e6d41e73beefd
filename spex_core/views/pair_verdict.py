"""What a comparison comes to: which run is right, what the changed words do, and what carries the answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from spex_core.arrays import Support
from spex_core.explanation.result import Explanation, Interaction
from spex_core.views.alignment import Matching, mismatch
from spex_core.views.changed import INDEX, does, phrase
from spex_core.views.comparison import off_scale
from spex_core.views.labels import short, signed
from spex_core.views.pair_words import Piece, Sentence, capital, named
from spex_core.views.shown import effective
from spex_core.views.trust import LOW, verdict
from spex_core.views.verdict import right_or_wrong, said, side

CARRYING = 0.25
"""Share of the largest effect from which something carries an answer."""
MOST_CARRIERS = 2

_Judged: TypeAlias = tuple[bool | None, bool | None]  # is the answer to A right, is that to B


@dataclass(frozen=True)
class PairVerdict:
    """What is said of two runs.

    Attributes:
        tone: "right" where both answers are known to be right, "wrong" where one is known to be wrong, else "unknown".
        headline: which answers were given, and which of them are right.
        changed: what the changed features do; empty where none were changed or nothing can be compared.
        carried: what carries the answer of B; empty where that cannot be told.
        touching: whether the rows of a comparison that hold a changed feature matter for it.
        carriers: the groups, by their positions in B, that carry the answer.
    """

    tone: str
    headline: Sentence
    changed: Sentence = ()
    carried: Sentence = ()
    touching: bool = False
    carriers: tuple[Support, ...] = ()

    def data(self) -> dict[str, Any]:
        """As JSON-able data: ``tone``, and three lists of pieces."""
        parts = {"headline": self.headline, "changed": self.changed, "carried": self.carried}
        return {"tone": self.tone, **{name: [piece.data() for piece in pieces] for name, pieces in parts.items()}}

    def __str__(self) -> str:
        sentences = (self.headline, self.changed, self.carried)
        return " ".join("".join(piece.text for piece in sentence) for sentence in sentences if sentence)


def pair_verdict(a: Explanation, b: Explanation, matching: Matching, unlike: str = "") -> PairVerdict:
    """The verdict on two runs, of which B is the changed one.

    Args:
        a: the run before the change: the classic, say.
        b: the run after it.
        matching: which feature of one is which of the other.
        unlike: why nothing in them can be matched, "" where it can.
    """
    judged = right_or_wrong(a), right_or_wrong(b)
    tone = "wrong" if False in judged else "right" if judged == (True, True) else "unknown"
    headline = _headline(a, b, judged)
    changed = bool(matching.only_a or matching.only_b)
    if unlike or mismatch(a, b) or off_scale(a, b) or not changed or not matching.pairs:
        return PairVerdict(tone, headline)
    words = phrase(a, b, matching)
    doubt = _doubt(a, b)
    if doubt:
        return PairVerdict(tone, headline, (Piece("Too early to say what "), *words, Piece(f" do: {doubt}")))
    chosen = _carriers(a, b, matching)
    changed_words = (*capital(words), *does(a, b, matching))
    carried = _carried(a, b, matching, chosen)
    return PairVerdict(tone, headline, changed_words, carried, True, tuple(item.features for item in chosen))


def _headline(a: Explanation, b: Explanation, judged: _Judged) -> Sentence:
    answers = said(a), said(b)
    if not all(answers):
        scale = max(abs(a.output_full), abs(b.output_full))
        first, second = (Piece(signed(run.output_full, scale), "strong") for run in (a, b))
        units = ["" if a.value_unit == b.value_unit else f" {a.value_unit}", f" {b.value_unit}"]
        return (Piece("The model gives "), first, Piece(f"{units[0]} to A and "), second, Piece(f"{units[1]} to B."))
    first, second = (Piece(short(text, 60), "strong") for text in answers)
    if answers[0] == answers[1]:
        says: Sentence = (Piece("says "), first, Piece(" to both"))
    else:
        says = (Piece("says "), first, Piece(" to A and "), second, Piece(" to B"))
    return (*_judgement(judged), *says, *_right_ones(a, b, judged), Piece("."))


def _judgement(judged: _Judged) -> Sentence:
    if judged == (None, None):
        return (Piece("No right answer is known: the model "),)
    if judged[0] == judged[1]:
        return (Piece("Right on both" if judged[0] else "Wrong on both", "strong"), Piece(": "))
    words = {False: "wrong", True: "right"}
    pairs = zip("AB", judged, strict=True)
    known = sorted((right, f"{words[right]} on {letter}") for letter, right in pairs if right is not None)
    line = ", ".join(text for _, text in known)
    return (Piece(line[0].upper() + line[1:], "strong"), Piece(": "))


def _right_ones(a: Explanation, b: Explanation, judged: _Judged) -> Sentence:
    """What would have been right where an answer is wrong, and what is not known."""
    runs = zip("AB", (a, b), judged, strict=True)
    wrong = [(letter, _expected(run)) for letter, run, right in runs if right is False]
    unknown = [letter for letter, known in zip("AB", judged, strict=True) if known is None]
    rest: list[Piece] = []
    if len(wrong) == 2 and wrong[0][1] == wrong[1][1]:
        rest += [Piece("; right is "), Piece(f"“{wrong[0][1]}”", "strong")]
    else:
        for at, (letter, answer) in enumerate(wrong):
            rest += [Piece(f"{', ' if at else '; '}for {letter} right is "), Piece(f"“{answer}”", "strong")]
    if len(unknown) == 1:
        rest.append(Piece(f"; the right answer to {unknown[0]} is not known"))
    return tuple(rest)


def _expected(run: Explanation) -> str:
    return short(run.source.expected if run.source is not None else "", 60)


def _doubt(a: Explanation, b: Explanation) -> str:
    """Why it cannot be told what the changed features do; "" where it can."""
    for letter, run in (("A", a), ("B", b)):
        report = run.faithfulness_report
        if not report.measured or not run.complete:
            return f"the explanation of {letter} has too few passes yet."
        if verdict(report.explained)[0] in ("low", "bad") or report.low < LOW * (report.ceiling or 1.0):
            r2 = f"{report.r2:.2f}".replace("-", "−")
            return f"the explanation of {letter} predicts the model too poorly (R² {r2}). More passes may tell."
    return ""


def _carriers(a: Explanation, b: Explanation, matching: Matching) -> list[Interaction]:
    """Where both were given the same answer, what pushes B most towards it and was there before the change, strongest
    first: the strongest group is among it where there is one of some size, and stands for its members."""
    place, new = side(b), set(matching.only_b)
    if not place or said(a) != said(b):
        return []
    found = effective(b.interactions(INDEX))
    least = CARRYING * max((abs(item.value) for item in found), default=0.0)
    pushing = [item for item in found if item.value * place >= least and not new.intersection(item.features)]
    grouped = {feature for item in pushing if item.order > 1 for feature in item.features}
    pushing = [item for item in pushing if item.order > 1 or not grouped.issuperset(item.features)]
    chosen = pushing[:MOST_CARRIERS]
    group = next((item for item in pushing if item.order > 1), None)
    if group is not None and group not in chosen:
        chosen = [*chosen[: MOST_CARRIERS - 1], group]
    return chosen


def _carried(a: Explanation, b: Explanation, matching: Matching, chosen: Sequence[Interaction]) -> Sentence:
    if not chosen:
        return ()
    known = {item.features: item.value for item in effective(a.interactions(INDEX))}
    before = [tuple(sorted(matching.to_a[feature] for feature in item.features)) for item in chosen]
    old = all(known.get(there, 0.0) * item.value > 0 for there, item in zip(before, chosen, strict=True))
    pieces: list[Piece] = []
    for at, (item, there) in enumerate(zip(chosen, before, strict=True)):
        pieces += [Piece(" and " if at == len(chosen) - 1 else ", ")] if at else []
        pieces.append(Piece(named(b, item.features), "feature", (there, item.features)))
    verb = "carries" if len(chosen) == 1 and chosen[0].order == 1 else "carry"
    return (*pieces, Piece(f" {verb} {'the old answer' if old else 'this answer'}."))
