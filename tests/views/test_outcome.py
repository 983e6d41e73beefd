"""The head of a result: what was said, whether it is right, and where the bar starts and ends."""

import math
from dataclasses import replace

import pytest

from spex_core.models.base import ModelSpec
from spex_core.views.explorer import payload
from spex_core.views.outcome import outcome
from spex_core.views.outputs import output_text, probability


def _asked(explained, full, expected="", unit="log-odds", against="No"):
    made = explained("the tram turns towards the workers", {(1,): 0.5}, value_unit=unit, output_full=full)
    options = {"question": "Pull?", "answer": "Yes", **({"against": against} if against else {})}
    ends = (f"“{against}”" if against else "other answers", "“Yes”")
    source = replace(made.source, expected=expected)
    return replace(made, model=ModelSpec("smollm2", options), toward=ends, source=source)


@pytest.mark.parametrize(
    ("full", "expected", "right", "verdict"),
    [
        (6.9, "no", False, "Wrong: it says “Yes”, right is “no”."),
        (-0.6, "no", True, "Right: it says “No”."),
        (-0.6, "yes", False, "Wrong: it says “No”, right is “yes”."),
        (0.0, "no", None, "Undecided; right is “no”."),
        (6.9, "perhaps", None, "Right is “perhaps”, which is none of the answers that were asked about."),
        (6.9, "", None, ""),
        (6.9, " ", None, ""),
    ],
)
def test_right_or_wrong_in_words(explained, full, expected, right, verdict):
    found = payload(_asked(explained, full, expected))["outcome"]
    assert (found["right"], found["verdict"]) == (right, verdict)


def test_what_was_not_asked_is_not_said(explained):
    alone = _asked(explained, math.log(0.3), "yes", "log-probability", against="")
    assert outcome(alone)["verdict"] == "Right is “yes”; whether the model prefers another answer was not asked."
    assert outcome(replace(alone, value_unit="cosine × 100"))["verdict"] == ""


def test_the_bar_is_for_probabilities_and_the_switch_for_two_ways(explained):
    ways = {unit: outcome(_asked(explained, 0.4, unit=unit)) for unit in ("log-odds", "probability", "score")}
    assert [(w["bar"], w["two_ways"]) for w in ways.values()] == [(True, True), (True, False), (False, False)]
    assert (ways["log-odds"]["against"], ways["log-odds"]["towards"]) == ("“No”", "“Yes”")
    assert ways["score"]["start"] == "every word hidden"


def test_a_new_right_answer_is_drawn(explained):
    one, other = (payload(_asked(explained, 2.0, expected)) for expected in ("yes", "no"))
    assert one["run"] == other["run"]
    assert one["revision"] != other["revision"]


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [(0.0, "log-odds", "50 %"), (-800.0, "log-odds", "below 0.01 %"), (800.0, "log-odds", "100 %"),
     (math.log(0.25), "log-probability", "25 %"), (0.4, "probability", "40 %"), (43.2, "cosine × 100", "+43.2")],
)  # fmt: skip
def test_outputs_are_printed_as_probabilities_where_they_are_some(value, unit, text):
    assert output_text(value, unit) == text
    assert (probability(value, unit) is None) == (unit == "cosine × 100")
