"""What every baseline must do, and what each is by definition, computed by brute force."""

import sys
import tracemalloc
from itertools import combinations
from math import comb, factorial

import numpy as np
import pytest

from spex_core.arrays import Samples
from spex_core.errors import InputError
from spex_core.fourier import conversions
from spex_core.fourier.masks import all_masks, draw_distinct
from spex_core.trust.baseline import VERSIONS, baselines, chances, from_moebius, n_terms
from spex_core.trust.shapley_weights import effective_rows, shapley_weights
from tests.support.places import ROOT

N = 5
RUNNABLE = [(name, order) for name, kind in baselines().items() if name != "smt" for order in kind.orders]


def anchored(masks):
    """All kept and all hidden first."""
    inner = masks[(masks.sum(axis=1) > 0) & (masks.sum(axis=1) < masks.shape[1])]
    n = masks.shape[1]
    return np.concatenate([np.ones((1, n), dtype=bool), np.zeros((1, n), dtype=bool), inner])


@pytest.fixture(scope="module")
def cube():
    rng = np.random.default_rng(3)
    masks = anchored(all_masks(N))
    masks[2:] = rng.permutation(masks[2:])
    return Samples(masks, rng.standard_normal(len(masks)) + 2.0)


def uniform(n, rows, seed=0):
    rng = np.random.default_rng(seed)
    anchors = np.stack([np.ones(n, dtype=bool), np.zeros(n, dtype=bool)])
    masks = np.concatenate([anchors, anchored(draw_distinct(n, rows, rng))[2:]])[:rows]
    return Samples(masks, masks[:, 0] * 2.0 + masks[:, 1] * masks[:, 2] - masks[:, -1] + 1.0)


def fit(name, samples, order, seed=0):
    return baselines()[name]().fit(samples, order, np.random.default_rng(seed))


def groups(order):
    return [group for size in range(order + 1) for group in combinations(range(N), size)]


def products(masks, order):
    """Column T is 1 where all of T is kept."""
    return np.stack([masks[:, list(group)].all(axis=1) for group in groups(order)], axis=1).astype(float)


def value_of(samples):
    kept = [frozenset(np.flatnonzero(row).tolist()) for row in samples.masks]
    known = dict(zip(kept, samples.values.tolist(), strict=True))
    return lambda kept: known[frozenset(kept)]


def derivative(value, group, base):
    return sum(
        (-1) ** (len(group) - len(part)) * value({*base, *part})
        for size in range(len(group) + 1)
        for part in combinations(group, size)
    )


def subsets(items):
    return [part for size in range(len(items) + 1) for part in combinations(items, size)]


def shapley(samples):
    """By the definition: a weighted mean of what a feature adds to each set of others."""
    value = value_of(samples)
    slopes = []
    for i in range(N):
        others = [j for j in range(N) if j != i]
        slopes.append(
            sum(
                factorial(len(s)) * factorial(N - 1 - len(s)) / factorial(N) * (value({*s, i}) - value(s))
                for s in subsets(others)
            )
        )
    return samples.values[1] + samples.masks @ np.array(slopes)


@pytest.mark.slow
def test_kernel_shap_on_all_passes_gives_the_shapley_values(cube):
    np.testing.assert_allclose(fit("kernel-shap", cube, 1).predict(cube.masks), shapley(cube), atol=1e-9)


@pytest.mark.parametrize("order", [1, 2, 3, 4])
def test_shapley_taylor_on_all_passes_is_its_definition(cube, order):
    value = value_of(cube)
    terms = []
    for group in groups(order):
        rest = [j for j in range(N) if j not in group]
        if len(group) < order:
            terms.append(derivative(value, group, ()))
        else:
            shares = [derivative(value, group, s) / comb(N - 1, len(s)) for s in subsets(rest)]
            terms.append(order / N * sum(shares))
    predicted = products(cube.masks, order) @ terms
    np.testing.assert_allclose(fit("shapley-taylor", cube, order).predict(cube.masks), predicted, atol=1e-9)


@pytest.mark.parametrize("order", [1, 2, 3, 4])
def test_faith_banzhaf_on_all_passes_is_least_squares(cube, order):
    columns = products(cube.masks, order)
    best = columns @ np.linalg.lstsq(columns, cube.values, rcond=None)[0]
    np.testing.assert_allclose(fit("faith-banzhaf", cube, order).predict(cube.masks), best, atol=1e-9)


