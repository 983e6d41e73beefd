"""The Gaussian process: its kernel in the Walsh basis, its posterior mean by the dense formula, its spectrum."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spex_core.arrays import Samples
from spex_core.estimation.kernel import RelevanceKernel, fit_kernel
from spex_core.estimation.posterior import Process, correlate
from spex_core.fourier.masks import all_masks, draw_distinct, row_keys
from spex_core.fourier.spectrum import Spectrum, walsh_columns


def supports_of(n):
    return [tuple(np.flatnonzero(row).tolist()) for row in all_masks(n)]


def kernels(n):
    rates = st.lists(st.floats(1e-4, 2.0), min_size=n, max_size=n)
    return st.builds(RelevanceKernel, rates.map(np.array), st.floats(0.1, 9.0), st.floats(1e-3, 1.0))


def some_samples(n, m, seed=0):
    rng = np.random.default_rng(seed)
    ends = np.array([[True] * n, [False] * n])
    masks = np.concatenate([ends, draw_distinct(n, m, rng, row_keys(ends))])
    kept = masks.astype(float)
    values = 2.0 + 3.0 * kept[:, 0] - kept[:, 1] * kept[:, 2] + 0.5 * kept[:, n - 1] + 0.1 * rng.normal(size=len(masks))
    return Samples(masks, values)


@settings(deadline=None, max_examples=40)
@given(n=st.integers(1, 7), data=st.data())
def test_the_walsh_basis_diagonalises_the_kernel(n, data):
    kernel = data.draw(kernels(n))
    cube, supports = all_masks(n), supports_of(n)
    variances = kernel.prior_variances(supports)
    columns = walsh_columns(cube, supports)
    np.testing.assert_allclose((columns * variances) @ columns.T, kernel.gram(cube, cube), rtol=1e-9, atol=1e-12)
    assert variances.sum() == pytest.approx(kernel.scale)
    assert variances[1:].sum() == pytest.approx(kernel.varying(), abs=1e-9 * kernel.scale)


@settings(deadline=None, max_examples=40)
@given(n=st.integers(1, 7), max_order=st.integers(1, 7), count=st.integers(1, 200), data=st.data())
def test_likeliest_supports_are_the_likeliest(n, max_order, count, data):
    kernel = data.draw(kernels(n))
    possible = [support for support in supports_of(n) if 1 <= len(support) <= max_order]
    found = kernel.likeliest(max_order, count)
    assert len(set(found)) == len(found) == min(count, len(possible))
    assert set(found) <= set(possible)
    best = np.sort(kernel.prior_variances(possible))[::-1][: len(found)]
    np.testing.assert_allclose(kernel.prior_variances(found), best, rtol=1e-9)


@pytest.mark.parametrize(("n", "m"), [(6, 40), (40, 150)])
def test_predictions_are_the_posterior_mean(n, m):
    samples = some_samples(n, m)
    process = Process.of(samples)
    kernel = process.kernel
    signs = 1.0 - 2.0 * samples.masks
    new = np.random.default_rng(1).random((50, n)) < 0.5

    def covariance(one, two):
        disagree = (one[:, None, :] != two[None, :, :]) @ kernel.rates
        return kernel.scale * np.exp(-2.0 * disagree)

    noise = np.full(len(signs), kernel.noise + 1e-8)
    noise[:2] /= max(1.0, np.sqrt(len(signs)) / 2)
    total = covariance(samples.masks, samples.masks) + np.diag(noise)
    target = samples.values - samples.values.mean()
    expected = samples.values.mean() + covariance(new, samples.masks) @ np.linalg.solve(total, target)
    np.testing.assert_allclose(process.predict(new), expected, atol=1e-7)


@pytest.mark.parametrize("n", [1, 3, 8])
def test_the_whole_spectrum_says_what_the_process_says(n):
    samples = some_samples(n, 2**n // 2) if n > 2 else Samples(np.array([[True], [False]]), np.array([2.0, -1.0]))
    process = Process.of(samples)
    cube = all_masks(n)
    spectrum = process.spectrum(n)
    assert len(spectrum) == 2**n
    np.testing.assert_allclose(spectrum.predict(cube), process.predict(cube), atol=1e-8)
    capped = process.spectrum(1).to_dict()
    assert max(map(len, capped)) <= 1
    assert capped == pytest.approx({support: spectrum.to_dict()[support] for support in capped}, abs=1e-12)


def test_spread_is_the_posterior_deviation_where_all_masks_are_known():
    """With the whole cube the columns are orthogonal, so that the formula is exact but for the anchors' weight."""
    n = 7
    cube = all_masks(n)
    order = np.concatenate([[len(cube) - 1, 0], np.arange(1, len(cube) - 1)])
    masks = cube[order]
    values = Spectrum.from_dict(n, {(0,): 1.0, (1, 2): 0.5}).predict(masks)
    process = Process.of(Samples(masks, values + 0.3 * np.random.default_rng(0).normal(size=len(masks))))
    supports = supports_of(n)[1:]
    variances = process.kernel.prior_variances(supports)
    columns = walsh_columns(masks, supports)
    noise = process.kernel.noise + 1e-8
    posterior = np.linalg.inv(np.diag(1 / np.maximum(variances, 1e-12)) + columns.T @ columns / noise)
    expected = process.unit * np.sqrt(np.diag(posterior))
    np.testing.assert_allclose(process.deviations(supports), expected, rtol=0.03, atol=1e-6)


@settings(deadline=None, max_examples=20)
@given(m=st.integers(0, 30), k=st.integers(0, 40), seed=st.integers(0, 999))
def test_correlations_are_sums(m, k, seed):
    rng = np.random.default_rng(seed)
    masks, weights = rng.random((m, 9)) < 0.5, rng.normal(size=m)
    supports = [tuple(np.flatnonzero(row).tolist()) for row in rng.random((k, 9)) < 0.3]
    expected = [sum(w * (-1) ** mask[list(s)].sum() for w, mask in zip(weights, masks, strict=True)) for s in supports]
    np.testing.assert_allclose(correlate(masks, supports, weights), expected, atol=1e-12)


def test_relevant_features_are_found():
    kernel = fit_kernel(some_samples(20, 400))
    logs = 256 * np.log([*kernel.rates, kernel.scale, kernel.noise])
    assert np.allclose(logs, np.round(logs), atol=1e-9)  # without the last digits of single precision
    relevance = np.argsort(-kernel.rates)
    assert set(relevance[:4].tolist()) == {0, 1, 2, 19}
    assert relevance[0] == 0
    assert kernel.noise < 0.05
    with pytest.raises(ValueError, match="constant"):
        fit_kernel(Samples(all_masks(3), np.ones(8)))


def test_more_rows_than_can_be_solved_are_thinned_but_not_the_anchors():
    samples = some_samples(12, 900)
    process = Process.of(samples, most_rows=300)
    assert len(process.masks) == 300
    assert np.array_equal(process.masks[:2], samples.masks[:2])
    assert set(row_keys(process.masks)) <= set(row_keys(samples.masks))
