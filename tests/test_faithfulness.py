"""Faithfulness: R² as defined, never NaN, and an interval that covers."""

import numpy as np
import pytest

from spex_core.faithfulness import exact, measure, r_squared


def test_r_squared_follows_its_definition():
    values, predictions = np.array([1.0, 2.0, 3.0, 6.0]), np.array([1.0, 2.0, 3.0, 4.0])
    assert r_squared(values, predictions) == pytest.approx(1 - 4 / 14)
    assert r_squared(values, np.full(4, 3.0)) == 0.0
    assert r_squared(values, values) == 1.0


@pytest.mark.parametrize("level", [0.0, 3.5, -1e9])
def test_a_constant_is_perfect_when_predicted_and_zero_otherwise(level):
    values = np.full(9, level)
    assert r_squared(values, values) == 1.0
    assert r_squared(values, values + 1e-3 * max(1.0, abs(level))) == 0.0


@pytest.mark.parametrize("m", [0, 1, 2, 50])
def test_measure_is_always_finite_and_ordered(m):
    rng = np.random.default_rng(0)
    values = rng.normal(size=m)
    report = measure(values, np.zeros(m), rng)
    assert np.isfinite([report.r2, report.low, report.high]).all()
    assert report.low <= report.r2 <= report.high
    assert report.n_test == m


def test_interval_covers_the_truth_about_as_often_as_it_says():
    rng = np.random.default_rng(3)
    truth = 1 - 0.25 / 1.25  # variance 1 signal, variance 0.25 error
    covered = 0
    for _ in range(200):
        signal = rng.normal(size=150)
        report = measure(signal + 0.5 * rng.normal(size=150), signal, rng)
        covered += report.low <= truth <= report.high
    assert 0.80 <= covered / 200 <= 0.98


def test_whole_cube_has_a_point_interval():
    report = exact(np.array([0.0, 1.0]), np.array([0.0, 0.5]))
    assert report.low == report.r2 == report.high
    assert report.n_test == 2
