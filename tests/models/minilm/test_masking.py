import numpy as np
import pytest

from spex_core.inputs.maskers.text import TextMasker
from spex_core.models.minilm.masking import MaskedText, windowed_rows
from spex_core.models.minilm.weights import UNK, load_tokenizer

LONG = " ".join(f"Sentence number {i} tells us that nothing unbelievable happened here." for i in range(60))


@pytest.fixture(scope="module")
def tokenizer():
    return load_tokenizer()


def masked(tokenizer, text, unit="word", masking="unk"):
    spans = tokenizer.encode(text, add_special_tokens=False).offsets
    masker = TextMasker(text, unit, masking, token_spans=spans)
    return masker, MaskedText(tokenizer, masker)


@pytest.mark.parametrize("masking", ["unk", "removal"])
@pytest.mark.parametrize("unit", ["word", "sentence", "token"])
@pytest.mark.parametrize(
    "text",
    [
        "Her unbelievably dull acting never fails, does it? No. It isn't well-made — sorry.",
        "我喜欢这部电影。「好き」です。iPhone手机 ok",
        "ฉันรักภาพยนตร์เรื่องนี้ good",
        "good—bad [SEP] wait...what 👨‍👩‍👧 \u200fשלום\u200f a\u200bb café [UNK]",
        "나는 이 영화를 좋아한다. \ue000 \x00a\x1cb <b>x</b>",
    ],
)
def test_rows_are_the_tokens_of_the_masked_strings(tokenizer, text, unit, masking):
    masker, rows = masked(tokenizer, text, unit, masking)
    masks = np.random.default_rng(0).random((24, masker.n_features)) < 0.5
    masks[:2] = [[True], [False]]
    for row, string in zip(rows.rows(masks), masker.apply(masks), strict=True):
        assert np.concatenate(row).tolist() == tokenizer.encode(string, add_special_tokens=False).ids


def test_plain_words_are_masked_on_ids_and_touching_ones_on_strings(tokenizer):
    assert masked(tokenizer, "A plain, well-made text… 我喜欢")[1].on_ids
    assert not masked(tokenizer, "ฉันรักภาพยนตร์")[1].on_ids
    assert not masked(tokenizer, "unputdownable", "token")[1].on_ids


def test_a_hidden_word_of_many_pieces_is_one_unk(tokenizer):
    _, rows = masked(tokenizer, "an unputdownable book")
    assert rows.rows(np.array([[True, False, True]]))[0][0].tolist()[1] == UNK
    assert len(rows.rows(np.array([[True, False, True]]))[0][0]) == 3


@pytest.mark.parametrize("masking", ["unk", "removal"])
@pytest.mark.parametrize("unit", ["word", "sentence", "paragraph", "token"])
def test_windows_stay_those_of_the_full_text(tokenizer, unit, masking):
    text = LONG.replace("Sentence number 30", "\n\nSentence number 30")
    masker, rows = masked(tokenizer, text, unit, masking)
    assert rows.windows == len(windowed_rows(tokenizer, text)) > 2
    masks = np.random.default_rng(0).random((6, masker.n_features)) < 0.5
    masks[:2] = [[True], [False]]
    found = rows.rows(masks)
    for full, expected in zip(found[0], windowed_rows(tokenizer, text), strict=True):
        assert full.tolist() == expected.tolist()
    for row, string in zip(found, masker.apply(masks), strict=True):
        assert len(row) == rows.windows
        assert np.concatenate(row).tolist() == tokenizer.encode(string, add_special_tokens=False).ids


def test_hiding_a_word_touches_only_its_window(tokenizer):
    masker, rows = masked(tokenizer, LONG)
    masks = np.ones((2, masker.n_features), dtype=bool)
    masks[1, 0] = False
    full, without = rows.rows(masks)
    assert [a.tolist() == b.tolist() for a, b in zip(full, without, strict=True)] == [False] + [True] * (len(full) - 1)
