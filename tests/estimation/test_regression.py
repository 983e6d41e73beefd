"""Ridge refit: exact recovery, leave-one-out by definition, draws that track the noise."""

import numpy as np
import pytest

from spex_core.arrays import Samples
from spex_core.estimation.regression import DRAWS, _Dual, _Primal, fit_ridge, refit
from spex_core.fourier.masks import draw_distinct
from spex_core.fourier.spectrum import Spectrum, walsh_columns


def _samples(spectrum, m, noise=0.0, seed=0):
    n = spectrum.n_features
    rng = np.random.default_rng(seed)
    masks = np.concatenate([[[True] * n], [[False] * n], draw_distinct(n, m, rng)]).astype(bool)
    return Samples(masks, spectrum.predict(masks) + noise * rng.normal(size=len(masks)))


SPECTRUM = Spectrum.from_dict(12, {(): 1.0, (0,): -2.0, (3, 7): 0.5, (1, 2, 5): 0.25})


def test_noise_free_coefficients_are_recovered():
    fit = refit(_samples(SPECTRUM, 200), SPECTRUM.supports, np.random.default_rng(0))
    assert fit.spectrum.supports == SPECTRUM.supports
    assert np.allclose(fit.spectrum.coefficients, SPECTRUM.coefficients, atol=1e-4)
    assert fit.draws.shape == (DRAWS, 4)


def test_spread_of_resamples_matches_least_squares_theory():
    noise, m = 0.3, 600
    fit = refit(_samples(SPECTRUM, m, noise), SPECTRUM.supports, np.random.default_rng(0), anchor_weight=1.0)
    assert fit.draws.std(axis=0).mean() == pytest.approx(noise / np.sqrt(m), rel=0.35)


@pytest.mark.parametrize("extra", [0, 60])
def test_leave_one_out_is_what_it_says(extra):
    """Against refitting without each row and its complement; `extra` = 60 makes more columns than rows (dual path)."""
    samples = _samples(SPECTRUM, 38, noise=0.2)
    supports = [(i,) for i in range(12)] + [(i, j) for i in range(12) for j in range(i)][:extra]
    supports = [tuple(sorted(s)) for s in supports]
    ridge = fit_ridge(samples, supports, None, anchor_weight=1.0)
    m = len(samples)
    columns = np.concatenate([np.ones((m, 1)), walsh_columns(samples.masks, supports)], axis=1)
    penalty = np.full(columns.shape[1], ridge.penalty * m)
    penalty[0] = 0.0
    errors = 0.0
    for row in range(m):
        keep = (samples.masks != samples.masks[row]).any(axis=1) & (samples.masks == samples.masks[row]).any(axis=1)
        gram = columns[keep].T @ columns[keep] + np.diag(penalty)
        solution = np.linalg.solve(gram, columns[keep].T @ samples.values[keep])
        errors += float((samples.values[row] - columns[row] @ solution) ** 2)
    expected = 1 - errors / ((samples.values - samples.values.mean()) ** 2).sum()
    assert ridge.loo_r2 == pytest.approx(expected, abs=0.02)


def test_a_penalty_that_is_given_gives_the_same_fit():
    samples = _samples(SPECTRUM, 200, noise=0.2)
    supports = [(i,) for i in range(12)] + [(3, 7), (1, 2, 5)]
    chosen = fit_ridge(samples, supports, None)
    given = fit_ridge(samples, supports, None, penalty=chosen.penalty)
    np.testing.assert_allclose(given.coefficients, chosen.coefficients, atol=1e-12)
    assert given.intercept == pytest.approx(chosen.intercept)
    assert given.penalty == chosen.penalty
    assert np.isnan(given.loo_r2)


@pytest.mark.parametrize("pairs", [51, 53, 55, 56])
def test_about_as_many_pairs_as_terms_do_not_run_wild(pairs):
    """Rounding made the errors of left-out pairs look tiny where a fit without them is undetermined."""
    n = 54
    for seed in range(6):
        rng = np.random.default_rng(seed)
        half = draw_distinct(n, pairs, rng)
        draw_distinct(n, 1, rng)
        masks = np.concatenate([[[True] * n], [[False] * n], half, ~half])
        values = masks @ rng.normal(size=n) + 6.0 * rng.normal(size=len(masks))
        assert fit_ridge(Samples(masks, values), [(i,) for i in range(n)], None).penalty > 1e-6