@pytest.mark.parametrize("order", [1, 2, 3, 4])
def test_banzhaf_interactions_on_all_passes_are_mean_differences(cube, order):
    value = value_of(cube)
    spectrum = fit("banzhaf", cube, order)
    supports, found = conversions.convert(N, spectrum.supports, spectrum.coefficients, "BII")
    found = dict(zip(supports, found.tolist(), strict=True))
    for group in groups(order)[1:]:
        rest = [j for j in range(N) if j not in group]
        mean = np.mean([derivative(value, group, s) for s in subsets(rest)])
        assert found[group] == pytest.approx(mean, abs=1e-9)


@pytest.mark.parametrize("order", [1, 2, 3, 4])
def test_faith_shapley_on_all_passes_is_the_constrained_regression(cube, order):
    """Tsai et al. 2023, eq. 16: least squares under the Shapley kernel through the full and the empty input."""
    columns, inner = products(cube.masks, order), slice(2, None)
    kept = cube.masks[inner].sum(axis=1)
    weights = np.array([1.0 / (comb(N, s) * s * (N - s)) for s in kept])
    gram = columns[inner].T @ (weights[:, None] * columns[inner])
    k = columns.shape[1]
    system = np.block([[gram, columns[:2].T], [columns[:2], np.zeros((2, 2))]])
    right = np.concatenate([columns[inner].T @ (weights * cube.values[inner]), cube.values[:2]])
    best = columns @ np.linalg.solve(system, right)[:k]
    predicted = fit("faith-shapley", cube, order).predict(cube.masks)
    np.testing.assert_allclose(predicted, best, atol=1e-4)  # shapiq's weight of the two ends is 1e8, not infinite


def test_lime_is_the_ridge_of_lime_text():
    samples = uniform(9, 120)
    x = samples.masks.astype(float)
    cosine = x @ x[0] / np.maximum(np.linalg.norm(x, axis=1) * 3.0, 1e-300)
    weights = np.sqrt(np.exp(-((100 * (1 - cosine)) ** 2) / 25.0**2))
    mean_x, mean_y = weights @ x / weights.sum(), weights @ samples.values / weights.sum()
    gram = (x - mean_x).T @ (weights[:, None] * (x - mean_x)) + np.eye(9)
    slopes = np.linalg.solve(gram, (x - mean_x).T @ (weights * (samples.values - mean_y)))
    expected = mean_y + (x - mean_x) @ slopes
    np.testing.assert_allclose(fit("lime", samples, 1).predict(samples.masks), expected, atol=1e-8)


def test_first_order_shapley_baselines_agree_on_part_of_the_passes():
    """shap's and shapiq's regressions are the same one where the weights they are given are the same."""
    samples = uniform(8, 90)
    one, other = fit("kernel-shap", samples, 1), fit("faith-shapley", samples, 1)
    np.testing.assert_allclose(one.predict(samples.masks), other.predict(samples.masks), atol=1e-5)


def test_rows_are_weighed_by_the_kernel_and_their_chance():
    samples = uniform(8, 60)
    kept = samples.masks[2:].sum(axis=1)
    kernel = np.array([7.0 / (comb(8, s) * s * (8 - s)) for s in kept])
    np.testing.assert_allclose(shapley_weights(samples)[2:], kernel / kernel.max())
    assert (shapley_weights(samples)[:2] == 0).all()
    assert chances(samples).sum() == pytest.approx(1.0)
    np.testing.assert_allclose(chances(samples)[2:] * 58, 254 / 256)
    assert effective_rows(np.array([0.0, 2.0, 2.0, 2.0])) == pytest.approx(3.0)


def test_kernel_shap_on_part_of_the_passes_solves_the_weighted_regression():
    samples = uniform(7, 70, seed=2)
    x, weights = samples.masks[2:].astype(float), shapley_weights(samples)[2:]
    full, empty = samples.values[:2]
    system = np.block([[x.T @ (weights[:, None] * x), np.ones((7, 1))], [np.ones((1, 7)), np.zeros((1, 1))]])
    right = np.append(x.T @ (weights * (samples.values[2:] - empty)), full - empty)
    expected = empty + samples.masks @ np.linalg.solve(system, right)[:7]
    np.testing.assert_allclose(fit("kernel-shap", samples, 1).predict(samples.masks), expected, atol=1e-9)


@pytest.mark.parametrize("order", [0, 1, 3, 5])
def test_moebius_terms_become_the_spectrum_that_predicts_the_same(cube, order):
    terms = np.random.default_rng(order).standard_normal(n_terms(N, order))
    spectrum = from_moebius(N, groups(order), terms)
    np.testing.assert_allclose(spectrum.predict(cube.masks), products(cube.masks, order) @ terms, atol=1e-12)


