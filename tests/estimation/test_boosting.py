"""Candidate supports from boosted trees."""

import sys

import numpy as np
import pytest

from spex_core.arrays import Samples
from spex_core.estimation.boosting import supports_again, tree_spectrum
from spex_core.fourier.spectrum import evaluate


def uniform(n, m, seed=0):
    masks = np.random.default_rng(seed).random((m, n)) < 0.5
    masks[0], masks[1] = True, False
    return masks


def find(masks, values, max_order=5, seed=0):
    return tree_spectrum(Samples(masks, np.asarray(values, dtype=float)), max_order, np.random.default_rng(seed))


def hierarchy(masks, rng):
    """Text-like: effects of single features, and pairs and a triple of the strong ones."""
    return (
        2.0 * masks[:, 3]
        - 1.5 * masks[:, 7]
        + 1.5 * (masks[:, 3] & masks[:, 7])
        + 1.0 * (masks[:, 1] & masks[:, 3] & masks[:, 11])
        + 0.1 * rng.normal(size=len(masks))
    )


def test_finds_what_acts_together_and_little_else():
    masks = uniform(30, 800)
    found = find(masks, hierarchy(masks, np.random.default_rng(1)))
    assert {(3,), (7,), (3, 7), (1, 3, 11)} <= set(found.supports)
    assert len(found.supports) < 40
    assert set(found.supports[:2]) <= {(3,), (7,), (3, 7)}
    assert found.r2 > 0.97


def test_more_rows_take_over_what_fewer_chose():
    masks = uniform(30, 1200)
    samples = Samples(masks, hierarchy(masks, np.random.default_rng(1)))
    chosen = tree_spectrum(samples.take(np.arange(800)), 5, np.random.default_rng(0))
    found = supports_again(samples, 5, chosen, np.random.default_rng(0))
    assert {(3,), (7,), (3, 7), (1, 3, 11)} <= set(found)
    assert len(found) == round(len(chosen.supports) * 1.5)
    assert found == supports_again(samples, 5, chosen, np.random.default_rng(0))


def test_half_of_the_folds_find_the_same():
    masks = uniform(30, 1200)
    samples = Samples(masks, hierarchy(masks, np.random.default_rng(1)))
    found = tree_spectrum(samples, 5, np.random.default_rng(0), quick=True)
    assert {(3,), (7,), (3, 7), (1, 3, 11)} <= set(found.supports)
    assert found.r2 > 0.97


def test_coefficients_predict():
    masks = uniform(30, 800)
    values = hierarchy(masks, np.random.default_rng(1))
    found = find(masks, values)
    fresh = uniform(30, 500, seed=9)
    truth = hierarchy(fresh, np.random.default_rng(2))
    predicted = evaluate(fresh, found.supports, found.coefficients, 30)
    assert np.corrcoef(predicted, truth)[0, 1] > 0.97


def test_pure_noise_keeps_few_terms_and_says_that_they_explain_nothing():
    masks = uniform(30, 600)
    found = find(masks, np.random.default_rng(3).normal(size=600))
    assert len(found.supports) <= 10
    assert -0.01 <= found.r2 < 0.1


@pytest.mark.parametrize("order", [1, 2, 3])
def test_order_is_capped(order):
    masks = uniform(12, 500)
    values = masks[:, :4].all(axis=1) + 0.5 * masks[:, 5:7].all(axis=1) + masks[:, 8]
    found = find(masks, values, order)
    assert max(map(len, found.supports)) <= order
    assert (8,) in found.supports


def test_number_of_terms_is_bounded_by_the_rows():
    masks = uniform(20, 120)
    values = np.random.default_rng(4).normal(size=(20, 20))
    quadratic = ((masks @ values) * masks).sum(axis=1)
    assert len(find(masks, quadratic).supports) <= 40


def test_same_seed_same_bits_and_scale_only_scales():
    masks = uniform(25, 400)
    values = hierarchy(masks, np.random.default_rng(5))
    first, again = find(masks, values, seed=7), find(masks, values, seed=7)
    assert first.supports == again.supports
    assert first.coefficients.tobytes() == again.coefficients.tobytes()
    scaled = find(masks, 2.0**40 * values, seed=7)
    assert scaled.supports == first.supports
    np.testing.assert_allclose(scaled.coefficients, 2.0**40 * first.coefficients, rtol=1e-9)


@pytest.mark.parametrize("level", [0.0, 3.3, -1e9, 1e-300])
def test_constant_values_have_no_terms(level):
    found = find(uniform(9, 50), np.full(50, level))
    assert found.supports == []
    assert found.coefficients.shape == (0,)


@pytest.mark.parametrize("rows", [0, 1])
def test_no_rows_no_terms(rows):
    assert find(np.ones((rows, 4), dtype=bool), np.zeros(rows)).supports == []


@pytest.mark.parametrize("m", [2, 3, 7, 11, 12, 13, 20])
def test_tiny_samples_work(m):
    masks = np.unique(uniform(8, 200), axis=0)[:m]
    found = find(masks, masks[:, 2] + 0.25 * masks[:, 5])
    assert all(0 <= i < 8 for support in found.supports for i in support)
    assert np.isfinite(found.coefficients).all()


def test_too_few_rows_to_choose_by_rank_every_feature_alone():
    found = find(uniform(30, 11), uniform(30, 11)[:, 4])
    assert found.supports[0] == (4,)
    assert set(found.supports) == {(i,) for i in range(30)}
    assert found.r2 == 0.0


def test_skewed_masks_work_too():
    """Rows that are no uniform draw: 90 % kept."""
    masks = np.random.default_rng(6).random((600, 15)) < 0.9
    found = find(masks, 1.0 * (masks[:, 0] & masks[:, 1]) - masks[:, 2])
    assert {(0,), (1,), (2,)} <= set(found.supports)


def test_a_straight_line_needs_no_trees():
    masks = uniform(10, 300)
    found = find(masks, 3.0 * masks[:, 4] - 2.0 * masks[:, 5])
    assert set(found.supports) == {(4,), (5,)}


def test_nothing_is_printed(capfd):
    masks = uniform(6, 60)
    find(masks, masks[:, 0])
    find(masks, np.zeros(60))
    find(masks, np.random.default_rng(0).normal(size=60))
    assert capfd.readouterr() == ("", "")


def test_importing_the_module_does_not_load_lightgbm():
    import subprocess

    code = "import sys, spex_core.estimation.boosting; print('lightgbm' in sys.modules or 'scipy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
