from itertools import pairwise

import pytest
import regex
from hypothesis import example, given, settings
from hypothesis import strategies as st

from spex_core.errors import InputError, TextError
from spex_core.inputs import segmentation
from spex_core.inputs.base import MAX_FEATURES
from spex_core.inputs.segmentation import MAX_CHARACTERS, cut, segment, tokens


def pieces(text, unit="word", **more):
    return [text[start:end] for start, end in segment(text, unit, **more)]


UNICODE = st.text(
    st.one_of(
        st.characters(exclude_categories=["Cs"]),
        st.sampled_from(" \t\r\n\u200b\u200d\u0301\u05d0\u200f\ufe0f.…—-'\"(「。)字かกa1😀🇩\u2029\x1c\u0600"),
    ),
    max_size=60,
)


@settings(deadline=None, max_examples=300)
@given(UNICODE, st.sampled_from(["word", "sentence", "paragraph"]))
@example("a\r\n\r\nb", "paragraph")
@example(" \u0301x", "word")
def test_any_text_is_cut_into_ordered_whole_visible_pieces(text, unit):
    spans = cut(text, unit)
    position = 0
    clusters = {0, *(m.end() for m in regex.finditer(r"\X", text))}
    rebuilt = ""
    for start, end in spans:
        assert position <= start < end <= len(text)
        assert not text[start:end].isspace()
        if "\u0600" not in text:  # the one class on which Unicode versions of the two libraries may differ
            assert start in clusters
            assert end in clusters
        rebuilt += text[position:start] + text[start:end]
        gap = text[position:start]
        assert all(segmentation._is_invisible(c) for c in gap) or "\u0600" in text
        position = end
    assert rebuilt + text[position:] == text


@settings(deadline=None)
@given(UNICODE, st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60))))
def test_tokens_become_ordered_disjoint_spans(text, raw):
    raw = [(min(a, b, len(text)), min(max(a, b), len(text))) for a, b in raw]
    spans = tokens(text, raw)
    assert all(a.end <= b.start for a, b in pairwise(spans))
    assert all(a.start < a.end for a in spans)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It isn't a well-made film, but…", ["It", "isn't", "a", "well-made", "film,", "but…"]),
        ("film , but good .", ["film ,", "but", "good ."]),
        ("a – b", ["a –", "b"]),
        ("- one\n- two\n-----", ["- one", "- two", "-----"]),
        ("( yes )", ["( yes )"]),
        ("good—bad wait...what 1914–1918", ["good—", "bad", "wait...", "what", "1914–1918"]),
        ("https://a.b/c--d --flag C++ $5,000.50", ["https://a.b/c--d", "--flag", "C++", "$5,000.50"]),
        ("salt & pepper", ["salt &", "pepper"]),
        ("我喜欢这部电影。「好き」です", ["我", "喜欢", "这", "部", "电影。", "「好き」", "です"]),
        ("ฉันรักภาพยนตร์", ["ฉัน", "รัก", "ภาพยนตร์"]),
        ("זה סרט טוב", ["זה", "סרט", "טוב"]),
        ("👨‍👩‍👧 👍🏽 cafe\u0301!", ["👨‍👩‍👧", "👍🏽", "cafe\u0301!"]),
        ("one\u200btwo", ["one", "two"]),
        ("co\u00adoperate", ["co\u00adoperate"]),
        ("<b>bold</b> $x^2$", ["<b>bold</b>", "$x^2$"]),
        ("...", ["..."]),
        ("dog dog dog", ["dog", "dog", "dog"]),
    ],
)
def test_words_are_what_a_reader_calls_words(text, expected):
    assert pieces(text) == expected


def test_sentences_keep_abbreviations_initials_and_numbers_whole():
    text = (
        'I met Dr. Smith. Mr. X came at 5 p.m. and left. J. R. R. Tolkien wrote it. See Fig. 3. "Really?" he asked. '
        "Yes... No! 1. Do this."
    )
    assert pieces(text, "sentence") == [
        "I met Dr. Smith.",
        "Mr. X came at 5 p.m. and left.",
        "J. R. R. Tolkien wrote it.",
        "See Fig. 3.",
        '"Really?" he asked.',
        "Yes...",
        "No!",
        "1. Do this.",
    ]


def test_sentences_read_over_a_margin_but_not_over_a_heading():
    text = "A heading\nThis long line was broken at some margin before\nSomeone could, and\r\ngoes on. Done.\nNext"
    assert pieces(text, "sentence") == [
        "A heading",
        "This long line was broken at some margin before\nSomeone could, and\r\ngoes on.",
        "Done.",
        "Next",
    ]


def test_chinese_sentences_need_no_spaces():
    assert pieces("你好。我很好！", "sentence") == ["你好。", "我很好！"]


def test_paragraphs_are_blank_lines_or_else_lines():
    assert pieces("\n\na\r\nb\r\n \t\r\n c \n\n", "paragraph") == ["a\r\nb", "c"]
    assert pieces("a\r\nb\rc\nd", "paragraph") == ["a", "b", "c", "d"]


def test_tokens_are_trimmed_and_never_split_a_cluster():
    text = " un happy e\u0301 👨‍👩‍👧"
    raw = [(0, 3), (3, 9), (9, 11), (11, 12), (12, 13), (13, 15), (15, 18)]
    assert pieces(text, "token", token_spans=raw) == ["un", "happy", "e\u0301", "👨‍👩‍👧"]


@pytest.mark.parametrize("blank", ["", " \r\n\t", "\u200b\u200f\ufeff", "\x00"])
def test_nothing_visible_is_refused_kindly(blank):
    with pytest.raises(TextError, match="the text is empty; enter at least one word"):
        segment(blank)


def test_limits_name_the_number_the_limit_and_the_fix():
    with pytest.raises(TextError, match=r"1,400 words is above the limit of 1,024 features; use unit='sentence'"):
        segment("So it goes on. " * 350)
    with pytest.raises(TextError, match=r"1,025 paragraphs .* shorten the text"):
        segment("a\n" * 1025, "paragraph")
    with pytest.raises(TextError, match=r"200,001 characters is above the limit of 200,000"):
        segment("a" * (MAX_CHARACTERS + 1))
    assert len(segment("a " * MAX_FEATURES)) == MAX_FEATURES


def test_the_length_is_checked_before_any_work(monkeypatch):
    def never(*_):
        raise AssertionError("cut was called")

    monkeypatch.setattr(segmentation, "cut", never)
    with pytest.raises(TextError, match="characters"):
        segment("a b " * MAX_CHARACTERS)


def test_wrong_arguments_are_named():
    with pytest.raises(InputError, match=r"unit='wrod' does not exist; did you mean 'word'\?"):
        segment("a", "wrod")
    with pytest.raises(InputError, match="needs token_spans"):
        segment("a", "token")
    with pytest.raises(TextError, match="must be a string, not int"):
        segment(3)
    with pytest.raises(TextError, match=r"character 3 .* lone surrogate"):
        segment("ab\ud83d")


def test_the_longest_text_is_cut_quickly():
    text = ("The quick brown fox, it jumps. 我喜欢。" * 6000)[:MAX_CHARACTERS]
    assert len(cut(text, "word")) > 30_000
