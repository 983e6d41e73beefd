"""The answer in plain words: what the model said and which features caused it, never more than the numbers say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from spex_core.explanation.result import Explanation, Interaction
from spex_core.explanation.sources import PictureSource
from spex_core.fourier.spectrum import strongest_first
from spex_core.models.answers import SHARE
from spex_core.views import group_words, patch_words
from spex_core.views.index_words import manner
from spex_core.views.labels import short, signed
from spex_core.views.nothing import no_effect, no_group
from spex_core.views.orientation import oriented
from spex_core.views.outcome import all_hidden
from spex_core.views.outputs import output_text, probability
from spex_core.views.patches import feature_noun, quoted
from spex_core.views.shown import Shown
from spex_core.views.verdict import side, stands_for_others

_WORTH_SAYING = 0.05  # share of the largest effect below which a sentence would make too much of it


@dataclass(frozen=True)
class Stretch:
    """A stretch of a sentence.

    Attributes:
        text: what is printed.
        kind: "text", "strong" or "feature".
        features: positions that the stretch names.
        badge: number of the interaction it speaks of, 0 for none.
        output: the model's output that is printed, None for other stretches.
    """

    text: str
    kind: str = "text"
    features: tuple[int, ...] = ()
    badge: int = 0
    output: float | None = None

    def data(self) -> dict[str, Any]:
        """As JSON-able data."""
        said = {"text": self.text, "kind": self.kind, "features": list(self.features), "badge": self.badge}
        return said if self.output is None else said | {"output": self.output}


Sentence = tuple[Stretch, ...]


@dataclass(frozen=True)
class Answer:
    """Sentences about one explanation.

    Attributes:
        says: what the model said on the full input.
        why: the strongest effects, one sentence each.
    """

    says: Sentence
    why: tuple[Sentence, ...]

    def data(self) -> dict[str, Any]:
        """As JSON-able data: ``says`` a list of stretches, ``why`` a list of such lists."""
        return {
            "says": [stretch.data() for stretch in self.says],
            "why": [[stretch.data() for stretch in sentence] for sentence in self.why],
        }

    @property
    def said(self) -> str:
        """What the model said, as plain text."""
        return "".join(stretch.text for stretch in self.says)

    def __str__(self) -> str:
        return " ".join("".join(stretch.text for stretch in sentence) for sentence in (self.says, *self.why))


def answer(shown: Shown) -> Answer:
    """The answer line of an explanation, with the numbers of the index that is shown, turned to the answer given; with
    those of "BII", which has a term for a term of the spectrum, where the conversion would grow past its cap."""
    if oriented(shown.explanation) is not shown.explanation:
        shown = Shown(oriented(shown.explanation), shown.index, shown.order)
    spoken = shown.under("BII") if shown.problem else shown
    return Answer(_says(shown.explanation), tuple(_why(spoken)))


def _says(explanation: Explanation) -> Sentence:
    """What the model answered, and what it answers where everything is hidden."""
    after = (
        Stretch(f"; with {all_hidden(explanation)}, "),
        _output(explanation, explanation.output_empty),
        Stretch("."),
    )
    return (*_answered(explanation, explanation.model.name if explanation.model else "The function"), *after)


def _answered(explanation: Explanation, model: str) -> Sentence:
    value, unit, place = explanation.output_full, explanation.value_unit, side(explanation)
    falling, rising = _ends(explanation)
    given, who = _output(explanation, value, strong=True), _who(explanation, model)
    if probability(value, unit) is None:
        higher = "" if rising == "higher" else f", higher means {rising}"
        return (Stretch(f"{model} gives "), given, Stretch(f" ({unit}{higher})"))
    if unit == SHARE:
        return (
            Stretch(f"{who}answers "),
            Stretch(rising, "strong"),
            Stretch(" in "),
            given,
            Stretch(" of its replies"),
        )
    if stands_for_others(explanation):
        if place > 0:
            return (Stretch(f"{who}says "), Stretch(rising, "strong"), Stretch(": "), given)
        return (Stretch(f"{who}gives "), Stretch(rising, "strong"), Stretch(" "), given)
    if not place:
        between = Stretch(f"{who}is undecided between "), Stretch(rising, "strong"), Stretch(f" and {falling}: ")
        return (*between, given)
    winner, loser = (rising, falling) if place > 0 else (falling, rising)
    return (Stretch(f"{who}says "), Stretch(winner, "strong"), Stretch(f" rather than {loser}: "), given)


def _who(explanation: Explanation, model: str) -> str:
    """Whom the sentence is about, with what it was asked."""
    source, options = explanation.source, explanation.model.options if explanation.model else {}
    asked = source.question if isinstance(source, PictureSource) else ""
    told = asked in (options.get("answer"), options.get("against"))  # a sentence that is weighed is no question
    question = "" if asked and told else asked or options.get("question", "")
    return f"Asked “{short(question, 120)}”, {model} " if question.strip() else f"{model} "


def _ends(explanation: Explanation) -> tuple[str, str]:
    """What the falling and the rising end are called: two texts that are set against each other by their words."""
    options = explanation.model.options if explanation.model else {}
    given, against = options.get("answer", ""), options.get("against", "")
    falling, rising = explanation.toward
    return f"“{short(against, 80)}”" if given and against else falling, f"“{short(given, 80)}”" if given else rising


def _output(explanation: Explanation, value: float, *, strong: bool = False) -> Stretch:
    """An output as it is printed first; the page prints it in another way at a click."""
    text = output_text(value, explanation.value_unit)
    return Stretch(text, "strong" if strong else "text", output=value)


def _why(shown: Shown) -> list[Sentence]:
    explanation, groups = shown.explanation, shown.groups
    largest = shown.scale
    floor = 1e-9 * max(1.0, abs(explanation.output_full), abs(explanation.output_empty))
    several = feature_noun(explanation, 2)
    if largest <= floor:
        return [_nothing(explanation)]
    sentences = []
    alone = _alone(shown)
    if alone:
        sentences.append(alone)
    worth = [(at + 1, group) for at, group in enumerate(groups) if abs(group.value) >= _WORTH_SAYING * largest]
    sentences += [_group(shown, group, number) for number, group in worth[:2]]
    if not groups and explanation.n_features > 1:
        sentences.append((Stretch(no_group(explanation, shown.order, shown.index)),))
    elif groups and not worth:
        sentences.append((Stretch(f"Groups of {several} add little to what single {several} do."),))
    return sentences


def _nothing(explanation: Explanation) -> Sentence:
    start, rest = no_effect(explanation).split(":", 1)
    return (Stretch(start, "strong"), Stretch(f":{rest}"))


def _quoted(
    explanation: Explanation, features: Sequence[int], badge: int = 0, *, starts: bool = False
) -> list[Stretch]:
    """The names of some features; those of a picture say what they are, those of a text are quoted."""
    if isinstance(explanation.source, PictureSource):
        joint = " with " if badge else " and "
        parts = patch_words.named(explanation, features, starts=starts, joint=joint)
        return [Stretch(text, "feature", members, badge) if members else Stretch(text) for text, members in parts]
    stretches: list[Stretch] = []
    members = features[:6]
    for at, (feature, name) in enumerate(zip(members, quoted(explanation, members), strict=True)):
        if at:
            stretches.append(Stretch(" and " if at == len(features) - 1 else ", "))
        stretches.append(Stretch(name, "feature", (feature,), badge))
    if len(features) > len(members):
        stretches.append(Stretch(f" and {len(features) - len(members)} more"))
    return stretches


def _towards(shown: Shown, value: float, order: int = 1) -> str:
    falling, rising = shown.explanation.toward
    return f"towards {rising if shown.push(value, order) > 0 else falling}"


def _alone(shown: Shown) -> Sentence:
    explanation, singles, largest = shown.explanation, shown.singles, shown.scale
    ranked = strongest_first(np.array(singles)).tolist()
    top = [f for f in ranked[:2] if abs(singles[f]) >= 2 * _WORTH_SAYING * largest]
    if not top:
        return ()
    how = manner(shown)
    first = top[0]
    if len(top) == 1 or abs(singles[top[1]]) < 0.5 * abs(singles[first]):
        words = f" pushes most {_towards(shown, singles[first])}{how} ({signed(singles[first], largest)})."
        if explanation.n_features == 1:
            words = f" pushes {_towards(shown, singles[first])} ({signed(singles[first], largest)})."
        return (*_quoted(explanation, [first], starts=True), Stretch(words))
    second = top[1]
    a, b = singles[first], singles[second]
    if (a > 0) == (b > 0):
        both = f" each push {_towards(shown, a)}{how} ({signed(a, largest)}, {signed(b, largest)})."
        return (*_quoted(explanation, [first, second], starts=True), Stretch(both))
    return (
        *_quoted(explanation, [first], starts=True),
        Stretch(f" pushes {_towards(shown, a)}{how} ({signed(a, largest)}), "),
        *_quoted(explanation, [second]),
        Stretch(f" {_towards(shown, b)} ({signed(b, largest)})."),
    )


def _group(shown: Shown, group: Interaction, number: int) -> Sentence:
    explanation, largest = shown.explanation, shown.scale
    stretches = _quoted(explanation, group.features, number, starts=True)
    stretches.append(Stretch(f" together push {_towards(shown, group.value, group.order)} ("))
    stretches.append(Stretch(signed(group.value, largest), "strong", group.features, number))
    beyond = " beyond what each does alone)" if group.order == 2 else " beyond what fewer of them do)"
    stretches.append(Stretch(", a Fourier coefficient)" if shown.index == "Fourier" else beyond))
    clause = ""
    if isinstance(explanation.source, PictureSource):
        clause = patch_words.describe(explanation, group.features, largest)
        stretches += [Stretch(clause)] if clause else []
    if group.order == 2 and not clause:
        for part in group_words.describe(explanation, group.features[0], group.features[1]):
            stretches += [Stretch(part)] if isinstance(part, str) else _quoted(explanation, [part], number)
    stretches.append(Stretch(_doubt(group, largest) + "."))
    return tuple(stretches)


def _doubt(group: Interaction, largest: float) -> str:
    if group.low is None or group.high is None:
        return ""
    ends = f"{signed(group.low, largest)} to {signed(group.high, largest)}"
    if group.high - group.low > 0.6 * abs(group.value):
        return f"; its size is uncertain ({ends})"
    return ""
