import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spex_core.views.patches import feature_noun, influence, is_patch, merged, names, patch_name, picture


def test_patches_are_named_by_row_letter_and_column_number():
    assert [patch_name(at, 8) for at in (0, 7, 8, 47)] == ["A1", "A8", "B1", "F8"]
    assert [patch_name(at, 2) for at in (50, 52, 53)] == ["Z1", "AA1", "AA2"]


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ([6, 7, 14, 15], ["A7–B8 (2×2)"]),
        ([1, 2, 3], ["A2–A4"]),
        ([1, 9, 17], ["A2–C2"]),
        ([0, 1, 2, 8], ["A1–A3", "B1"]),
        ([6, 7, 8], ["A7", "A8", "B1"]),
        ([0, 1], ["A1", "A2"]),
        ([0, 2, 16, 18], ["A1", "A3", "C1", "C3"]),
        ([], []),
    ],
)
def test_neighbouring_patches_are_merged(cells, expected):
    assert [name for name, _ in merged(cells, 8)] == expected


@settings(deadline=None)
@given(st.sets(st.integers(0, 59)), st.integers(1, 12))
def test_merging_names_every_patch_once(cells, columns):
    assert sorted(f for _, members in merged(sorted(cells), columns) for f in members) == sorted(cells)


def test_influence_is_the_root_mean_square_change_of_switching_one_feature(pictured):
    explanation = pictured({(0,): 0.7, (0, 1): -1.4, (1, 2, 4): 0.9, (3,): 0.2}, grid=(3, 2), words=False)
    masks = ((np.arange(64)[:, None] >> np.arange(6)) & 1).astype(bool)
    for feature, value in enumerate(influence(explanation)):
        switched = masks.copy()
        switched[:, feature] ^= True
        change = explanation.predict(masks) - explanation.predict(switched)
        assert value == pytest.approx(np.sqrt((change**2).mean()), abs=1e-12)


def test_influence_sees_what_cancels_on_average(pictured):
    explanation = pictured({(0,): 1.0, (0, 1): -2.0}, words=False)
    assert influence(explanation)[0] == pytest.approx(1.0)  # +1 or -1, so 0 on average


def test_words_of_the_question_are_told_from_patches(pictured):
    explanation = pictured({(0, 12): 1.0}, question="red, blue")
    assert [is_patch(explanation, at) for at in (11, 12)] == [True, False]
    assert names(explanation)[11:] == ["C4", "“red”", "“blue”"]
    assert (feature_noun(explanation), feature_noun(explanation, 2)) == ("patch or word", "patches and words")


def test_texts_keep_their_own_names(review):
    assert names(review) == list(review.features)
    assert (feature_noun(review), feature_noun(review, 2)) == ("word", "words")
    assert not is_patch(review, 0)
    assert picture(review) is None


def test_shades_are_the_influence_on_a_root_scale(pictured):
    seen = picture(pictured({(0,): 4.0, (1,): -1.0}, words=False))
    assert seen["influence"][:3] == pytest.approx([4.0, 1.0, 0.0])
    assert seen["shades"][:3] == pytest.approx([1.0, 0.5, 0.0])
