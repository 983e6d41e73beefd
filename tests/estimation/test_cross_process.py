"""Processes of all rows and without each fold, solved together: the same as one by one."""

import numpy as np
import pytest

from spex_core.arrays import Samples
from spex_core.estimation import cross_process as module
from spex_core.estimation.cross_process import cross_process
from spex_core.estimation.posterior import Process, coefficients_together, noise_of, predict_together
from spex_core.estimation.stacking import fold_rows
from spex_core.fourier.masks import draw_distinct, row_keys


def some_samples(n, m, noise, seed=0):
    rng = np.random.default_rng(seed)
    ends = np.array([[True] * n, [False] * n])
    masks = np.concatenate([ends, draw_distinct(n, m - 2, rng, row_keys(ends))])
    kept = masks.astype(float)
    values = 2.0 + 3.0 * kept[:, 0] - kept[:, 1] * kept[:, 2] + kept @ np.linspace(0, 1, n) ** 3
    return Samples(masks, values + noise * rng.normal(size=m))


def solved(process, samples, rows):
    """Predictions on all masks by the dense formula, the process's kernel given `rows` of the samples."""
    kernel = process.kernel
    gram = kernel.gram(samples.masks, samples.masks)
    noise = np.diag(noise_of(kernel, samples))
    target = samples.values[rows] - process.mean
    return process.mean + gram[:, rows] @ np.linalg.solve((gram + noise)[np.ix_(rows, rows)], target)


@pytest.mark.parametrize("noise", [0.0, 0.3])
def test_each_is_the_process_of_its_rows(noise):
    samples = some_samples(25, module._MANY_ROWS, noise)
    folds = fold_rows(samples.masks, np.random.default_rng(0))
    crossed = cross_process(samples, folds)
    everything = np.arange(len(samples))
    wanted = [everything, *(np.setdiff1d(everything, fold) for fold in folds)]
    for process, rows in zip((crossed.whole, *crossed.without), wanted, strict=True):
        expected = solved(process, samples, rows)
        np.testing.assert_allclose(process.predict(samples.masks), expected, atol=1e-3 * samples.values.std())
        assert not process.dual[np.setdiff1d(everything, rows)].any()


def test_more_rows_than_can_be_solved_are_thinned_but_not_the_anchors(monkeypatch):
    monkeypatch.setattr(module, "MOST_ROWS", 400)
    monkeypatch.setattr(module, "_MANY_ROWS", 500)
    samples = some_samples(20, 600, 0.1)
    folds = fold_rows(samples.masks, np.random.default_rng(0))
    crossed = cross_process(samples, folds)
    assert len(crossed.whole.masks) == 400
    assert np.array_equal(crossed.whole.masks[:2], samples.masks[:2])
    for process, fold in zip(crossed.without, folds, strict=True):
        unseen = set(row_keys(samples.masks[fold]))
        assert not any(key in unseen for key in row_keys(process.masks[process.dual != 0]))


def test_few_rows_or_steps_that_do_not_suffice_give_none(monkeypatch):
    few = some_samples(20, 300, 0.1)
    assert cross_process(few, fold_rows(few.masks, np.random.default_rng(0))) is None
    many = some_samples(25, module._MANY_ROWS, 0.1)
    monkeypatch.setattr(module, "_STEPS", 2)
    assert cross_process(many, fold_rows(many.masks, np.random.default_rng(0))) is None


def test_together_is_one_by_one():
    samples, rng = some_samples(12, 200, 0.1), np.random.default_rng(1)
    first = Process.of(samples)
    alike = [Process(first.kernel, first.masks, rng.normal(size=200), first.mean, first.unit) for _ in range(3)]
    others = [*alike, Process.of(samples.take(np.arange(100)))]
    masks = rng.random((40, 12)) < 0.5
    supports = [(0,), (1, 2), (3, 4, 5)]
    for processes in (alike, others):
        one_by_one = [process.predict(masks) for process in processes]
        np.testing.assert_allclose(predict_together(processes, masks), one_by_one, rtol=1e-12)
        one_by_one = [process.coefficients(supports) for process in processes]
        np.testing.assert_allclose(coefficients_together(processes, supports), one_by_one, rtol=1e-9, atol=1e-15)


def test_single_precision_is_near_enough():
    samples = some_samples(30, 1200, 0.2)
    process = Process.of(samples)
    masks = np.random.default_rng(2).random((1000, 30)) < 0.5
    expected = process.mean + process.unit * (process.kernel.gram(masks, process.masks) @ process.dual)
    np.testing.assert_allclose(process.predict(masks), expected, atol=1e-4 * process.unit)
