"""Rows of token ids under a focus are those of the strings that it writes."""

import numpy as np
import pytest

from spex_core.inputs.maskers.text import TextMasker
from spex_core.models.minilm.masking import MaskedText
from spex_core.models.minilm.weights import load_tokenizer

LONG = "The plot is not bad at all. " * 40 + "But the end, I fear, isn't good: it's dull."


@pytest.mark.parametrize("masking", ["unk", "removal"])
@pytest.mark.parametrize(
    ("text", "unit", "focus"),
    [
        ("A film that isn't bad, but long.", "word", {"keep": [(0, 6)]}),
        ("A film that isn't bad, but long.", "regex:i\\w", {}),
        (LONG, "word", {"only": [(len(LONG) - 40, len(LONG))]}),
        (LONG, "sentence", {"keep": [(60, 200)]}),
        (LONG, "regex:not bad|dull", {}),
    ],
)
def test_ids_are_those_of_the_strings(masking, text, unit, focus):
    tokenizer = load_tokenizer()
    masker = TextMasker(text, unit, masking, **focus)
    masks = np.random.default_rng(0).random((12, masker.n_features)) < 0.5
    masks[0] = True
    rows = MaskedText(tokenizer, masker).rows(masks)
    for row, written in zip(rows, masker.apply(masks), strict=True):
        expected = tokenizer.encode(written, add_special_tokens=False).ids
        assert np.concatenate(row).tolist() == expected
