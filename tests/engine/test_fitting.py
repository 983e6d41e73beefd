"""Estimation: from passes to an explanation, early or at the end."""

import time
from typing import ClassVar

import numpy as np
import pytest

import spex_core
from spex_core.arrays import Samples
from spex_core.engine import fitting
from spex_core.engine.design import plan_run
from spex_core.engine.evaluation import Evaluation
from spex_core.engine.fitting import EarlyEstimates, estimate
from spex_core.estimation.base import Estimator, Fit
from spex_core.estimation.registry import estimators
from spex_core.fourier.spectrum import Spectrum


def odd(masks):
    """Additive, but for an empty input of which the model says something altogether different."""
    return masks @ np.linspace(0.5, 1.5, masks.shape[1]) + 40.0 * ~masks.any(axis=1)


class Spy(Estimator):
    """Remembers the values it was given."""

    name: ClassVar[str] = "spy"
    title = summary = ""

    def __init__(self):
        self.empty = None

    def minimum(self, n_features, max_order):
        return 1

    def fit(self, samples, plan, max_order, rng):
        self.empty = float(samples.values[1])
        return Fit(Spectrum.from_terms(samples.masks.shape[1], [()], [0.0]), np.zeros((0, 1)))


class ExactSpy(Spy):
    exact: ClassVar[bool] = True


def test_who_estimates_is_given_a_value_that_belongs_and_who_transforms_the_models_own():
    """The explanation itself always tells what the model said."""
    for spy, given in ((Spy(), pytest.approx(0.0, abs=3.0)), (ExactSpy(), 40.0)):
        explanation = spex_core.explain(odd, 12, budget=300, estimator=spy)
        assert spy.empty == given
        assert explanation.output_empty == 40.0


def test_the_transform_alone_is_exact():
    assert [name for name, kind in estimators().items() if kind.exact] == ["exact"]


def _evaluated(design, rows):
    known = Samples(design.masks[:rows], odd(design.masks[:rows]))
    evaluation = Evaluation(design, known, time.perf_counter())
    evaluation.seconds_model = 1e9  # any estimate can be afforded
    return evaluation


def test_early_estimates_come_at_24_passes_and_then_a_third_more_each_time():
    design = plan_run(12, 300, "auto", 2, 0)
    evaluation = _evaluated(design, 2)
    early, given = EarlyEstimates(evaluation), []
    for made in range(2, 80):
        evaluation.values[:made] = odd(design.masks[:made])
        if early() is not None:
            given.append(made)
    assert given == [24, 32, 42, 55, 72]


def test_early_estimates_take_no_more_than_their_share(monkeypatch):
    design = plan_run(12, 300, "auto", 2, 0)
    evaluation = _evaluated(design, 24)
    early = EarlyEstimates(evaluation)
    assert early() is not None
    evaluation.values[:] = odd(design.masks)
    evaluation.seconds_model = 0.0
    assert early() is None
    evaluation.seconds_model = 1e9
    assert early() is not None


def test_early_estimates_do_not_bend_towards_what_does_not_belong_and_ask_that_seldom(monkeypatch):
    asked = []

    def without_misfits(samples):
        asked.append(len(samples))
        return answer(samples)

    answer = fitting.without_misfits
    monkeypatch.setattr(fitting, "without_misfits", without_misfits)
    design = plan_run(12, 300, "auto", 2, 0)
    evaluation = _evaluated(design, 100)
    early = EarlyEstimates(evaluation)
    first = early()
    evaluation.values[:140] = odd(design.masks[:140])
    second = early()
    evaluation.values[:] = odd(design.masks)
    third = early()
    assert len(asked) == 2
    assert asked[1] >= 2 * asked[0]
    truth = odd(design.masks[2:])
    for preview in (first, second, third):
        assert preview.output_empty == 40.0
        assert np.abs(preview.predict(design.masks[2:]) - truth).mean() < 0.1 * truth.std()


class Two(Spy):
    """Knows the function, and lists a part of it."""

    def fit(self, samples, plan, max_order, rng):
        accurate = Spectrum.from_dict(12, {(): 1.0, (0,): 2.0, (1, 2): 1.0})
        return Fit(Spectrum.from_dict(12, {(): 1.0, (0,): 2.0}), np.zeros((0, 2)), accurate=accurate)


def test_the_listed_and_the_accurate_spectrum_are_each_judged_by_their_own():
    truth = Two().fit(None, None, 2, None).accurate
    explanation = spex_core.explain(truth.predict, 12, budget=2000, estimator=Two())
    assert explanation.predicting is explanation.accurate
    assert explanation.faithfulness == 1.0
    assert explanation.listed_faithfulness == pytest.approx(4 / 5, abs=0.05)
    masks = plan_run(12, 2000, "auto", 2, 0).masks
    assert np.array_equal(explanation.predict(masks), truth.predict(masks))
    assert not np.array_equal(explanation.spectrum.predict(masks), truth.predict(masks))


def test_an_estimate_of_a_part_says_how_large_it_is():
    design = plan_run(12, 300, "banzhaf", 2, 0)
    explanation = estimate(_evaluated(design, 120))
    assert not explanation.complete
    assert "stopped after 120 of 300 planned passes" in explanation.notes
