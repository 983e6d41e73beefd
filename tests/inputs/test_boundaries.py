from itertools import pairwise

import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from spex_core.inputs.boundaries import Span, boundaries, widen

SAMPLES = ["", "abc", "a😀b👨‍👩‍👧c\r\ne\u0301", "👍🏽🇩🇪🇫🇷x", "नमस्ते", "각각", "\u0600 1", " \u0301", "a\x00b", "𝔘𝔫𝔦"]


@pytest.mark.parametrize("text", SAMPLES)
def test_graphemes_agree_with_an_independent_implementation(text):
    expected = [0, *(match.end() for match in regex.finditer(r"\X", text))]
    assert boundaries(text, "grapheme") == expected


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"])), st.sampled_from(["grapheme", "word", "sentence"]))
def test_boundaries_rise_from_start_to_end(text, kind):
    found = boundaries(text, kind)
    assert found[0] == 0
    assert found[-1] == len(text)
    assert all(a < b for a, b in pairwise(found))


def test_characters_beyond_the_basic_plane_count_once():
    assert boundaries("😀 one 😀 two", "word") == [0, 1, 2, 5, 6, 7, 8, 11]


def test_widening_reaches_cluster_edges_and_joins():
    assert widen([Span(0, 1), Span(1, 2), Span(3, 4)], [0, 2, 3, 5]) == [Span(0, 2), Span(3, 5)]
    assert widen([], [0]) == []
