"""What a person keeps is in every masked text, and what is masked lies where they said."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spex_core.errors import InputError, TextError
from spex_core.inputs.boundaries import Span
from spex_core.inputs.focus import as_stretches, focused
from spex_core.inputs.maskers.text import TextMasker
from spex_core.inputs.segmentation import segment

TEXT = "The film, set in New York, was good.\n\nIts end was  bad;\nits music not."
MASKINGS = ["unk", "removal", "filler"]


def _stretches(of):
    edge = st.integers(0, len(of))
    return st.lists(st.tuples(edge, edge).filter(lambda pair: pair[0] < pair[1]), max_size=4)


@given(keep=_stretches(TEXT), only=_stretches(TEXT), masking=st.sampled_from(MASKINGS), data=st.data())
def test_what_is_kept_stays_and_the_rest_is_masked_as_ever(keep, only, masking, data):
    whole = segment(TEXT, "word")
    kept = {k for start, end in keep for k in range(start, end)}
    chosen = {k for start, end in only for k in range(start, end)} or set(range(len(TEXT)))
    expected = [s for s in whole if not kept & set(range(*s)) and chosen & set(range(*s))]
    if not expected:
        with pytest.raises(TextError, match="nothing to explain"):
            TextMasker(TEXT, masking=masking, keep=keep, only=only)
        return
    focus = TextMasker(TEXT, masking=masking, keep=keep, only=only)
    assert focus.spans == expected
    assert focus.whole == TEXT
    mask = np.array([data.draw(st.lists(st.booleans(), min_size=len(expected), max_size=len(expected)))])
    # The same words hidden without a focus: the oracle.
    all_words = np.array([[span not in expected or bool(mask[0, expected.index(span)]) for span in whole]])
    assert focus.apply(mask) == TextMasker(TEXT, masking=masking).apply(all_words)


def test_without_a_focus_the_pieces_are_the_features():
    masker = TextMasker(TEXT)
    assert masker.pieces.spans == masker.spans
    masks = np.zeros((2, masker.n_features), dtype=bool)
    assert masker.pieces.kept(masks) is masks


def test_stretches_are_joined_and_put_in_order():
    assert as_stretches("keep", [(8, 9), [0, 3], (2, 5), (5, 6)], 10) == ((0, 6), (8, 9))
    assert as_stretches("keep", np.array([[1, 2]]), 2) == ((1, 2),)
    assert as_stretches("keep", (), 0) == ()


@pytest.mark.parametrize(
    "given", [[(3, 3)], [(5, 2)], [(-1, 2)], [(0, 11)], [(0,)], [3], ["ab"], [(0, 1, 2)], [(0.5, 2)]]
)
def test_what_is_no_stretch_is_refused_in_a_line(given):
    with pytest.raises(InputError, match=r"keep=|give pairs"):
        as_stretches("keep", given, 10)


def test_a_unit_that_touches_is_whole():
    spans = [Span(0, 3), Span(4, 8), Span(9, 12)]
    assert focused(spans, ((3, 5),), ()) == [spans[0], spans[2]]
    assert focused(spans, (), ((7, 9),)) == [spans[1]]
    assert focused(spans, (), ((3, 4),)) == []


def test_lines_are_what_stands_between_line_ends():
    masker = TextMasker("one two\r\n\r\nthree\n  four  ", "line")
    assert masker.labels == ["one two", "three", "four"]


def test_a_pattern_finds_features_and_the_rest_stays():
    masker = TextMasker("Call 555-1234 or 555-9876 now", r"regex:\d{3}-\d{4}", "removal")
    assert masker.labels == ["555-1234", "555-9876"]
    assert masker.apply(np.array([[False, True], [True, False], [False, False]])) == [
        "Call or 555-9876 now",
        "Call 555-1234 or now",
        "Call or now",
    ]


def test_a_pattern_may_match_within_a_word_and_across_them():
    assert TextMasker("unhappy, unkind", "regex:un").apply(np.array([[False, True]])) == ["[UNK]happy, unkind"]
    assert TextMasker("New York and New  York", r"regex:New\s+York").labels == ["New York", "New  York"]
    assert TextMasker("e\u0301a", "regex:e").labels == ["e\u0301"]  # a whole letter, accent included


@pytest.mark.parametrize(
    ("unit", "says"),
    [
        ("regex:(", "no regular expression"),
        ("regex:", "1 to"),
        ("regex:" + "a" * 500, "1 to"),
        ("regex:zzz", "the text holds no match"),
        ("regex:x*", "the text holds no match"),
        ("words", "did you mean"),
        (7, "does not exist"),
    ],
)
def test_a_unit_that_there_is_not_is_said_in_a_line(unit, says):
    with pytest.raises(InputError, match=says) as said:
        segment(TEXT, unit)
    assert "\n" not in str(said.value)


def test_a_pattern_that_never_ends_is_given_up(monkeypatch):
    monkeypatch.setattr("spex_core.inputs.segmentation.MATCHING_SECONDS", 0.05)
    with pytest.raises(InputError, match="simpler pattern"):
        segment("a" * 40 + "b", r"regex:(a|aa)+$(?<=c)")


def test_a_long_text_may_be_explained_in_part():
    text = "word " * 5000 + "The end is good."
    assert len(TextMasker(text, only=[(25_000, len(text))]).spans) == 4
    with pytest.raises(TextError, match="above the limit"):
        TextMasker(text, keep=[(0, 10)])