@pytest.mark.parametrize(("name", "order"), RUNNABLE)
def test_each_is_repeatable_quiet_and_leaves_its_input_alone(name, order, cube, capfd):
    state = np.random.get_state()[1].tolist()
    before = cube.masks.copy(), cube.values.copy()
    assert baselines()[name]().reason(N, len(cube), order) == ""
    one, again = fit(name, cube, order), fit(name, cube, order)
    assert one.supports == again.supports
    assert one.coefficients.tobytes() == again.coefficients.tobytes()
    assert one.max_order <= order
    assert np.array_equal(before[0], cube.masks)
    assert np.array_equal(before[1], cube.values)
    assert np.random.get_state()[1].tolist() == state
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(("name", "order"), RUNNABLE)
def test_a_constant_stays_constant(name, order, cube):
    flat = Samples(cube.masks, np.full(len(cube), -3.0))
    np.testing.assert_allclose(fit(name, flat, order).predict(cube.masks), -3.0, atol=1e-9)


@pytest.mark.parametrize("name", sorted({name for name, _ in RUNNABLE}))
def test_one_feature(name):
    samples = Samples(np.array([[True], [False]]), np.array([3.0, 1.0]))
    kind = baselines()[name]()
    assert kind.reason(1, 2, 1) == ""
    assert np.isfinite(kind.fit(samples, 1, np.random.default_rng(0)).predict(samples.masks)).all()
    assert all(isinstance(note, str) for note in kind.notes(samples, 1))


@pytest.mark.parametrize("name", sorted(baselines()))
def test_a_missing_package_is_named_with_the_command(name, monkeypatch):
    kind = baselines()[name]()
    if not kind.package:
        assert kind.missing() == ""
        return
    assert kind.reason(N, 32, 1) == ""
    monkeypatch.setitem(sys.modules, kind.package, None)
    assert f"pip install {kind.package}=={VERSIONS[kind.package]}" in kind.reason(N, 32, 1)


def test_the_packages_are_pinned_alike_everywhere():
    root = ROOT
    extra = (root / "pyproject.toml").read_text(encoding="utf-8")
    tested = (root / "tests" / "requirements.txt").read_text(encoding="utf-8").split()
    for package, version in VERSIONS.items():
        assert f'"{package}=={version}"' in extra
        assert f"{package}=={version}" in tested
    assert {kind.package for kind in baselines().values()} - {""} == set(VERSIONS)


@pytest.mark.parametrize("name", sorted(baselines()))
def test_what_cannot_run_says_so_in_one_sentence(name):
    kind = baselines()[name]()
    for n, rows, order in ((1000, 10_000, 2), (1024, 10_000, 4), (100, 60, 1), (3, 8, 4), (10, 1024, 9)):
        reason = kind.reason(n, rows, order)
        runs = name == "banzhaf" and terms_fit(n, rows, order)
        assert (reason == "") == runs, (n, rows, order, reason)
        assert "\n" not in reason
        assert len(reason) < 160


def terms_fit(n, rows, order):
    return order <= min(4, n) and n_terms(n, order) <= rows


@pytest.mark.parametrize("name", ["banzhaf", "faith-banzhaf", "kernel-shap", "lime"])
def test_a_thousand_features_stay_within_the_memory_that_is_counted(name):
    n, rows = 1000, 1100
    samples = uniform(n, rows)
    assert baselines()[name]().reason(n, rows, 1) == ""
    tracemalloc.start()
    try:
        spectrum = fit(name, samples, 1)
        assert tracemalloc.get_traced_memory()[1] < 32 * rows * n_terms(n, 1) + 60_000_000
    finally:
        tracemalloc.stop()
    assert np.isfinite(spectrum.predict(samples.masks)).all()


def test_large_regressions_are_refused_by_memory_and_by_time(monkeypatch):
    kind = baselines()["faith-banzhaf"]()
    assert "GB of memory" in kind.reason(100, 100_000, 2)
    assert "minutes" in kind.reason(1000, 60_000, 1)
    monkeypatch.setattr("spex_core.trust.baseline.available_bytes", lambda: 1_000_000)
    assert "of memory" in kind.reason(20, 2000, 2)


def test_the_sparse_moebius_transform_says_why_it_cannot_run(cube):
    kind = baselines()["smt"]()
    assert "its own design" in kind.reason(N, len(cube), 1)
    with pytest.raises(InputError, match="its own design"):
        kind.fit(cube, 1, np.random.default_rng(0))
