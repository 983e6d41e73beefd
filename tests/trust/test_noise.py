"""Noise on stored values, and what survives it."""

import numpy as np
import pytest

from spex_core.arrays import Samples
from spex_core.errors import InputError
from spex_core.explanation.result import Interaction
from spex_core.trust.noise import with_noise
from spex_core.trust.passes import Passes


def function(masks):
    x = masks.astype(float)
    return x @ np.array([4.0, -3.0, 2.0, 1.0, 0, 0, 0, 0, 0, 0]) + 8.0 * x[:, 1] * x[:, 7] - 4.0 * x[:, 4] * x[:, 5]


def passes_of(value_function):
    design = Passes.planned(10, 400, max_order=2, seed=0)
    return Passes.evaluated(design, Samples(design.masks, value_function(design.masks)))


@pytest.fixture(scope="module")
def passes():
    return passes_of(function)


@pytest.mark.parametrize("snr_db", [-10.0, 0.0, 20.0])
def test_the_noise_has_the_ratio_asked_for(passes, snr_db):
    noise = with_noise(passes, snr_db, seed=1).training.values - passes.training.values
    assert 10 * np.log10(passes.variance / noise.var()) == pytest.approx(snr_db, abs=1.0)
    assert abs(noise.mean()) < 4 * noise.std() / np.sqrt(len(noise))
    assert abs(np.corrcoef(noise, passes.training.values)[0, 1]) < 0.25


def test_everything_that_is_fitted_gets_noise_and_nothing_that_judges(passes):
    noisy = with_noise(passes, 10.0)
    assert (noisy.training.values != passes.training.values).all()
    assert np.array_equal(noisy.training.masks, passes.training.masks)
    assert noisy.unseen is passes.unseen
    smaller = noisy.reduced(200)
    assert set(smaller.training.values) < set(noisy.training.values)


def test_the_same_seed_gives_the_same_noise_and_the_ratio_scales_it(passes):
    def noise(snr_db, seed):
        return with_noise(passes, snr_db, seed).training.values - passes.training.values

    assert np.array_equal(noise(10.0, 5), noise(10.0, 5))
    assert noise(0.0, 5) == pytest.approx(10 * noise(20.0, 5), rel=1e-6, abs=1e-9)
    assert not np.allclose(noise(10.0, 5), noise(10.0, 6))


def test_r2_falls_with_the_noise(passes):
    scores = [passes.judge(with_noise(passes, db).fitted("gp").predicting).r2 for db in (40.0, 10.0, -10.0)]
    assert scores[0] > 0.99
    assert scores[0] > scores[1] > scores[2]


def test_a_constant_function_stays_as_it_is():
    flat = passes_of(lambda masks: np.full(len(masks), 3.0))
    assert np.array_equal(with_noise(flat, 0.0).training.values, flat.training.values)


@pytest.mark.parametrize("snr_db", [float("nan"), float("inf"), -61.0, 121.0])
def test_other_ratios_are_refused(passes, snr_db):
    with pytest.raises(InputError, match="between -60 and 120"):
        with_noise(passes, snr_db)


def test_values_without_a_variance_are_refused(passes):
    huge = passes.revalued(1e300 * passes.training.values)
    with pytest.raises(InputError, match="too large"):
        with_noise(huge, 0.0)


def test_an_interaction_can_be_told_apart(passes):
    assert Interaction((1, 7), 1.0).features in {i.features for i in passes.fitted("gp").interactions()}
