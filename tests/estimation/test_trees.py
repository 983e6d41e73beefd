"""Tree spectra against the Walsh-Hadamard transform of the trees' own predictions."""

import lightgbm
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import hadamard

from spex_core.errors import InputError
from spex_core.estimation.trees import Leaves, leaves_by_depth, read_lightgbm, spectrum_of_leaves
from spex_core.fourier.masks import all_masks
from spex_core.fourier.spectrum import evaluate


def grow(masks, values, trees=20, **parameters):
    settings = {
        "objective": "regression",
        "verbosity": -1,
        "min_data_in_leaf": 1,
        "num_leaves": 16,
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": 1,
        **parameters,
    }
    data = lightgbm.Dataset(masks.astype(np.float64), values, params={"verbosity": -1, "min_data_in_bin": 1})
    return lightgbm.train(settings, data, trees)


def spectrum_by_transform(predictions, n):
    """Row r of `all_masks` holds feature 0 in the highest bit, and so does the Hadamard index."""
    transform = hadamard(2**n) @ predictions / 2**n
    return {
        tuple(i for i in range(n) if number >> (n - 1 - i) & 1): value
        for number, value in enumerate(transform.tolist())
    }


def spectrum(booster, n, max_order=99, **options):
    groups = leaves_by_depth(read_lightgbm(booster.model_to_string()))
    return spectrum_of_leaves(groups, n, max_order, **options)


@settings(deadline=None, max_examples=25)
@given(n=st.integers(1, 8), trees=st.integers(1, 12), leaves=st.integers(2, 40), seed=st.integers(0, 2**32 - 1))
def test_matches_the_transform_of_all_predictions(n, trees, leaves, seed):
    cube = all_masks(n)
    booster = grow(cube, np.random.default_rng(seed).normal(size=2**n), trees, num_leaves=leaves)
    expected = spectrum_by_transform(booster.predict(cube.astype(np.float64)), n)
    supports, coefficients = spectrum(booster, n)
    assert len(set(supports)) == len(supports)
    found = dict(zip(supports, coefficients.tolist(), strict=True))
    for support, value in expected.items():
        assert found.get(support, 0.0) == pytest.approx(value, abs=1e-9)


@pytest.mark.parametrize("n", [40, 1000])
def test_many_features_reproduce_the_predictions(n):
    rng = np.random.default_rng(n)
    masks = rng.random((500, n)) < 0.5
    values = masks[:, 3] * masks[:, n - 1] - 2.0 * masks[:, 7] + rng.normal(size=500) * 0.1
    booster = grow(masks, values, trees=30, max_depth=5, num_leaves=31)
    supports, coefficients = spectrum(booster, n)
    fresh = rng.random((300, n)) < 0.5
    np.testing.assert_allclose(
        evaluate(fresh, supports, coefficients, n), booster.predict(fresh.astype(np.float64)), atol=1e-9
    )
    assert max(map(len, supports)) <= 5


def test_orders_above_the_cap_are_left_out_and_the_rest_is_unchanged():
    cube = all_masks(7)
    booster = grow(cube, np.random.default_rng(1).normal(size=128), num_leaves=60)
    everything = dict(zip(*spectrum(booster, 7), strict=True))
    capped = dict(zip(*spectrum(booster, 7, max_order=2), strict=True))
    assert max(map(len, everything)) > 2
    assert capped == {support: value for support, value in everything.items() if len(support) <= 2}


def test_strongest_first_and_cut_to_the_strongest():
    cube = all_masks(6)
    booster = grow(cube, np.random.default_rng(2).normal(size=64))
    supports, coefficients = spectrum(booster, 6)
    assert supports[0] == ()
    assert (np.diff(np.abs(coefficients[1:])) <= 0).all()
    few, strongest = spectrum(booster, 6, most_terms=5)
    assert few == supports[:6]
    np.testing.assert_array_equal(strongest, coefficients[:6])


def test_a_tree_that_never_split_is_its_constant():
    booster = grow(all_masks(3), np.full(8, 2.5), trees=3)
    assert spectrum(booster, 3)[0] == [()]
    assert spectrum(booster, 3)[1].sum() == pytest.approx(2.5)


def test_no_trees_no_terms():
    assert spectrum_of_leaves([], 4, 5)[0] == []


def test_one_leaf_by_hand():
    """3 where feature 1 is kept and feature 4 hidden: 3 (1 - chi_1)/2 (1 + chi_4)/2."""
    leaf = Leaves(np.array([[1, 4]]), np.array([[True, False]]), np.array([3.0]))
    found = dict(zip(*spectrum_of_leaves([leaf], 6, 5), strict=True))
    assert found == {(): 0.75, (1,): -0.75, (4,): 0.75, (1, 4): -0.75}


def test_features_that_are_not_zero_or_one_are_refused():
    rng = np.random.default_rng(0)
    booster = grow(rng.normal(size=(200, 3)), rng.normal(size=200))
    with pytest.raises(InputError, match=r"between 0 \(hidden\) and 1 \(kept\)"):
        spectrum(booster, 3)
    values = rng.random((200, 3))
    booster = grow(values, np.floor(values[:, 0] * 6), num_leaves=8)
    with pytest.raises(InputError, match="at most once on a path"):
        spectrum(booster, 3)
