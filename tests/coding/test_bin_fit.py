"""Least squares in the bins against least squares on the rows."""

import numpy as np
import pytest

from spex_core.coding.bin_fit import BinFit
from spex_core.coding.layouts import ERASED
from spex_core.coding.plan import nominal_rows, plan_masks
from spex_core.coding.signatures import Signatures
from spex_core.fourier.spectrum import walsh_columns

N = 30
SUPPORTS = [(0,), (1, 4), (2, 3, 11), (5, 6), (7, 8, 9), (1, 2, 3), (10,), (12, 20, 29)]


def design(b, share, seed=0):
    """A design, the masks of its known rows as often as they stand in it, and which samples those are."""
    plan = plan_masks(N, int(np.ceil(share * nominal_rows(N, 3, b))), 3, np.random.default_rng(seed))
    masks = np.concatenate([[[True] * N, [False] * N], plan.masks])
    used = plan.layout.rows[plan.layout.rows != ERASED]
    return plan.layout, masks, used


def padded(supports):
    return np.array([[*s, *[N] * (3 - len(s))] for s in supports])


def fitted(layout, values, supports):
    fit = BinFit(layout, Signatures.of(layout), values)
    fit.add(padded(supports[:5]))
    fit.add(padded(supports[5:]))
    return fit


@pytest.mark.parametrize(("b", "share", "error"), [(3, 1.0, 1e-3), (5, 1.0, 1e-4), (3, 0.9, 0.03), (5, 0.9, 0.01)])
def test_agrees_with_least_squares_on_the_rows(b, share, error):
    """Exactly on complete designs; with erased rows, steps end once they change little."""
    layout, masks, used = design(b, share)
    rng = np.random.default_rng(1)
    clean = walsh_columns(masks, SUPPORTS) @ rng.normal(1.0, 0.3, len(SUPPORTS))
    values = 0.2 + clean + 0.5 * rng.normal(size=len(masks))
    fit = fitted(layout, values, SUPPORTS)
    fit.keep(np.array([False, *[True] * 6, False, True]))  # the constant always stays
    kept = [(), *SUPPORTS[:6], SUPPORTS[7]]
    columns = walsh_columns(masks[used], kept)
    expected, *_ = np.linalg.lstsq(columns, values[used])
    assert [tuple(f for f in row if f < N) for row in fit.supports.tolist()] == kept
    np.testing.assert_allclose(fit.amplitudes, expected, atol=error)
    residual = values[used] - columns @ expected
    np.testing.assert_allclose(fit.energy, residual @ residual, rtol=error)
    variance = residual @ residual / (len(used) - len(kept))
    errors = np.sqrt(variance * np.diag(np.linalg.inv(columns.T @ columns)))
    np.testing.assert_allclose(fit.z_scores, expected / errors, rtol=0.03, atol=0.1)


@pytest.mark.parametrize("share", [0.9, 1.0])
def test_an_exact_function_leaves_no_residual(share):
    layout, masks, used = design(4, share)
    values = walsh_columns(masks, SUPPORTS) @ np.linspace(1.0, 2.0, len(SUPPORTS))
    fit = fitted(layout, values, SUPPORTS)
    assert fit.energy < 1e-10 * (values[used] ** 2).sum()
    np.testing.assert_allclose(fit.amplitudes[1:], np.linspace(1.0, 2.0, len(SUPPORTS)), atol=1e-4)


def test_a_term_that_goes_is_put_back_into_the_bins():
    layout, masks, _ = design(4, 0.9)
    values = np.random.default_rng(2).normal(size=len(masks))
    fit = BinFit(layout, Signatures.of(layout), values)
    before = fit.bins.copy()
    fit.add(padded(SUPPORTS))
    assert np.abs(fit.bins - before).max() > 0.01
    fit.keep(np.zeros(len(fit), dtype=bool))
    np.testing.assert_allclose(fit.bins, before, atol=2e-3 * np.abs(before).max())