def test_anchors_are_fitted_better_when_weighted():
    dense = Spectrum.from_dict(12, {(i, j): 0.1 for i in range(12) for j in range(i + 1, 12)})
    samples = _samples(dense, 300)
    singles = [(i,) for i in range(12)]
    errors = {
        weight: np.abs(
            refit(samples, singles, np.random.default_rng(0), anchor_weight=weight).spectrum.predict(samples.masks[:2])
            - samples.values[:2]
        ).sum()
        for weight in (1.0, 20.0)
    }
    assert errors[20.0] < errors[1.0]


def test_with_more_terms_than_rows_nothing_is_certain():
    """Pure noise on many terms: hardly any coefficient may look three deviations clear of zero."""
    n = 40
    rng = np.random.default_rng(3)
    masks = np.concatenate([[[True] * n], [[False] * n], draw_distinct(n, 200, rng)]).astype(bool)
    supports = [(i,) for i in range(n)] + [(i, j) for i in range(n) for j in range(i + 1, n)]
    fit = refit(Samples(masks, rng.normal(size=len(masks))), supports, rng)
    clear = np.abs(fit.spectrum.coefficients) > 3 * fit.draws.std(axis=0)
    assert clear[1:].mean() < 0.02


def test_dual_and_primal_draws_have_the_same_spread():
    """The same 30 terms fitted through either matrix, by Matheron's rule and directly."""
    columns = np.random.default_rng(0).normal(size=(60, 30))
    target = columns[:, 0]
    spreads = [
        np.concatenate(
            [
                kind(columns, target, np.zeros((0, 2), dtype=int)).deviations(7.0, np.random.default_rng(s))
                for s in range(60)
            ]
        ).std(axis=0)
        for kind in (_Primal, _Dual)
    ]
    exact = np.sqrt(np.diag(np.linalg.inv(columns.T @ columns + 7.0 * np.eye(30))))
    for spread in spreads:
        assert np.allclose(spread, exact, rtol=0.12)


def test_constant_values_give_a_constant():
    samples = Samples(_samples(SPECTRUM, 30).masks, np.full(32, 4.0))
    fit = refit(samples, [(0,), (1, 2)], np.random.default_rng(0))
    assert fit.spectrum.to_dict() == {(): 4.0}
    assert fit.draws.shape[1] == 1


def test_draws_do_not_hang_on_the_signs_that_the_library_gives_eigenvectors(monkeypatch):
    samples, supports = _samples(SPECTRUM, 99, 0.1), SPECTRUM.supports
    one = refit(samples, supports, np.random.default_rng(5))
    eigh = np.linalg.eigh

    def turned(matrix):
        values, vectors = eigh(matrix)
        return values, vectors * np.where(np.arange(len(values)) % 2, -1.0, 1.0)

    monkeypatch.setattr(np.linalg, "eigh", turned)
    two = refit(samples, supports, np.random.default_rng(5))
    np.testing.assert_allclose(two.draws, one.draws, rtol=1e-9)
    np.testing.assert_allclose(two.resampled, one.resampled, rtol=1e-9)


@pytest.mark.parametrize("turn", [1e-13, -1e-13, 1e-9, -1e-9])
def test_rounding_chooses_no_penalty(monkeypatch, turn):
    """Where a small penalty changes nothing but the last digits of the errors, the least one is taken."""
    samples = _samples(SPECTRUM, 200, 0.1)
    alike = 1e-3 * len(samples)

    def error(_, penalty):
        return 5.0 + (turn * (penalty > 1e-11 * len(samples)) if penalty < alike else penalty)

    monkeypatch.setattr(_Primal, "loo_error", error)
    assert fit_ridge(samples, SPECTRUM.supports, None).penalty == 1e-12


def test_columns_that_no_row_tells_apart_share_evenly():
    samples = _samples(SPECTRUM, 200)
    samples.masks[:, 4] = samples.masks[:, 3]
    values = samples.masks @ np.linspace(-1.0, 1.0, 12)
    ridge = fit_ridge(Samples(samples.masks, values), [(i,) for i in range(12)], None)
    assert ridge.penalty == 1e-12
    assert ridge.coefficients[3] == pytest.approx(ridge.coefficients[4], abs=1e-9)


def test_refit_is_deterministic():
    one, two = (refit(_samples(SPECTRUM, 99, 0.1), SPECTRUM.supports, np.random.default_rng(5)) for _ in range(2))
    assert one.spectrum.coefficients.tobytes() == two.spectrum.coefficients.tobytes()
    assert one.draws.tobytes() == two.draws.tobytes()
