"""Bins to supports: hard, soft, and the check of the hash."""

import numpy as np
import pytest

from spex_core.chase import HARD, SOFT, Signatures, decode_bins, flip_patterns
from spex_core.subsampling import nominal_rows, plan_masks


@pytest.fixture(scope="module")
def layout():
    return plan_masks(100, nominal_rows(100, 5, 4), 5, np.random.default_rng(0)).layout


def random_bins(layout, orders, rng, noise):
    n = layout.code.n_info
    signatures = Signatures.of(layout)
    supports = np.full((len(orders), layout.code.t), n)
    for row, order in enumerate(orders):
        supports[row, :order] = np.sort(rng.choice(n, order, replace=False))
    groups = rng.integers(0, 3, len(orders))
    values = signatures.patterns(groups, supports) * rng.choice([-1, 1], len(orders))[:, None]
    values = values + noise * rng.normal(size=values.shape)
    return signatures, supports, groups, signatures.bins(groups, supports), values


@pytest.mark.parametrize("patterns", [HARD[0], SOFT[0], SOFT[1]])
def test_clean_bins_decode_whatever_the_sign(layout, patterns):
    rng = np.random.default_rng(1)
    signatures, supports, groups, bins, values = random_bins(layout, rng.integers(1, 6, 60), rng, 0.0)
    found = decode_bins(layout, signatures, values, groups, bins, patterns)
    assert found.bins.tolist() == list(range(60))
    assert np.array_equal(found.supports, supports)
    np.testing.assert_allclose(np.abs(found.amplitudes), 1.0)


def test_soft_decoding_beats_hard_in_noise_and_more_flips_do_no_harm(layout):
    rng = np.random.default_rng(2)
    signatures, supports, groups, bins, values = random_bins(layout, rng.integers(2, 6, 400), rng, 0.55)
    right = []
    for patterns in (HARD[0], *SOFT):
        found = decode_bins(layout, signatures, values, groups, bins, patterns)
        right.append(int((found.supports == supports[found.bins]).all(axis=1).sum()))
    assert right[0] * 1.3 < right[1] < right[2]


def test_supports_that_do_not_hash_to_the_bin_are_dropped(layout):
    rng = np.random.default_rng(3)
    signatures, _, groups, bins, values = random_bins(layout, rng.integers(1, 6, 60), rng, 0.0)
    assert len(decode_bins(layout, signatures, values, groups, bins ^ 1, HARD[0]).bins) == 0


def test_a_flipped_reference_shift_is_undone(layout):
    rng = np.random.default_rng(4)
    signatures, supports, groups, bins, values = random_bins(layout, np.full(40, 5), rng, 0.0)
    values[:, 0] *= -0.01
    assert len(decode_bins(layout, signatures, values, groups, bins, HARD[0]).bins) < 4
    found = decode_bins(layout, signatures, values, groups, bins, SOFT[0])
    assert np.array_equal(found.supports, supports)


def test_no_bins(layout):
    none = np.zeros(0, dtype=np.int64)
    found = decode_bins(layout, Signatures.of(layout), np.zeros((0, 41)), none, none, SOFT[0])
    assert len(found.bins) == 0


def test_flip_patterns_start_with_none_and_are_distinct():
    patterns = flip_patterns((4, 3))
    assert not patterns[0].any()
    assert len({row.tobytes() for row in patterns}) == len(patterns) == 1 + 4 + 3
