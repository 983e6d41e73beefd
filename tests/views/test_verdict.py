"""The answer given and whether it is right: by the ends of the scale, and never more than is known."""

import math
from dataclasses import replace

import pytest

from spex_core.models.answers import SHARE
from spex_core.models.base import ModelSpec
from spex_core.views.verdict import alike, right_or_wrong, said


def _asked(explained, full, expected, *, answer="Yes", against="No", unit="log-odds", toward=None, **options):
    made = explained("the tram turns towards the workers", {(1,): 0.5}, value_unit=unit, output_full=full)
    options = {name: value for name, value in {"answer": answer, "against": against, **options}.items() if value}
    ends = toward or (f"“{against}”" if against else "other answers", f"“{answer}”")
    source = replace(made.source, expected=expected)
    return replace(made, model=ModelSpec("smollm2", options), toward=ends, source=source)


def test_log_odds_lean_to_one_of_two_answers(explained):
    assert said(_asked(explained, 6.9, "")) == "“Yes”"
    assert said(_asked(explained, -0.57, "")) == "“No”"
    assert said(_asked(explained, 0.0, "No")) == ""
    assert right_or_wrong(_asked(explained, 6.9, "")) is None
    assert right_or_wrong(_asked(explained, 0.0, "No")) is None
    assert right_or_wrong(_asked(explained, 6.9, "No")) is False
    assert right_or_wrong(_asked(explained, -0.57, "No")) is True
    assert right_or_wrong(_asked(explained, -0.57, "Yes")) is False
    assert right_or_wrong(_asked(explained, 6.9, "Yes")) is True


@pytest.mark.parametrize("written", ["no", " NO ", "“No”", "'no.'", "No.", "\tno "])
def test_case_quotes_and_spaces_do_not_count(explained, written):
    assert right_or_wrong(_asked(explained, 6.9, written)) is False
    assert alike(written) == "no"


def test_an_answer_that_is_neither_of_two_is_not_judged(explained):
    assert right_or_wrong(_asked(explained, 6.9, "perhaps")) is None
    assert right_or_wrong(_asked(explained, 6.9, "none")) is None


def test_a_classifier_is_judged_by_its_classes(review):
    known = replace(review, source=replace(review.source, expected="Negative"), output_full=1.0)
    assert (said(known), right_or_wrong(known)) == ("positive", False)
    assert right_or_wrong(replace(known, output_full=-1.0)) is True


@pytest.mark.parametrize(
    ("unit", "high", "low"),
    [("probability", 0.8, 0.3), ("log-probability", math.log(0.8), math.log(0.3)), (SHARE, 0.8, 0.3)],
)
def test_one_answer_alone_is_said_above_one_half(explained, unit, high, low):
    others = {"against": "", "unit": unit}
    assert said(_asked(explained, high, "", **others)) == "“Yes”"
    assert right_or_wrong(_asked(explained, high, "yes", **others)) is True
    assert right_or_wrong(_asked(explained, high, "no", **others)) is False
    assert said(_asked(explained, low, "", **others)) == "other answers"
    assert right_or_wrong(_asked(explained, low, "yes", **others)) is None  # it may like it best all the same
    assert right_or_wrong(_asked(explained, low, "no", **others)) is None


def test_a_pattern_or_a_group_of_classes_may_hold_the_right_answer(explained, pictured):
    share = {"against": "", "unit": SHARE, "match": "regex", "answer": "ye?s"}
    assert right_or_wrong(_asked(explained, 0.9, "yes", **share)) is None
    dog = pictured({(0,): 2.0}, question="", words=False, model=ModelSpec("photo", {"label": "dog, any breed"}))
    dog = replace(dog, toward=("not dog", "dog"), output_full=2.0)
    assert right_or_wrong(replace(dog, source=replace(dog.source, expected="beagle"))) is None
    assert right_or_wrong(replace(dog, source=replace(dog.source, expected="dog"))) is True


@pytest.mark.parametrize("unit", ["cosine × 100", "score", "logit", "marks"])
def test_a_unit_without_a_middle_holds_no_answer(explained, unit):
    relevance = _asked(
        explained, 43.0, "relevant to the query", unit=unit, toward=("off topic", "relevant to the query")
    )
    assert (said(relevance), right_or_wrong(relevance)) == ("", None)


def test_a_function_of_masks_has_no_right_answer(review):
    assert right_or_wrong(replace(review, source=None, model=None)) is None
