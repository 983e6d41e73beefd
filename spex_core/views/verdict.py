"""Which answer the model gave, and whether it is the right one where that is known."""

from __future__ import annotations

import math
import re

from spex_core.explanation.result import Explanation
from spex_core.explanation.sources import PictureSource
from spex_core.models.answers import SHARE

_QUOTES = str.maketrans("", "", "\"'“”„‟«»‹›‘’‚`")
_OTHERS = frozenset({"other answers", "other replies"})


def said(explanation: Explanation) -> str:
    """The end that the model's answer on the full input lies on, as `explanation.toward` names it; "" where the answer
    lies on neither, or where the unit has no middle to tell them apart by."""
    place = side(explanation)
    return "" if not place else explanation.toward[1 if place > 0 else 0]


def right_or_wrong(explanation: Explanation) -> bool | None:
    """Whether the model's answer is the right one; None where that is not known.

    The right answer (`source.expected`) is compared with the names of both ends after case, quotes, spaces and a
    closing full stop are made alike. Where it is neither of two named ends nothing is said: both may be wrong, or it
    is spelled in another way. An end that stands for everything else ("not dog") holds no answer by itself: below one
    half the model may still like the right answer best.
    """
    expected = alike(explanation.source.expected) if explanation.source is not None else ""
    place = side(explanation)
    if not expected or not place:
        return None
    falling, rising = names_of_ends(explanation)
    if expected in rising:
        return True if place > 0 else None if stands_for_others(explanation) else False
    if expected in falling:
        return place < 0
    if stands_for_others(explanation):
        return False if place > 0 and _is_spelled_out(explanation) else None
    return None


def side(explanation: Explanation) -> int:
    """1 where the answer on the full input lies on the rising end, -1 on the falling one, 0 on neither or unknown."""
    middle = middle_of(explanation.value_unit)
    value = explanation.output_full
    return 0 if middle is None or value == middle else 1 if value > middle else -1


def middle_of(unit: str) -> float | None:
    """The output at which a model is undecided, None where its unit has no such value."""
    if unit == "log-odds":
        return 0.0
    if unit in ("probability", SHARE):
        return 0.5
    return math.log(0.5) if unit == "log-probability" else None


def names_of_ends(explanation: Explanation) -> tuple[frozenset[str], frozenset[str]]:
    """What the falling and the rising end are called, in the form of `alike`."""
    options = explanation.model.options if explanation.model else {}
    falling, rising = explanation.toward
    up = {rising, options.get("answer", ""), options.get("label", "")}
    down = {falling, options.get("against", "")}
    return frozenset(alike(name) for name in down if name), frozenset(alike(name) for name in up if name)


def stands_for_others(explanation: Explanation) -> bool:
    """Whether the falling end is everything but the rising one, and no answer of its own."""
    if explanation.value_unit in ("log-probability", SHARE):
        return True  # of one answer alone
    falling, rising = explanation.toward
    against = explanation.model.options.get("against", "") if explanation.model else ""
    return not against and (falling in _OTHERS or falling == f"not {rising}")


def alike(text: str) -> str:
    """`text` in the form in which answers are compared: case, quotes, spaces and a closing full stop do not count."""
    line = " ".join(text.translate(_QUOTES).casefold().split())
    return re.sub(r"\s*[.!]+$", "", line) or line


def _is_spelled_out(explanation: Explanation) -> bool:
    """Whether the rising end is one answer, letter for letter, and neither a pattern nor a group of classes."""
    options = explanation.model.options if explanation.model else {}
    if isinstance(explanation.source, PictureSource) and options.get("label"):
        return False
    return explanation.value_unit != SHARE or options.get("match", "exact") == "exact"
