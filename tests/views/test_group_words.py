import numpy as np
import pytest

from spex_core.views.group_words import conditional_effects, describe


def _text(explanation, a, b):
    parts = describe(explanation, a, b)
    return "".join(part if isinstance(part, str) else explanation.features[part] for part in parts)


def test_conditional_effects_are_averages_over_all_masks(review):
    masks = ((np.arange(128)[:, None] >> np.arange(7)) & 1).astype(bool)
    values = review.predict(masks)

    def effect(of, given, kept):
        rows = masks[:, given] == kept
        return values[rows & masks[:, of]].mean() - values[rows & ~masks[:, of]].mean()

    for of, given in ((3, 4), (4, 3), (4, 6), (1, 2)):
        expected = effect(of, given, True), effect(of, given, False)
        assert conditional_effects(review, of, given) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    ("ands", "words"),
    [
        (
            {(0,): -0.4, (1,): -1.0, (0, 1): 1.8},
            "bad pushes towards positive while not is there, and towards negative while it is not",
        ),
        ({(0,): 1.0, (1,): 1.0, (0, 1): -1.0}, "while not is there, bad adds almost nothing"),
        ({(0, 1): 1.0, (0,): 0.5}, "bad has almost no effect unless not is there"),
        ({(0,): 0.5, (1,): 0.5, (0, 1): 1.0}, "counts for more while the other is there"),
        ({(0,): 1.0, (1,): 1.0, (0, 1): -0.5}, "they overlap"),
    ],
)
def test_reversal_gate_synergy_and_overlap_are_told_apart(explained, ands, words):
    assert words in _text(explained("not bad", ands), 0, 1)
