"""Bins to supports: hard, soft, and the check of the hash."""

from itertools import combinations

import numpy as np
import pytest

from spex_core.coding.chase import HARD, SOFT, decode_bins, flip_patterns
from spex_core.coding.plan import nominal_rows, plan_masks
from spex_core.coding.signatures import Signatures


@pytest.fixture(scope="module")
def layout():
    return plan_masks(100, nominal_rows(100, 5, 4), 5, np.random.default_rng(0)).layout


def random_bins(layout, orders, rng, noise):
    n = layout.code.n_info
    signatures = Signatures.of(layout)
    supports = np.full((len(orders), layout.code.t), n)
    for row, order in enumerate(orders):
        supports[row, :order] = np.sort(rng.choice(n, order, replace=False))
    rows, groups = np.arange(len(orders)), rng.integers(0, 3, len(orders))
    values = signatures.patterns(signatures.words(supports))[rows, groups] * rng.choice([-1, 1], len(orders))[:, None]
    values = values + noise * rng.normal(size=values.shape)
    return signatures, supports, signatures.cells(supports)[rows, groups], values


def test_cells_and_signs_follow_from_the_masks(layout):
    rng = np.random.default_rng(0)
    signatures, supports, _, _ = random_bins(layout, rng.integers(1, 6, 20), rng, 0.0)
    for row, cells, signs in zip(
        supports, signatures.cells(supports), signatures.patterns(signatures.words(supports)), strict=True
    ):
        members = [f for f in row if f < layout.code.n_info]
        for group in range(3):
            in_group = np.bitwise_xor.reduce(layout.hashes[group, members])
            assert cells[group] == group * 2**layout.b + in_group
            assert np.array_equal(signs[group], (-1.0) ** layout.offsets[group][:, members].sum(axis=1))


@pytest.mark.parametrize("weight", [*HARD, *SOFT])
def test_clean_bins_decode_whatever_the_sign(layout, weight):
    rng = np.random.default_rng(1)
    signatures, supports, cells, values = random_bins(layout, rng.integers(1, 6, 60), rng, 0.0)
    found = decode_bins(layout.code, signatures, values, cells, weight)
    assert found.bins.tolist() == list(range(60))
    assert np.array_equal(found.supports, supports)
    np.testing.assert_allclose(np.abs(found.amplitudes), 1.0)


def test_soft_decoding_beats_hard_in_noise_and_more_flips_do_no_harm(layout):
    rng = np.random.default_rng(2)
    signatures, supports, cells, values = random_bins(layout, rng.integers(2, 6, 400), rng, 0.55)
    right = []
    for weight in (0, 5, 10, 20):
        found = decode_bins(layout.code, signatures, values, cells, weight)
        right.append(int((found.supports == supports[found.bins]).all(axis=1).sum()))
    assert right[0] * 1.2 < right[1] < right[2] < right[3]


def test_words_decode_alike_sieved_or_not(layout, monkeypatch):
    rng = np.random.default_rng(8)
    signatures, _, cells, values = random_bins(layout, rng.integers(1, 6, 90), rng, 0.7)
    sieved = decode_bins(layout.code, signatures, values, cells, 9)
    monkeypatch.setattr("spex_core.coding.chase._WORTH_SIEVING", 10**9)
    plain = decode_bins(layout.code, signatures, values, cells, 9)
    assert 30 < len(plain.bins) < 90
    for name in ("bins", "supports", "amplitudes"):
        assert np.array_equal(getattr(sieved, name), getattr(plain, name))


def test_supports_that_do_not_hash_to_the_bin_are_dropped(layout):
    rng = np.random.default_rng(3)
    signatures, _, cells, values = random_bins(layout, rng.integers(1, 6, 60), rng, 0.0)
    assert len(decode_bins(layout.code, signatures, values, cells ^ 1, HARD[0]).bins) == 0


def test_a_flipped_reference_shift_is_undone(layout):
    rng = np.random.default_rng(4)
    signatures, supports, cells, values = random_bins(layout, np.full(40, 5), rng, 0.0)
    values[:, 0] *= -0.01
    assert len(decode_bins(layout.code, signatures, values, cells, HARD[0]).bins) < 4
    found = decode_bins(layout.code, signatures, values, cells, 1)
    assert np.array_equal(found.supports, supports)


def test_no_bins(layout):
    none = np.zeros(0, dtype=np.int64)
    found = decode_bins(layout.code, Signatures.of(layout), np.zeros((0, 41)), none, SOFT[1])
    assert len(found.bins) == 0


@pytest.mark.parametrize("weight", [0, 1, 6, 11])
def test_flip_patterns_are_all_sets_of_ranks_up_to_the_weight(weight):
    patterns = flip_patterns(weight)
    found = [tuple(np.flatnonzero(row) + 1) for row in patterns]
    sets = [c for size in range(weight + 1) for c in combinations(range(1, weight + 1), size) if sum(c) <= weight]
    assert sorted(found) == sorted(sets)
    assert found[0] == ()
    assert [sum(ranks) for ranks in found] == sorted(sum(ranks) for ranks in found)
