import numpy as np
import pytest

from spex_core.views.heatmap import gaps, heatmap, texts, tint
from spex_core.views.shown import Shown


def test_gaps_and_texts_give_back_the_input_character_by_character(explained):
    text = "  Wow,\n\n«so» bad…\r\n日本語 "
    explanation = explained(text, {(0,): 1.0}, spans=[(2, 5), (10, 12), (14, 17), (20, 22), (22, 23)])
    between, words = gaps(explanation), texts(explanation)
    assert between[0] + "".join(w + g for w, g in zip(words, between[1:], strict=True)) == text


def test_without_a_text_the_labels_stand_side_by_side(explained):
    explanation = explained("a b c", {(0,): 1.0}, source=None)
    assert texts(explanation) == ["a", "b", "c"]
    assert gaps(explanation) == ["", " ", " ", ""]


def test_banzhaf_colours_are_average_marginal_effects(review):
    masks = ((np.arange(128)[:, None] >> np.arange(7)) & 1).astype(bool)
    values = review.predict(masks)
    for feature, value in enumerate(Shown(review, "BII").singles):
        kept = masks[:, feature]
        assert value == pytest.approx(values[kept].mean() - values[~kept].mean(), abs=1e-12)


def test_shapley_colours_add_up_to_full_minus_empty(review):
    assert sum(Shown(review, "SV").singles) == pytest.approx(review.output_full - review.output_empty)


def test_the_colour_says_which_way_a_word_pushes_under_every_index(review):
    alike = [heatmap(Shown(review, index, 1))["tints"] for index in ("BII", "FBII", "BV", "Fourier")]
    for tints in alike[1:]:
        assert tints == pytest.approx(alike[0])
    fourier = heatmap(Shown(review, "Fourier"))
    assert [np.sign(value) for value in fourier["values"]] == [-np.sign(t) for t in fourier["tints"]]


def test_tints_are_square_roots_with_zero_transparent():
    assert tint(0.25, 1.0) == 0.5
    assert tint(-1.0, 1.0) == -1.0
    assert tint(0.0, 1.0) == 0.0
    assert tint(1.0, 0.0) == 0.0


def test_a_constant_function_has_no_colour(flat):
    assert heatmap(Shown(flat))["tints"] == [0.0] * 4
