import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spex_core.views.labels import bare, occurrences, short, signed, unit_noun


def test_repeated_words_are_told_apart_by_occurrence():
    assert occurrences(["the", "lever", "the", "trolley", "the"]) == [1, 0, 2, 0, 3]


@settings(deadline=None)
@given(st.text(), st.integers(8, 60))
def test_a_short_label_is_one_line_never_empty_and_within_the_limit(text, limit):
    label = short(text, limit)
    assert 1 <= len(label) <= limit
    assert "\n" not in label


@pytest.mark.parametrize(
    ("value", "scale", "text"),
    [
        (0.714, None, "+0.71"),
        (-2.3, None, "−2.30"),
        (0.001, 2.0, "0.00"),
        (0.0123, None, "+0.012"),
        (12.34, None, "+12.3"),
        (-250.0, None, "−250"),
        (0.0, None, "0.00"),
    ],
)
def test_numbers_carry_a_sign_and_the_digits_of_their_scale(value, scale, text):
    assert signed(value, scale) == text


def test_names():
    assert unit_noun("sentence", 2) == "sentences"
    assert unit_noun(None) == "feature"
    assert bare("sulked.") == "sulked"
    assert bare("...") == "..."


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("much,:", "much"),
        ("“not”", "not"),
        ("(so", "so"),
        ("bad!)", "bad"),
        ("f(x)", "f(x)"),
        ("(x)", "x"),
        ("-5", "-5"),
        ("3.5,", "3.5"),
        (":)", ":)"),
        ("don't", "don't"),
        ("«так»,", "так"),
        ("<b>", "<b>"),
    ],
)
def test_a_name_is_without_the_punctuation_that_sticks_to_it(label, name):
    assert bare(label) == name
