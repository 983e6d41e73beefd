"""Faithfulness: R² as defined, never NaN, and an interval that covers."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spex_core.fourier.faithfulness import Control, exact, measure, r_squared


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


def spreads(values):
    """Squares whose mean is the unbiased estimate of the variance."""
    if len(values) < 2:
        return np.zeros(len(values))
    return (values - values.mean()) ** 2 * len(values) / (len(values) - 1)


def _judged(tests, crossed, rng, like=0.25):
    """Reports with and without a control of a fit whose R² is 0.75; `like` is how far the control's errors differ."""
    values = rng.normal(size=tests + crossed)
    errors = 0.5 * rng.normal(size=tests + crossed)
    others = (errors + like * rng.normal(size=tests + crossed)) ** 2
    control = Control(others[:tests], others[tests:], spreads(values[tests:]))
    predictions = (values - errors)[:tests]
    return measure(values[:tests], predictions, rng, control), measure(values[:tests], predictions, rng)


@pytest.mark.parametrize(("tests", "crossed"), [(38, 360), (130, 1200)])
def test_a_control_sharpens_the_estimate_without_bias(tests, crossed):
    """The control's own errors are a quarter larger, which must not be counted against the fit."""
    rng = np.random.default_rng(6)
    pairs = [_judged(tests, crossed, rng) for _ in range(300)]
    with_control, without = (np.array([report.r2 for report in reports]) for reports in zip(*pairs, strict=True))
    assert with_control.mean() == pytest.approx(0.75, abs=1.0 / tests)  # a ratio is biased by about that over m
    assert with_control.std() < 0.6 * without.std()
    covered = np.mean([report.low <= 0.75 <= report.high for report, _ in pairs])
    assert 0.84 <= covered <= 0.96
    assert pairs[0][0].n_test == tests
    assert pairs[0][0].n_crossed == crossed
    assert pairs[0][1].n_crossed == 0


def test_an_unrelated_control_does_little_harm():
    rng = np.random.default_rng(7)
    with_control, without = [], []
    for _ in range(300):
        values, errors = rng.normal(size=(2, 100))
        control = Control(rng.normal(size=100) ** 2, rng.normal(size=900) ** 2, spreads(rng.normal(size=900)))
        with_control.append(measure(values, values - 0.5 * errors, rng, control).r2)
        without.append(measure(values, values - 0.5 * errors, rng).r2)
    assert np.mean(with_control) == pytest.approx(0.75, abs=0.01)
    assert np.std(with_control) < 1.1 * np.std(without)


@settings(deadline=None, max_examples=150)
@given(
    tests=st.integers(0, 30),
    crossed=st.integers(0, 60),
    size=st.sampled_from([0.0, 1e-9, 0.5, 30.0]),
    level=st.sampled_from([0.0, 1e6]),
    seed=st.integers(0, 9999),
)
def test_no_report_is_above_one_or_without_numbers(tests, crossed, size, level, seed):
    rng = np.random.default_rng(seed)
    values = level + rng.normal(size=tests + crossed)
    errors = size * rng.standard_t(2, size=tests)
    on_test, elsewhere = rng.standard_t(2, size=tests) ** 2, rng.standard_t(2, size=crossed) ** 2
    control = Control(on_test, elsewhere, spreads(values[tests:]))
    report = measure(values[:tests], values[:tests] - errors, rng, control)
    assert np.isfinite([report.r2, report.low, report.high]).all()
    assert report.low <= report.r2 <= report.high <= 1.0
    assert report.measured == (tests + report.n_crossed >= 2)


@pytest.mark.parametrize("tests", [0, 1, 40])
def test_rows_left_out_judge_where_test_masks_are_few(tests):
    rng = np.random.default_rng(8)
    values, errors = rng.normal(size=(2, 5000 + tests))
    others = (0.5 * errors) ** 2
    control = Control(others[:tests], others[tests:], spreads(values[tests:]))
    report = measure(values[:tests], values[:tests] - 0.5 * errors[:tests], rng, control)
    assert report.r2 == pytest.approx(0.75, abs=0.03)
    assert report.high - report.low < 0.06


@pytest.mark.parametrize("level", [0.0, 3.0])
def test_a_constant_is_judged_by_what_is_predicted(level):
    control = Control(np.zeros(9), np.zeros(30), np.zeros(30))
    values, rng = np.full(9, level), np.random.default_rng(0)
    assert measure(values, values, rng, control).r2 == 1.0
    assert measure(values, values + 1.0, rng, control).r2 == 0.0
