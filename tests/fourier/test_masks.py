"""Masks: distinct, antithetic, away from what must not be drawn."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spex_core.arrays import Samples
from spex_core.fourier.masks import Known, all_masks, complements, draw_distinct, first_of_each, row_keys


@settings(deadline=None, max_examples=60)
@given(n=st.integers(1, 40), count=st.integers(0, 300), seed=st.integers(0, 2**32 - 1))
def test_drawn_masks_are_distinct_and_avoid_the_anchors(n, count, seed):
    anchors = np.array([[True] * n, [False] * n])
    drawn = draw_distinct(n, count, np.random.default_rng(seed), row_keys(anchors))
    keys = row_keys(drawn)
    assert len(set(keys)) == len(keys)
    assert not set(keys) & set(row_keys(anchors))
    assert len(drawn) == min(count, 2**n - 2)


@pytest.mark.parametrize("n", [9, 17, 30])
def test_a_larger_draw_begins_with_a_smaller_one_to_the_last_mask(n):
    """At 17 features drawing changes its way at half of all masks."""
    anchors = row_keys(np.array([[True] * n, [False] * n]))
    most = min(2**n, 200_000)
    largest = draw_distinct(n, most, np.random.default_rng(3), anchors)
    assert len(largest) == min(most, 2**n - 2) == len(set(row_keys(largest)))
    for count in (0, 1, 250, 511, 65_534, 65_537, 90_000):
        drawn = draw_distinct(n, count, np.random.default_rng(3), anchors)
        assert np.array_equal(drawn, largest[:count])


@pytest.mark.parametrize("n", [6, 18, 30])
def test_complements_stand_side_by_side(n):
    drawn = draw_distinct(n, 40, np.random.default_rng(1))
    assert np.array_equal(drawn[0::2], ~drawn[1::2])


def test_each_feature_is_kept_half_of_the_time():
    drawn = draw_distinct(50, 4000, np.random.default_rng(2))
    assert np.array_equal(drawn.mean(axis=0), np.full(50, 0.5))  # exact, by antithetic pairs


def test_cube_counts_in_binary():
    assert all_masks(2).tolist() == [[False, False], [False, True], [True, False], [True, True]]


def test_first_of_each_keeps_first_occurrences():
    masks = np.array([[1, 0], [1, 0], [0, 1]], dtype=bool)
    assert first_of_each(masks).tolist() == [True, False, True]
    assert first_of_each(masks, row_keys(masks[2:])).tolist() == [True, False, False]


def test_complements_are_found_wherever_they_stand():
    masks = draw_distinct(40, 30, np.random.default_rng(0))[np.random.default_rng(1).permutation(30)][:25]
    pairs = complements(masks)
    brute = {(i, j) for j in range(25) for i in range(j) if (masks[i] != masks[j]).all()}
    assert brute
    assert {tuple(pair) for pair in pairs.tolist()} == brute


@pytest.mark.parametrize("n", [1, 7, 8, 9, 200])
def test_keys_are_equal_exactly_where_the_rows_are(n):
    masks = np.random.default_rng(n).random((60, n)) < 0.5
    keys = row_keys(masks)
    assert [[a == b for b in keys] for a in keys] == [[(a == b).all() for b in masks] for a in masks]
    assert row_keys(np.asfortranarray(masks)) == row_keys(masks.astype(np.int64)) == keys
    assert row_keys(masks[:0]) == []


def test_what_is_known_is_found_whatever_the_order_and_the_rest_is_nan():
    masks = draw_distinct(30, 50, np.random.default_rng(0))
    values = np.arange(50.0)
    known = Known.of(Samples(masks[:20], values[:20]))
    known.add(Samples(masks[30:40], values[30:40]))
    order = np.random.default_rng(1).permutation(50)
    there = (order < 20) | ((order >= 30) & (order < 40))
    found = known.look_up(masks[order])
    assert np.array_equal(found, np.where(there, order, np.nan), equal_nan=True)
    assert len(known) == 30
    assert np.isnan(Known().look_up(masks)).all()
    assert Known().look_up(masks[:0]).shape == (0,)


def test_a_function_is_asked_once_for_each_mask_that_is_missing():
    masks = all_masks(4)[[3, 9, 3, 12, 9]]
    known = Known.of(Samples(masks[3:4], np.array([7.0])))
    asked = []
    function = lambda m: asked.append(m.tolist()) or m.sum(axis=1)  # noqa: E731
    assert known.completed(masks, function).tolist() == [2.0, 2.0, 2.0, 7.0, 2.0]
    assert known.completed(masks[::-1], function).tolist() == [2.0, 7.0, 2.0, 2.0, 2.0]
    assert asked == [masks[:2].tolist()]
    with pytest.raises(ValueError, match="shorter"):
        Known().completed(masks, lambda m: np.zeros(1))
