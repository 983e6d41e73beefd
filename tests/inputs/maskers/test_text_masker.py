import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spex_core.errors import InputError, TextError
from spex_core.fourier.masks import all_masks
from spex_core.inputs.maskers.text import TextMasker
from spex_core.inputs.segmentation import _is_invisible

TEXT = "  One two, three\r\n\r\nfour  five. \n"


def rows(*bits):
    return np.array([[int(c) for c in row] for row in bits], dtype=bool)


def test_labels_and_spans_describe_the_text():
    masker = TextMasker(TEXT)
    assert masker.labels == ["One", "two,", "three", "four", "five."]
    assert [TEXT[a:b] for a, b in masker.spans] == masker.labels
    assert (masker.n_features, masker.unit, masker.masking) == (5, "word", "unk")


def test_unk_replaces_each_hidden_feature_and_keeps_all_gaps():
    masked = TextMasker(TEXT).apply(rows("11111", "01101", "00000"))
    assert masked[0] == TEXT
    assert masked[1] == "  [UNK] two, three\r\n\r\n[UNK]  five. \n"
    assert masked[2] == "  [UNK] [UNK] [UNK]\r\n\r\n[UNK]  [UNK] \n"


def test_removal_closes_gaps_with_the_strongest_white_space():
    masked = TextMasker(TEXT, masking="removal").apply(rows("11111", "10101", "10001", "11010", "00010", "00000"))
    assert masked[0] == TEXT
    assert masked[1] == "  One three\r\n\r\nfive. \n"
    assert masked[2] == "  One\r\n\r\nfive. \n"
    assert masked[3] == "  One two,\r\n\r\nfour \n"
    assert masked[4] == "  four \n"
    assert masked[5] == ""


def test_removal_joins_what_had_no_space():
    assert TextMasker("我喜欢这部电影。", masking="removal").apply(rows("10011"))[0] == "我部电影。"


@settings(deadline=None, max_examples=200)
@given(
    st.text(st.characters(exclude_categories=["Cs", "Co"]) | st.sampled_from(" \r\n.,字ก"), max_size=40),
    st.sampled_from(["word", "sentence", "paragraph"]),
    st.sampled_from(["unk", "removal"]),
    st.integers(0, 2**32),
)
def test_all_kept_is_the_original_and_rows_hold_exactly_the_kept(text, unit, masking, seed):
    try:
        masker = TextMasker(text, unit, masking, mask_token="\ue000")
    except TextError:
        return
    masks = np.random.default_rng(seed).random((4, masker.n_features)) < 0.5
    masks[0] = True
    masked = masker.apply(masks)
    assert masked[0] == text
    for mask, string in zip(masks, masked, strict=True):
        kept = [label for label, keep in zip(masker.labels, mask, strict=True) if keep]
        assert visible(string.replace("\ue000", "")) == visible("".join(kept))
        assert string.count("\ue000") == (0 if masking == "removal" else masker.n_features - len(kept))


def visible(text):
    return "".join(char for char in text if not _is_invisible(char))


def test_removal_never_makes_a_double_space():
    masker = TextMasker("one two three four five six", masking="removal")
    for string in masker.apply(all_masks(6)):
        assert "  " not in string
        assert string == string.strip()


def test_a_part_matches_the_whole():
    for masking in ("unk", "removal"):
        masker = TextMasker("one two three four", masking=masking)
        masks = all_masks(4)
        assert [s.strip() for s in masker.apply_part(masks[:, 1:3], 1, 3)] == [
            s.strip() for s in TextMasker("two three", masking=masking).apply(masks[:, 1:3])
        ]


def test_identical_words_stay_separate_features():
    masker = TextMasker("no no no", masking="removal")
    assert masker.labels == ["no", "no", "no"]
    assert masker.apply(rows("010"))[0] == "no"


def test_wrong_arguments_are_named():
    with pytest.raises(InputError, match=r"masking='remove' does not exist; did you mean 'removal'\?"):
        TextMasker("a", masking="remove")
    with pytest.raises(InputError, match="needs token_spans"):
        TextMasker("a", unit="token")
    with pytest.raises(ValueError, match=r"pass shape \(m, 2\)"):
        TextMasker("a b").apply(np.ones((1, 3), dtype=bool))


def test_a_filler_stands_where_a_hidden_word_was():
    masker = TextMasker("A slow, sad film.", masking="filler", mask_token="[UNK]")
    assert masker.apply(np.array([[True, False, True, False]])) == ["A ... sad ..."]
    assert masker.apply(np.ones((1, 4), dtype=bool)) == ["A slow, sad film."]
