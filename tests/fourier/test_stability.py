"""Resamples: what is there always reappears, what is doubtful does not, and nothing of it asks the model."""

from dataclasses import replace
from functools import cache
from itertools import combinations
from math import comb

import numpy as np
import pytest
from scipy.stats import norm

import spex_core
from spex_core.arrays import Samples
from spex_core.estimation.posterior import Process
from spex_core.estimation.regression import fit_ridge
from spex_core.estimation.stacking import CrossFit, Mixture
from spex_core.fourier import stability
from spex_core.fourier.indices import INDICES
from spex_core.fourier.spectrum import Spectrum, walsh_columns
from spex_core.fourier.stability import RESAMPLES, STEADY, multiplicities, reappearances, shortened

ESTIMATORS = ("auto", "spex", "spex-hard", "proxyspex", "gp")
SEARCHING_NOTHING = ("banzhaf", "lime")
PLANTED = ((3, 9), (5, 11, 14), (1,))


def _noise(masks, size):
    """Noise that belongs to each mask."""
    keys = np.packbits(masks, axis=1)
    return size * np.array([np.random.default_rng(list(key)).standard_normal() for key in keys])


def planted(masks):
    return 2.0 * masks[:, 3] * masks[:, 9] - 3.0 * masks[:, [5, 11, 14]].all(axis=1) + masks[:, 1] + _noise(masks, 0.2)


@cache
def _explained(estimator):
    return spex_core.explain(planted, 16, 700, estimator)


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_what_was_planted_always_reappears(estimator):
    explanation = _explained(estimator)
    assert explanation.resampled.shape == (RESAMPLES, len(explanation.spectrum))
    found = {i.features: i for i in explanation.interactions("Moebius")}
    for members in PLANTED:
        assert found[members].reappears == RESAMPLES


@pytest.mark.parametrize("estimator", SEARCHING_NOTHING)
def test_a_first_order_fit_is_resampled_too(estimator):
    explanation = spex_core.explain(planted, 16, 400, estimator)
    found = {i.features: i for i in explanation.interactions("BV")}
    assert found[(1,)].reappears == RESAMPLES
    assert explanation.stability() is None


@pytest.mark.parametrize("estimator", ["proxyspex", "gp"])
def test_what_only_fits_noise_does_not_reappear(estimator):
    explanation = spex_core.explain(lambda m: planted(m) + _noise(m, 2.0), 16, 700, estimator)
    terms = {part for members in PLANTED for size in range(1, 4) for part in combinations(members, size)}
    spurious = [i for i in explanation.interactions("Fourier") if i.features not in terms]
    steady = [i for i in spurious if i.reappears >= STEADY * RESAMPLES]
    assert len(spurious) >= 5
    assert len(steady) <= 0.1 * len(spurious)


@pytest.mark.parametrize("ahead", [-2.0, -0.5, 0.0, 0.5, 1.0, 3.0])
def test_a_cross_fitted_term_comes_back_as_often_as_its_lead_over_the_test_says(ahead):
    """A z-score of t + a over a threshold of t comes back with probability Phi(a)."""
    rng = np.random.default_rng(0)
    masks = rng.random((900, 12)) < 0.5
    residuals = rng.normal(size=900)
    folds = tuple(np.array_split(np.arange(900), 3))
    flat = Mixture(((1.0, Spectrum.from_terms(12, [()], [0.0])),))
    cross = CrossFit(folds, (flat,) * 3, tuple(residuals[fold] for fold in folds))
    threshold = norm.isf(0.05 / 2 / (2 * comb(12, 2)))  # either sign, two orders, every pair
    error = float(np.sqrt((residuals**2).mean() / 900))
    supports = [(2, 7)]
    estimates = np.array([(threshold + ahead) * error])
    counts = []
    for _ in range(8):
        again, errors = cross.resampled(Samples(masks, residuals), supports, estimates, rng)
        counts.append((stability.retested(12, supports, again, errors[:, None]) != 0).mean())
    assert np.mean(counts) == pytest.approx(norm.cdf(ahead), abs=0.06)


def test_strong_terms_are_steady_and_those_at_the_edge_of_the_list_are_not():
    weights = np.geomspace(1.0, 0.02, 20)
    explanation = spex_core.explain(lambda m: m @ weights + _noise(m, 0.4), 20, 500)
    found = {i.features: i.reappears for i in explanation.interactions("Fourier")}
    assert all(found[(i,)] == RESAMPLES for i in np.flatnonzero(weights > 0.3))
    assert min(found.values()) < STEADY * RESAMPLES


@pytest.mark.parametrize("estimator", [*ESTIMATORS, *SEARCHING_NOTHING])
def test_a_constant_has_nothing_that_could_vanish(estimator):
    explanation = spex_core.explain(lambda m: np.full(len(m), 2.5), 16, 700, estimator)
    assert explanation.interactions() == []
    assert explanation.stability() is None
    assert np.isfinite(np.zeros(1) if explanation.resampled is None else explanation.resampled).all()


@pytest.mark.parametrize("n", [1, 3])
def test_where_every_mask_was_evaluated_nothing_is_resampled(n):
    explanation = spex_core.explain(lambda m: m.all(axis=1) * 1.0, n, 2**n)
    assert explanation.resampled is None
    assert explanation.resamples == 0


