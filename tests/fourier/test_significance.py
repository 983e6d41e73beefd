"""Significance: the weighted step-up procedure by its definition, and the rate that it promises."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import false_discovery_control, norm

from spex_core.fourier.significance import equal_weights, significant


def by_definition(p_values, weights, rate):
    """Reject all with p <= rate R w for the largest R for which R of them are."""
    for count in range(len(p_values), 0, -1):
        passing = p_values <= rate * count * weights
        if passing.sum() >= count:
            return passing
    return np.zeros(len(p_values), dtype=bool)


@settings(deadline=None, max_examples=200)
@given(
    scores=st.lists(st.floats(-7, 7), min_size=1, max_size=30),
    rate=st.sampled_from([0.01, 0.05, 0.3]),
    data=st.data(),
)
def test_weighted_step_up_is_its_definition(scores, rate, data):
    parts = st.one_of(st.just(0.0), st.floats(1e-6, 1))
    weights = np.array(data.draw(st.lists(parts, min_size=len(scores), max_size=len(scores))))
    weights /= max(weights.sum(), 1.0)
    z_scores = np.array(scores)
    expected = by_definition(2 * norm.sf(np.abs(z_scores)), weights, rate)
    assert np.array_equal(significant(z_scores, weights, rate), expected)
    assert not significant(z_scores, weights, rate)[weights == 0].any()


@settings(deadline=None, max_examples=100)
@given(scores=st.lists(st.floats(-7, 7), min_size=1, max_size=60), rate=st.sampled_from([0.01, 0.05, 0.3]))
def test_equal_weights_are_benjamini_and_hochberg(scores, rate):
    adjusted = false_discovery_control(2 * norm.sf(np.abs(scores)))
    found = significant(np.array(scores), equal_weights(len(scores)), rate)
    clear = np.abs(adjusted - rate) > 1e-12
    assert np.array_equal(found[clear], (adjusted <= rate)[clear])


def test_nothing_to_test():
    assert significant(np.zeros(0), equal_weights(0)).shape == (0,)
    assert significant(np.array([np.inf, -np.inf, 0.0]), equal_weights(3)).tolist() == [True, True, False]


@pytest.mark.parametrize("weighted", [False, True])
def test_false_discoveries_stay_below_the_rate_on_average(weighted):
    """400 hypotheses of which 40 are real, half of them expected: a weight is right more often than not."""
    rng = np.random.default_rng(4)
    real = np.arange(400) < 40
    weights = equal_weights(400)
    if weighted:
        weights = np.where((np.arange(400) < 20) | (np.arange(400) >= 380), 10.0, 1.0)
        weights /= weights.sum()
    shares, found = [], 0
    for _ in range(600):
        rejected = significant(rng.normal(size=400) + 3.0 * real, weights, 0.1)
        shares.append((rejected & ~real).sum() / max(rejected.sum(), 1))
        found += (rejected & real).sum()
    error = np.std(shares) / np.sqrt(len(shares))
    assert 0.03 < np.mean(shares) <= 0.1 + 2 * error
    assert found / (600 * 40) > 0.5


def test_a_likelier_hypothesis_needs_less_evidence():
    z_scores = np.array([3.0, 3.0, *np.zeros(98)])
    weights = np.array([0.5, *np.full(99, 0.5 / 99)])
    assert significant(z_scores, weights).tolist() == [True] + [False] * 99
