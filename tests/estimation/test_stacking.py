"""Stacking: an average no worse than its best part, and estimates that no model can bias."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spex_core.arrays import ANCHORS, Samples
from spex_core.estimation.posterior import Process
from spex_core.estimation.stacking import _GAIN, CrossFit, Mixture, combine, fold_rows, stack
from spex_core.fourier.masks import all_masks, draw_distinct, row_keys
from spex_core.fourier.spectrum import Spectrum, walsh_columns


@settings(deadline=None, max_examples=100)
@given(
    rows=st.integers(3, 60),
    noises=st.lists(st.floats(0, 5), min_size=1, max_size=5),
    level=st.floats(-100, 100),
    seed=st.integers(0, 9999),
)
def test_the_average_is_not_worse_than_its_best_part(rows, noises, level, seed):
    rng = np.random.default_rng(seed)
    values = level + rng.normal(size=rows)
    predictions = {str(i): values * rng.random() + noise * rng.normal(size=rows) for i, noise in enumerate(noises)}
    weights = stack(predictions, values)
    assert sum(weights.values()) == pytest.approx(1.0)
    assert all(weight > 0 for weight in weights.values())
    together = sum(weight * predictions[name] for name, weight in weights.items())
    best = min(((values - prediction) ** 2).mean() for prediction in predictions.values())
    error = ((values - together) ** 2).mean()
    assert error <= best * (1 + 1e-9)
    assert len(weights) == 1 or error < (1 - _GAIN) * best


def test_independent_errors_are_averaged_by_their_sizes():
    rng = np.random.default_rng(0)
    values = rng.normal(size=20_000)
    weights = stack({"one": values + rng.normal(size=20_000), "two": values + 2 * rng.normal(size=20_000)}, values)
    assert weights == pytest.approx({"one": 0.8, "two": 0.2}, abs=0.02)


def test_a_copy_of_a_model_changes_nothing():
    rng = np.random.default_rng(1)
    values = rng.normal(size=50)
    one = values + rng.normal(size=50)
    weights = stack({"one": one, "copy": one.copy()}, values)
    assert weights == {"one": 1.0}


def test_of_models_that_differ_by_rounding_the_first_is_taken():
    rng = np.random.default_rng(1)
    values = rng.normal(size=50)
    one, other = values + 0.1 * rng.normal(size=50), values + 0.1 * rng.normal(size=50)
    for turn in (1e-12, -1e-12):
        worse_or_better = one + turn * (one - values)
        assert stack({"one": one, "same": worse_or_better}, values) == {"one": 1.0}
        assert set(stack({"one": one, "same": worse_or_better, "other": other}, values)) == {"one", "other"}


def test_a_constant_is_no_trouble():
    assert sum(stack({"one": np.full(9, 2.0), "two": np.full(9, 2.0)}, np.full(9, 2.0)).values()) == pytest.approx(1.0)


@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 9999), share=st.floats(0, 1))
def test_combined_spectra_predict_the_average(seed, share):
    rng = np.random.default_rng(seed)
    spectra = {name: _random_spectrum(6, rng) for name in "ab"}
    masks = all_masks(6)
    weights = {"a": share, "b": 1 - share}
    expected = share * spectra["a"].predict(masks) + (1 - share) * spectra["b"].predict(masks)
    together = combine(spectra, weights)
    mixture = Mixture(tuple((weights[name], spectra[name]) for name in "ab"))
    np.testing.assert_allclose(together.predict(masks), expected, atol=1e-12)
    np.testing.assert_allclose(mixture.predict(masks), expected, atol=1e-12)
    supports = list(together.supports)
    np.testing.assert_allclose(mixture.coefficients(supports), together.coefficients, atol=1e-12)


def _random_spectrum(n, rng):
    masks = all_masks(n)
    chosen = rng.choice(len(masks), 12, replace=False)
    return Spectrum.from_terms(n, [tuple(np.flatnonzero(masks[row]).tolist()) for row in chosen], rng.normal(size=12))


@pytest.mark.parametrize("rows", [5, 8, 100, 101])
def test_folds_are_all_rows_but_the_anchors(rows):
    ends = np.stack([np.ones(9, dtype=bool), np.zeros(9, dtype=bool)])
    masks = np.concatenate([ends, draw_distinct(9, rows - ANCHORS, np.random.default_rng(1), row_keys(ends))])
    folds = fold_rows(masks, np.random.default_rng(0))
    assert sorted(np.concatenate(folds).tolist()) == list(range(ANCHORS, rows))
    assert max(map(len, folds)) - min(map(len, folds)) <= 3
    keys = [set(row_keys(masks[fold])) for fold in folds]
    for fold, other in itertools.permutations(range(len(folds)), 2):
        assert not set(row_keys(~masks[folds[fold]])) & keys[other]


def test_estimates_are_unbiased_whatever_the_models_are_worth():
    """1,500 draws of 30 masks; models that are wrong, and one that is right."""
    n, draws, rng = 6, 1500, np.random.default_rng(2)
    cube = all_masks(n)
    truth = _random_spectrum(n, rng)
    supports = [tuple(np.flatnonzero(row).tolist()) for row in cube[1:]]
    expected = walsh_columns(cube, supports).T @ truth.predict(cube) / len(cube)
    wrong = [_random_spectrum(n, rng) for _ in range(3)]
    models = (truth, wrong[0], Spectrum.from_terms(n, [(0, 1, 2)], [3.0]), wrong[1], wrong[2])
    mixtures = tuple(Mixture(((0.7, model), (0.3, models[1]))) for model in models)
    found, errors = [], []
    for _ in range(draws):
        masks = np.concatenate([cube[[-1, 0]], cube[rng.integers(0, len(cube), 30)]])
        samples = Samples(masks, truth.predict(masks))
        folds = fold_rows(samples.masks, rng)
        residuals = tuple(
            samples.values[fold] - model.predict(masks[fold]) for fold, model in zip(folds, mixtures, strict=True)
        )
        estimates, error = CrossFit(folds, mixtures, residuals).estimates(samples, supports)
        found.append(estimates)
        errors.append(error)
    spread = np.std(found, axis=0)
    z_scores = (np.mean(found, axis=0) - expected) / (spread / np.sqrt(draws))
    assert np.abs(z_scores).max() < 4.5
    assert (z_scores**2).mean() < 1.6
    assert np.sqrt(np.mean(spread**2)) == pytest.approx(np.sqrt(np.mean(np.square(errors))), rel=0.1)


def test_a_process_is_a_part_like_any_other():
    n, rng = 5, np.random.default_rng(3)
    cube = all_masks(n)
    truth = _random_spectrum(n, rng)
    masks = np.concatenate([cube[[-1, 0]], cube[1:25]])
    process = Process.of(Samples(masks, truth.predict(masks)))
    mixture = Mixture(((0.25, truth), (0.75, process)))
    supports = [tuple(np.flatnonzero(row).tolist()) for row in cube[1:]]
    by_transform = walsh_columns(cube, supports).T @ mixture.predict(cube) / len(cube)
    np.testing.assert_allclose(mixture.coefficients(supports), by_transform, atol=1e-9)


def test_how_much_the_function_varies_is_told_best_with_models():
    """Against the variance over all masks, with models that explain most of it; few rows, so that luck is large."""
    n, rng = 9, np.random.default_rng(5)
    cube = all_masks(n)
    truth = _random_spectrum(n, rng)
    model = Mixture(((0.9, truth),))
    variance = float(truth.predict(cube).var())
    found, plain = [], []
    for _ in range(400):
        masks = np.concatenate([cube[[-1, 0]], cube[rng.integers(1, len(cube) - 1, 60)]])
        values = truth.predict(masks)
        folds = fold_rows(masks, rng)
        residuals = tuple(values[fold] - model.predict(masks[fold]) for fold in folds)
        cross = CrossFit(folds, (model,) * len(folds), residuals)
        spreads = cross.spreads(values, cube)
        assert spreads.shape == (60,)
        found.append(spreads.mean())
        plain.append(values[2:].var())
    assert np.mean(found) == pytest.approx(variance, rel=0.02)
    assert np.std(found) < 0.4 * np.std(plain)
