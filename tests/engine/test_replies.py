"""Values that are shares of yes-or-no replies: surer ones count more, and R² says what luck leaves out of reach."""

from __future__ import annotations

import numpy as np
import pytest

from spex_core import Explanation, explain
from spex_core.arrays import BoolArray, FloatArray, IntArray
from spex_core.engine.design import plan_run
from spex_core.engine.evaluation import Evaluation
from spex_core.engine.fitting import estimate
from spex_core.estimation.binomial import luck

pytestmark = pytest.mark.slow

N = 15


def probability(seed: int) -> object:
    """A model that answers "yes" with a probability: logistic in single features and six pairs."""
    rng = np.random.default_rng(seed)
    single = rng.normal(size=N) * (rng.random(N) < 0.4)
    pairs = [(rng.choice(N, 2, replace=False), rng.normal() * 1.5) for _ in range(6)]

    def value(masks: BoolArray) -> FloatArray:
        log_odds = np.where(masks, 1.0, -1.0) @ single / 2
        for (one, two), weight in pairs:
            log_odds += weight * (masks[:, one] & masks[:, two]) - weight / 4
        return 1 / (1 + np.exp(-log_odds))

    return value


def often(masks: BoolArray) -> IntArray:
    """Ten replies with everything kept or hidden, two for a fifth of the masks, else one."""
    kept = masks.sum(axis=1)
    again = masks @ (1 + np.arange(masks.shape[1])) % 5 == 0
    return np.where((kept == 0) | (kept == masks.shape[1]), 10, np.where(again, 2, 1))


def asked(model: object, seed: int) -> object:
    rng = np.random.default_rng(seed)

    def value(masks: BoolArray) -> FloatArray:
        counts = often(masks)
        return rng.binomial(counts, model(masks)) / counts

    return value


def against_truth(explanation: Explanation, model: object) -> float:
    fresh = np.random.default_rng(99).random((4000, N)) < 0.5
    truth = model(fresh)
    return 1 - ((truth - explanation.predict(fresh)) ** 2).sum() / ((truth - truth.mean()) ** 2).sum()


def heavy(masks: BoolArray) -> IntArray:
    """Twelve replies for a quarter of the masks, else one."""
    return np.where(masks @ (1 + np.arange(masks.shape[1])) % 4 == 0, 12, 1)


def test_knowing_the_noise_of_each_value_predicts_better() -> None:
    gains = []
    for seed in range(4):
        model = probability(seed)
        design = plan_run(N, 500, "auto", 5, seed)
        counts, rng = heavy(design.masks), np.random.default_rng(seed)
        told, untold = (Evaluation(design, None, 0.0, replies) for replies in (heavy, None))
        told.values = untold.values = rng.binomial(counts, model(design.masks)) / counts
        gains.append(against_truth(estimate(told), model) - against_truth(estimate(untold), model))
    assert np.mean(gains) > 0.01  # .04 over eight seeds


def test_the_ceiling_is_the_r2_of_the_true_probabilities() -> None:
    rng = np.random.default_rng(0)
    found = []
    for seed in range(40):
        model, masks = probability(seed), rng.random((1000, N)) < 0.5
        counts, values = often(masks), asked(model, seed)(masks)
        lucky = luck(values, counts)
        assert lucky is not None
        truth = model(masks)
        found.append(lucky.variance / float((truth * (1 - truth) / counts).mean()))
    assert np.mean(found) == pytest.approx(1, abs=0.06)  # each is off by about an eighth


def test_a_run_says_what_luck_leaves_out_of_reach() -> None:
    model = probability(3)
    told = explain(asked(model, 3), N, budget=400, replies=often)
    report = told.faithfulness_report
    assert report.ceiling is not None
    assert report.r2 < report.explained <= 1
    assert any("luck leaves about" in note for note in told.notes)
    again = Explanation.from_json(told.to_json())
    assert again.faithfulness_report == report


def test_a_single_value_of_many_masks_says_nothing_of_luck() -> None:
    model = asked(probability(0), 0)
    found = explain(model, N, budget=300, replies=lambda masks: np.ones(len(masks), dtype=np.int64))
    assert found.faithfulness_report.ceiling is None
    assert any("cannot be told" in note for note in found.notes)


@pytest.mark.parametrize("n", [1, 3, 6])
def test_replies_are_never_called_exact(n: int) -> None:
    rng = np.random.default_rng(0)
    found = explain(lambda masks: rng.binomial(1, 0.5, len(masks)) / 1.0, n, budget=1000, replies=often)
    assert found.faithfulness < 1 or not found.faithfulness_report.measured
