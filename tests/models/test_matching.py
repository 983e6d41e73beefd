"""Whether a reply in words gives an answer."""

import time

import numpy as np
import pytest

from spex_core.errors import InputError
from spex_core.models.matching import MATCHES, last_number, matcher


@pytest.mark.parametrize(
    ("way", "answer", "yes", "no"),
    [
        ("exact", "Yes", ["yes", " YES.", "“Yes!”", "ｙｅｓ", "**Yes**"], ["yes, it is", "", "no", "yes yes", "…"]),
        ("exact", "the  Capital", ["The capital.", "the\ncapital"], ["capital", "the capitals"]),
        ("exact", "?!", ["?!"], ["", "!", "yes"]),
        ("regex", r"\byes\b", ["Well, YES of course", "yes"], ["yesterday", "", "no"]),
        ("regex", "^(4|four)$", ["4", "Four"], ["44", "is 4"]),
        (
            "number",
            "1000",
            ["1,000", "1000.0", "so it's 1e3", "of 7 there are 1,000.", "+1000"],
            ["100", "", "1,00", "1000 7"],
        ),
        ("number", "the answer is -2.5", ["-2.5", "\u22122.50", "x = -25e-1"], ["2.5", "2,5", "two and a half"]),
        ("number", ".5", ["0.5", "½ is .50"], ["5", "1e999", "9" * 500]),
    ],
)
def test_what_gives_the_answer_and_what_does_not(way, answer, yes, no):
    found = matcher(way, answer)([*yes, *no])
    assert found.dtype == bool
    assert found.tolist() == [True] * len(yes) + [False] * len(no)
    assert matcher(way, answer)([]).tolist() == []


def test_alike_in_meaning():
    found = matcher("similar", "The film is bad.")
    assert found(["It is a bad film.", "The movie is bad."]).all()
    assert not found(["The film is about bees.", "Paris", "", "I cannot say."]).any()
    alone = np.array([found([reply])[0] for reply in ["It is a bad film.", "Paris"]])
    assert alone.tolist() == [True, False]


@pytest.mark.parametrize("way", MATCHES)
@pytest.mark.parametrize("answer", ["", " \n "])
def test_no_answer_is_refused_in_every_way(way, answer):
    with pytest.raises(InputError, match="no answer"):
        matcher(way, answer)


@pytest.mark.parametrize(
    ("way", "answer", "says"),
    [
        ("fuzzy", "yes", "match='fuzzy' does not exist"),
        ("regex", "(yes", "is no regular expression"),
        ("regex", "a" * 2000, "the limit is 1,000"),
        ("regex", "a{999999999999}", "is no regular expression"),
        ("number", "many", "holds no number"),
        ("number", "9" * 500, "holds no number"),
    ],
)
def test_what_is_no_answer_of_its_way_is_one_sentence(way, answer, says):
    with pytest.raises(InputError, match=says.replace("(", r"\(")) as caught:
        matcher(way, answer)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("pattern", [r"^(a+)+$", r"(a|aa)+$", r"(.*a){20}b"])
def test_a_pattern_that_takes_exponential_time_is_one_sentence_within_a_second(pattern):
    found, began = matcher("regex", pattern), time.process_time()
    with pytest.raises(InputError, match="takes too long on a reply"):
        found(["a" * 4000 + " " + "a" * 4000 + "?"] * 10)
    assert time.process_time() - began < 1


def test_numbers_are_read_as_they_are_written():
    read = {"1,234,567.5": 1234567.5, "7 of 12": 12.0, "no number": None, "-3": -3.0, "5-3": -3.0, "2e-3": 0.002}
    assert {text: last_number(text) for text in read} == read
