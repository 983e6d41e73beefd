"""The growing fit against numpy's least squares."""

import numpy as np

from spex_core.coding.cube import JointFit
from spex_core.fourier.spectrum import walsh_columns


def test_agrees_with_least_squares_as_terms_come_and_go():
    rng = np.random.default_rng(0)
    masks, values = rng.random((400, 12)) < 0.5, rng.normal(3.0, 1.0, 400)
    fit = JointFit(masks, values, width=3)
    fit.add(np.array([[0, 12, 12], [1, 4, 12]]))
    fit.add(np.array([[2, 3, 11], [5, 12, 12]]))
    fit.keep(np.array([False, True, False, True, True]))  # the constant always stays
    columns = walsh_columns(masks, [(), (0,), (2, 3, 11), (5,)])
    expected, *_ = np.linalg.lstsq(columns, values)
    np.testing.assert_allclose(fit.coefficients, expected, atol=1e-6)
    np.testing.assert_allclose(fit.residual, values - columns @ expected, atol=1e-5)
    variance = (fit.residual**2).sum() / 396
    errors = np.sqrt(variance * np.diag(np.linalg.inv(columns.T @ columns)))
    np.testing.assert_allclose(fit.z_scores, expected / errors, rtol=1e-4)
    assert fit.supports.tolist() == [[12, 12, 12], [0, 12, 12], [2, 3, 11], [5, 12, 12]]


def test_an_exact_function_leaves_no_residual():
    rng = np.random.default_rng(1)
    masks = rng.random((3000, 30)) < 0.5
    supports = [(i, i + 1) for i in range(29)]
    values = walsh_columns(masks, supports) @ rng.normal(size=29)
    fit = JointFit(masks, values, width=2)
    fit.add(np.array(supports))
    assert (fit.residual**2).sum() < 1e-10 * (values**2).sum()


def test_coinciding_columns_do_not_break_the_solve():
    masks = np.array([[True, True], [False, False]] * 4)
    fit = JointFit(masks, np.array([1.0, -1.0] * 4), width=1)
    fit.add(np.array([[0], [1]]))
    np.testing.assert_allclose(fit.residual, 0.0, atol=1e-6)