@pytest.mark.parametrize("estimator", [*ESTIMATORS, *SEARCHING_NOTHING])
def test_the_same_seed_gives_the_same_resamples_and_another_gives_others(estimator):
    one, two = _explained(estimator), spex_core.explain(planted, 16, 700, estimator)
    assert np.array_equal(one.resampled, two.resampled)
    assert len({tuple(row) for row in one.resampled.tolist()}) == RESAMPLES  # and they differ among themselves


@pytest.mark.parametrize("index", [known.name for known in INDICES])
def test_every_index_counts_by_the_same_resamples(index):
    explanation = _explained("auto")
    rows = {i.features: i.reappears for i in explanation.interactions(index, 3)}
    assert all(0 <= count <= RESAMPLES for count in rows.values())
    nothing = replace(explanation, resampled=np.zeros_like(explanation.resampled), _cache={})
    assert {i.reappears for i in nothing.interactions(index, 3)} == {0}
    same = np.tile(explanation.spectrum.coefficients, (RESAMPLES, 1))
    always = replace(explanation, resampled=same, _cache={})
    assert {i.reappears for i in always.interactions(index, 3) if i.significant} == {RESAMPLES}
    flipped = replace(explanation, resampled=-same, _cache={})
    assert {i.reappears for i in flipped.interactions(index, 3)} == {0}


def test_rows_are_drawn_with_replacement():
    counts = multiplicities(200, np.random.default_rng(0))
    assert counts.shape == (RESAMPLES, 200)
    assert (counts.sum(axis=1) == 200).all()
    assert (counts == 0).mean() == pytest.approx(np.exp(-1), abs=0.01)
    assert multiplicities(0, np.random.default_rng(0)).shape == (RESAMPLES, 0)


@pytest.mark.parametrize("terms", [30, 100])
def test_the_newton_step_is_close_to_refits_of_the_ridge(terms):
    rows, rng = 400, np.random.default_rng(5)
    masks = rng.random((rows, 20)) < 0.5
    masks[0], masks[1] = True, False
    values = masks @ rng.normal(size=20) + rng.normal(size=rows)
    supports = [*((i,) for i in range(20)), *combinations(range(20), 2)][:terms]
    samples = Samples(masks, values)
    ridge = fit_ridge(samples, supports, np.random.default_rng(1))
    quick = ridge.resampled[:, 1:] - ridge.coefficients
    times = np.ones((RESAMPLES, rows))
    times[:, 2:] = multiplicities(rows - 2, np.random.default_rng(1).spawn(1)[0])
    anchors = np.ones(rows)
    anchors[:2] = np.sqrt(rows) / 2
    columns = walsh_columns(masks, supports)
    full = []
    for drawn in times * anchors * rows / anchors.sum():
        weighted = columns - drawn @ columns / drawn.sum()
        gram = (weighted * drawn[:, None]).T @ weighted + ridge.penalty * rows * np.eye(len(supports))
        full.append(np.linalg.solve(gram, (weighted * drawn[:, None]).T @ (values - values.mean())))
    full = np.array(full) - ridge.coefficients
    ratio = quick.std() / full.std()
    assert np.corrcoef(quick.ravel(), full.ravel())[0, 1] > 0.8
    assert 0.85 < ratio < 1.2


def test_resamples_of_a_process_spread_like_its_posterior():
    rng = np.random.default_rng(3)
    masks = rng.random((500, 10)) < 0.5
    masks[0], masks[1] = True, False
    process = Process.of(Samples(masks, masks @ np.linspace(0, 1, 10) + 0.5 * rng.normal(size=500)))
    supports = [(9,), (8,), (7,), (6,)]
    drawn = process.resampled(supports, np.random.default_rng(0))
    assert drawn.mean(axis=0) == pytest.approx(process.coefficients(supports), abs=0.02)
    assert drawn.std(axis=0) == pytest.approx(process.deviations(supports), rel=0.35)


def test_counting_needs_size_and_sign():
    values, reach = np.array([1.0, -1.0, 0.5]), np.array([0.2, 0.2, 0.2])
    resampled = np.array([[1.0, 0.01, -1.0, 0.0], [-1.0, -1.0, -1.0, -1.0], [0.0, 0.5, 0.5, 0.5]])
    assert reappearances(values, reach, resampled, 1e-12).tolist() == [1, 4, 3]


def test_a_term_is_tested_among_all_that_could_have_been_found():
    """Half of the weight is what was likely beforehand; the constant stands by itself; exact values always count."""
    supports, errors = [(), (1,), (1, 2), (1, 2, 3)], np.ones(4)
    line = np.array([[9.0, 3.6, 3.6, 3.6]])
    assert stability.retested(4, supports, line, errors).tolist() == line.tolist()
    assert stability.retested(30, supports, line, errors).tolist() == [[9.0, 3.6, 0.0, 0.0]]
    known = np.array([0.0, 0.0, 0.5, 0.0])
    assert stability.retested(30, supports, line, errors, known).tolist() == [[9.0, 3.6, 3.6, 0.0]]
    assert stability.retested(900, supports, line, np.zeros(4)).tolist() == line.tolist()
    assert stability.retested(900, supports, 0 * line, np.zeros(4)).tolist() == [[0.0] * 4]
    assert stability.retested(900, [], np.zeros((2, 0)), np.zeros(0)).shape == (2, 0)


def test_numbers_are_kept_to_six_digits():
    table = np.array([[1.23456789, -0.000123456789, 0.0], [1e-300, 123456789.0, -1.0]])
    assert shortened(table).tolist() == [[1.23457, -0.000123457, 0.0], [1e-300, 123457000.0, -1.0]]
    assert shortened(np.zeros((0, 4))).shape == (0, 4)
