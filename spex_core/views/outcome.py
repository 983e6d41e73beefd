"""What came out, for the head of a result: the answer, where it started, and whether it is right."""

from __future__ import annotations

from typing import Any

from spex_core.explanation.result import Explanation
from spex_core.views.labels import short
from spex_core.views.outputs import TWO_WAYS, probability
from spex_core.views.patches import feature_noun
from spex_core.views.verdict import alike, middle_of, names_of_ends, right_or_wrong, said, side, stands_for_others

_MOST = 60  # characters of an answer


def outcome(explanation: Explanation) -> dict[str, Any]:
    """Plain data of the bar from "everything hidden" to the answer, and of the verdict.

    Args:
        explanation: turned to the answer given, see `orientation.oriented`.

    Returns:
        ``full`` and ``empty`` outputs in ``unit``; ``start``: what is hidden at the start ("every word hidden");
        ``bar``: whether the unit is a probability in disguise; ``two_ways``: whether it can be read as log-odds as
        well; ``towards`` and ``against``: the ends of the bar; ``right``: True, False, or None where that is not
        known; ``verdict``: one sentence on it, "" where nobody said what is right.
    """
    unit = explanation.value_unit
    against, towards = (short(end, _MOST) for end in explanation.toward)
    return {
        "full": explanation.output_full,
        "empty": explanation.output_empty,
        "unit": unit,
        "start": all_hidden(explanation),
        "bar": probability(explanation.output_full, unit) is not None,
        "two_ways": unit in TWO_WAYS,
        "towards": towards,
        "against": against,
        "right": right_or_wrong(explanation),
        "verdict": verdict_text(explanation),
    }


def all_hidden(explanation: Explanation) -> str:
    """ "every word hidden", "every patch and word hidden"."""
    return f"every {feature_noun(explanation).replace(' or ', ' and ')} hidden"


def verdict_text(explanation: Explanation) -> str:
    """One sentence on whether the answer is right, never more than is known; "" where nobody said what is right."""
    expected = explanation.source.expected if explanation.source is not None else ""
    if not alike(expected) or middle_of(explanation.value_unit) is None:
        return ""
    right, answer, given = right_or_wrong(explanation), quoted(said(explanation)), quoted(expected)
    if right is not None:
        return f"Right: it says {answer}." if right else f"Wrong: it says {answer}, right is {given}."
    if not side(explanation):
        return f"Undecided; right is {given}."
    if alike(expected) in names_of_ends(explanation)[1] and stands_for_others(explanation):
        return f"Right is {given}; whether the model prefers another answer was not asked."
    return f"Right is {given}, which is none of the answers that were asked about."


def quoted(answer: str) -> str:
    """An answer in quotes, once."""
    bare = answer.strip().removeprefix("“").removesuffix("”")
    return f"“{short(bare, _MOST)}”"
