"""Weights of shares of replies: from fits that have not seen a row, and as strong as those fits are sure."""

from __future__ import annotations

import numpy as np
import pytest

from spex_core import explain
from spex_core.arrays import ANCHORS, BoolArray, FloatArray, IntArray, Samples
from spex_core.engine.design import plan_run
from spex_core.engine.evaluation import Evaluation
from spex_core.engine.fitting import estimate
from spex_core.estimation import binomial
from spex_core.estimation.binomial import luck, weighted
from spex_core.fourier.masks import draw_distinct

N = 10


def _samples(values: FloatArray) -> Samples:
    rest = draw_distinct(N, len(values) - ANCHORS, np.random.default_rng(0))
    return Samples(np.vstack([np.ones((1, N), bool), np.zeros((1, N), bool), rest]), values)


def test_more_replies_weigh_more_and_so_do_sure_answers() -> None:
    chances = np.tile([0.5, 0.95], 101)
    counts = np.repeat([1, 4], 101)
    weights = weighted(_samples(chances), chances, counts).weights
    assert weights is not None
    assert weights.mean() == pytest.approx(1)
    even, sure = weights[2], weights[3]
    assert sure / even == pytest.approx((0.25 + 0.02) / (0.0475 + 0.02), rel=0.05)
    assert weights[-2] / even == pytest.approx((0.25 + 0.02) / (0.0625 + 0.02), rel=0.05)


def test_predictions_that_tell_nothing_of_the_rows_choose_no_weights() -> None:
    rng = np.random.default_rng(3)
    values = rng.integers(0, 2, 400).astype(float)
    wrong = 1 - np.clip(0.5 + 0.3 * (values - 0.5), 0, 1)
    weights = weighted(_samples(values), wrong, np.ones(400, dtype=np.int64)).weights
    assert weights is not None
    assert np.ptp(weights) < 1e-12
    none = weighted(_samples(values), np.full(400, np.nan), np.ones(400, dtype=np.int64)).weights
    assert none is not None
    assert np.ptp(none) < 1e-12


def _draws(masks: BoolArray) -> FloatArray:
    chances = 0.1 + 0.4 * masks[:, 0] + 0.4 * (masks[:, 1] & masks[:, 2])
    return np.random.default_rng(1).binomial(_often(masks), chances) / _often(masks)


def _often(masks: BoolArray) -> IntArray:
    return np.where(masks[:, 3], 8, 1)


@pytest.mark.parametrize(("estimator", "part"), [("auto", 1.0), ("auto", 0.5), ("spex", 0.5), ("gp", 1.0)])
def test_every_way_a_run_may_end_is_weighted(estimator: str, part: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stopped early, or fitted by another estimator than was asked."""
    seen = []
    own = binomial.weighted
    monkeypatch.setattr("spex_core.engine.fitting.weighted", lambda *given: seen.append(given) or own(*given))
    design = plan_run(N, 500, estimator, 3, 0, draws=True)
    evaluation = Evaluation(design, None, 0.0, _often)
    evaluation.values = _draws(design.masks)
    evaluation.values[round(part * len(evaluation.values)) :] = np.nan
    found = estimate(evaluation)
    assert len(seen) == 1
    samples, predicted, counts = seen[0]
    assert len(samples.values) == len(predicted) == len(counts)
    assert (np.isnan(predicted).sum() == ANCHORS) == (found.estimator != "gp" or estimator == "auto")


def test_how_much_is_luck_comes_with_its_error() -> None:
    rng = np.random.default_rng(0)
    off = []
    for _ in range(200):
        chances = rng.uniform(0.1, 0.9, 500)
        counts = np.where(np.arange(500) % 5 == 0, 2, 1)
        values = rng.binomial(counts, chances) / counts
        found = luck(values, counts)
        assert found is not None
        off.append((found.variance - float((chances * (1 - chances) / counts).mean())) / found.error)
    assert np.mean(off) == pytest.approx(0, abs=0.2)
    assert np.std(off) == pytest.approx(1, abs=0.15)


def test_what_luck_leaves_is_said_as_far_as_it_is_known() -> None:
    found = explain(_draws, N, budget=400, replies=_often)
    report = found.faithfulness_report
    assert report.explained_range is not None
    low, high = report.explained_range
    assert low < report.explained <= high
    assert any("explained is between" in note for note in found.notes)


def test_replies_that_hang_on_nothing_leave_nothing_to_explain() -> None:
    rng = np.random.default_rng(2)
    found = explain(
        lambda masks: rng.binomial(2, 0.5, len(masks)) / 2,
        N,
        budget=400,
        replies=lambda masks: np.full(len(masks), 2),
    )
    assert found.faithfulness_report.ceiling is None or found.faithfulness_report.ceiling < 0.25
