import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spex_core.models.minilm.windows import MAX_TOKENS, window_starts


def by_word(text):
    """Offsets as if every word were a token."""
    offsets, at = [], 0
    for word in text.split(" "):
        offsets.append((at, at + len(word)))
        at += len(word) + 1
    return offsets


def sizes(text):
    starts = window_starts(text, by_word(text))
    return [b - a for a, b in zip(starts, [*starts[1:], len(by_word(text))], strict=True)]


def test_a_text_that_fits_is_one_window():
    assert window_starts("", []) == [0]
    assert sizes("a " * (MAX_TOKENS - 1) + "a") == [MAX_TOKENS]


@settings(deadline=None, max_examples=25)
@given(st.lists(st.integers(1, 400), min_size=1, max_size=8))
def test_windows_fit_cover_and_are_balanced(lengths):
    text = " ".join(" ".join(["Word", *["word"] * (n - 1)]) + "." for n in lengths)
    found = sizes(text)
    assert sum(found) == sum(lengths)
    assert all(0 < size <= MAX_TOKENS for size in found)
    assert len(found) <= -(-sum(lengths) // 200)


def test_cuts_fall_between_sentences():
    text = " ".join(["One two three four five six seven."] * 100)
    starts = window_starts(text, by_word(text))
    assert len(starts) == 4
    assert all(start % 7 == 0 for start in starts)


def test_paragraph_breaks_are_preferred():
    sentence = "One two three four five six."
    text = " ".join([sentence] * 30) + "\n\n" + " ".join([sentence] * 26)
    offsets = by_word(text.replace("\n\n", " \n"))  # equal length, so that positions agree
    assert [text[offsets[s][0] :].lstrip("\n")[:3] for s in window_starts(text, offsets)] == ["One", "One"]


@pytest.mark.parametrize("length", [255, 2000])
def test_one_endless_word_is_still_cut_to_fit(length):
    text = "x" * length
    starts = window_starts(text, [(i, i + 1) for i in range(length)])
    assert all(b - a <= MAX_TOKENS for a, b in zip(starts, [*starts[1:], length], strict=True))


def test_tokens_of_one_character_stay_together():
    text = "한" * 200
    offsets = [(i, i + 1) for i in range(200) for _ in range(3)]
    assert all(start % 3 == 0 for start in window_starts(text, offsets))
