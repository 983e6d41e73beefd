"""ProxySPEX end to end: plan, fit, predict."""

import numpy as np
import pytest

from spex_core.arrays import Samples
from spex_core.estimation.estimators.proxyspex import ProxySpex
from spex_core.fourier.faithfulness import r_squared
from spex_core.fourier.masks import row_keys

ENDS = 2


def ends(n):
    return np.array([[True] * n, [False] * n])


def run(function, n, rows, max_order=5, seed=0, taken=None):
    estimator, rng = ProxySpex(), np.random.default_rng(seed)
    plan = estimator.plan(n, rows - ENDS, max_order, rng, row_keys(ends(n)))
    masks = np.concatenate([ends(n), plan.masks])[:taken]
    return estimator.fit(Samples(masks, np.asarray(function(masks), dtype=float)), plan, max_order, rng)


def test_hierarchical_function_is_predicted_and_its_parts_are_listed():
    def function(masks):
        negated = masks[:, 2] & masks[:, 3]
        return 1.5 * masks[:, 2] + 0.5 * masks[:, 3] - 2.0 * negated + 0.7 * (masks[:, 5] | masks[:, 6])

    fit = run(function, 24, 600)
    fresh = np.random.default_rng(1).random((1000, 24)) < 0.5
    assert r_squared(function(fresh).astype(float), fit.spectrum.predict(fresh)) > 0.999
    assert {(2,), (3,), (2, 3), (5, 6)} <= set(fit.spectrum.supports)
    assert fit.spectrum.to_dict()[(2, 3)] == pytest.approx(-0.5, abs=0.02)
    assert fit.draws.shape[1] == len(fit.spectrum)


def test_beats_first_order_on_interactions():
    from spex_core.estimation.estimators.banzhaf import BanzhafRidge

    rng = np.random.default_rng(2)
    groups = [rng.choice(40, 2, replace=False) for _ in range(15)]

    def function(masks):
        return sum(masks[:, group].all(axis=1) * (1.0 + i / 15) for i, group in enumerate(groups))

    fresh = rng.random((1000, 40)) < 0.5
    trees = run(function, 40, 800)
    plan = ProxySpex().plan(40, 798, 5, np.random.default_rng(0), row_keys(ends(40)))
    masks = np.concatenate([ends(40), plan.masks])
    line = BanzhafRidge().fit(Samples(masks, function(masks)), plan, 5, np.random.default_rng(0))
    truth = function(fresh)
    assert r_squared(truth, trees.spectrum.predict(fresh)) > 0.99
    assert r_squared(truth, line.spectrum.predict(fresh)) < 0.9


@pytest.mark.parametrize("n", [1, 2, 10, 200])
def test_minimum_is_enough(n):
    minimum = ProxySpex().minimum(n, 5)
    assert minimum <= 2**n
    fit = run(lambda masks: masks[:, 0], n, minimum)
    assert all(len(support) <= 5 for support in fit.spectrum.supports)


def test_plan_is_distinct_and_avoids_what_is_set_aside():
    avoid = row_keys(np.random.default_rng(0).random((100, 12)) < 0.5)
    masks = ProxySpex().plan(12, 500, 5, np.random.default_rng(1), avoid).masks
    keys = row_keys(masks)
    assert masks.shape == (500, 12)
    assert len(set(keys)) == 500
    assert not set(keys) & set(avoid)


def test_constant_function_is_the_constant():
    fit = run(lambda masks: np.full(len(masks), -4.5), 20, 100)
    assert fit.spectrum.to_dict() == {(): pytest.approx(-4.5)}


def test_a_stopped_run_is_fitted_on_what_is_there():
    fit = run(lambda masks: masks[:, 0] & masks[:, 1], 15, 600, taken=200)
    assert (0, 1) in fit.spectrum.supports
    assert not ProxySpex.needs_whole_plan


@pytest.mark.parametrize("max_order", [1, 2, 3])
def test_max_order_caps_every_support(max_order):
    fit = run(lambda masks: masks[:, :4].all(axis=1), 10, 300, max_order)
    assert fit.spectrum.max_order <= max_order


def test_same_seed_same_bits():
    def function(masks):
        return np.sin(masks @ np.arange(18)) + masks[:, 0]

    first, again, other = (run(function, 18, 300, seed=seed) for seed in (3, 3, 4))
    assert first.spectrum.supports == again.spectrum.supports
    assert first.spectrum.coefficients.tobytes() == again.spectrum.coefficients.tobytes()
    assert first.draws.tobytes() == again.draws.tobytes()
    assert first.spectrum.coefficients.tobytes() != other.spectrum.coefficients.tobytes()


def test_many_features():
    def function(masks):
        return 1.0 * masks[:, 10] - masks[:, 399] + (masks[:, 10] & masks[:, 300])

    fit = run(function, 400, 1000)
    fresh = np.random.default_rng(5).random((500, 400)) < 0.5
    assert r_squared(function(fresh), fit.spectrum.predict(fresh)) > 0.95
    assert (10, 300) in fit.spectrum.supports


def test_parities_whose_parts_have_no_effect_are_found():
    def function(masks):
        return (masks[:, 4] ^ masks[:, 50]) + 0.5 * (masks[:, 7] ^ masks[:, 8] ^ masks[:, 9]) + masks[:, 1]

    fit = run(function, 60, 500)
    assert {(4, 50), (7, 8, 9), (1,)} <= set(fit.spectrum.supports)
    assert fit.spectrum.to_dict()[(4, 50)] == pytest.approx(-0.5, abs=0.01)
