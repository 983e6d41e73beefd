"""Evaluation: which passes are made, what is kept of them, and what is told meanwhile."""

import time

import numpy as np
import pytest

import spex_core
from spex_core.arrays import ANCHORS, Samples
from spex_core.engine.design import plan_run
from spex_core.engine.evaluation import Evaluation
from spex_core.engine.settings import Settings
from spex_core.fourier.masks import row_keys


def first(masks):
    """The value of feature 0."""
    return masks[:, 0] * 1.0


@pytest.fixture
def design():
    return plan_run(12, 100, "auto", 3, 0)


def begun(design, known=None):
    return Evaluation(design, known, time.perf_counter())


def test_every_mask_is_asked_once_in_the_order_of_the_design(design):
    asked, told = [], []
    evaluation = begun(design)
    evaluation.make(lambda m: asked.append(m) or first(m), 30, Settings(on_samples=told.append))
    assert [len(masks) for masks in asked] == [30, 30, 30, 10]
    assert np.array_equal(np.concatenate(asked), design.masks)
    assert np.array_equal(np.concatenate([samples.values for samples in told]), evaluation.values)
    assert evaluation.complete
    assert evaluation.made == 100


def test_what_may_be_fitted_and_what_not_are_the_designs(design):
    evaluation = begun(design)
    evaluation.make(first, 100, Settings())
    training, unseen = evaluation.training(), evaluation.unseen()
    assert training.masks[0].all()
    assert not training.masks[1].any()
    assert np.array_equal(training.masks[ANCHORS:], design.plan.masks)
    assert not set(row_keys(unseen.masks)) & set(row_keys(training.masks))
    assert len(training) + len(unseen) == len(evaluation.paid()) == 100
    assert np.array_equal(training.values, first(training.masks))


def test_what_is_paid_for_is_not_asked_again_and_progress_says_so(design):
    known = Samples(design.masks[10:50], np.full(40, 7.0))
    asked, told = [], []
    evaluation = begun(design, known)
    evaluation.make(lambda m: asked.append(m) or first(m), 64, Settings(on_progress=told.append))
    assert np.array_equal(np.concatenate(asked), np.delete(design.masks, np.s_[10:50], axis=0))
    assert (evaluation.values[10:50] == 7.0).all()
    assert [(progress.done, progress.total, progress.stage) for progress in told] == [
        (40, 100, "evaluate"),
        (100, 100, "fit"),
    ]
    assert told[0].passes_per_second == 0.0
    assert told[0].seconds_left is None
    assert told[1].seconds_left == 0.0


def test_a_stop_keeps_what_is_paid(design):
    evaluation = begun(design)
    evaluation.make(first, 30, Settings(should_stop=lambda: True))
    assert evaluation.made == 30
    assert not evaluation.complete
    assert len(evaluation.training()) < len(design.training)


def test_no_run_stops_without_all_kept_and_all_hidden():
    """Pass by pass: an explanation rests on these two."""
    asked = []
    explanation = spex_core.explain(
        lambda m: asked.append(m) or first(m), 12, budget=100, batch_size=1, should_stop=lambda: True
    )
    assert len(asked) == explanation.evaluations == 2
    assert (explanation.output_full, explanation.output_empty) == (1.0, 0.0)


def test_early_estimates_are_asked_for_between_batches_only(design):
    wanted = []
    begun(design).make(first, 30, Settings(), lambda: wanted.append(1))
    assert len(wanted) == 3
