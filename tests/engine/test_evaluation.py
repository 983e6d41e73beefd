"""Evaluation: which passes are made, what is kept of them, and what is told meanwhile."""

import time

import numpy as np
import pytest

import spex_core
from spex_core.arrays import ANCHORS, Samples
from spex_core.engine.design import plan_run
from spex_core.engine.evaluation import Evaluation
from spex_core.engine.settings import Settings, StoppedError
from spex_core.fourier.masks import Known, row_keys


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


class Somebody:
    """Has the turn at first, and pays for some of the masks whenever it is waited for; then it stops, or goes on."""

    def __init__(self, known, masks, shares, then=None):
        self.known, self.masks, self.then = known, masks, then
        self.shares = list(shares)
        self.inside = False

    def __enter__(self):
        if self.shares:
            some = self.masks[self.shares.pop(0)]
            self.known.add(Samples(some, np.full(len(some), 7.0)))
            return False
        if self.then is not None:
            raise self.then
        self.inside = True
        return True

    def __exit__(self, *_):
        self.inside = False


def test_what_somebody_else_pays_for_is_taken_over_while_they_have_the_turn(design):
    known, asked, told = Known(), [], []
    somebody = Somebody(known, design.masks, [slice(0, 10), slice(10, 35), slice(90, 95)])

    def answer(masks):
        assert somebody.inside
        asked.append(masks)
        return first(masks)

    evaluation = begun(design, known)
    evaluation.make(answer, 30, Settings(turn=somebody, on_progress=told.append))
    assert np.array_equal(np.concatenate(asked), np.delete(design.masks, np.s_[[*range(35), *range(90, 95)]], axis=0))
    assert [progress.done for progress in told] == [10, 35, 35, 40, 65, 95, 100]
    assert (evaluation.values[:35] == 7.0).all()
    assert evaluation.complete


@pytest.mark.parametrize(("share", "kept"), [(slice(0, 10), 10), (slice(5, 10), None)])
def test_stopped_while_it_waits_it_keeps_what_can_be_explained(design, share, kept):
    known = Known()
    evaluation = begun(design, known)
    settings = Settings(turn=Somebody(known, design.masks, [share], then=StoppedError()))
    if kept is None:  # neither all kept nor all hidden is known
        with pytest.raises(StoppedError):
            evaluation.make(first, 30, settings)
    else:
        evaluation.make(first, 30, settings)
        assert evaluation.made == kept
