"""Passes count once they are on disk, and are made once."""

import threading
import time

import numpy as np
import pytest

from spex_core.arrays import Samples
from spex_core.engine.design import plan_run
from spex_core.engine.evaluation import Evaluation
from spex_core.engine.explain import explain_text
from spex_core.engine.settings import Settings
from spex_core.errors import ModelOutputError, StoreError
from spex_core.fourier.masks import Known
from spex_core.inputs.maskers.text import TextMasker
from spex_core.models.base import Backend
from spex_core.runs.questions import Questions, Watcher
from spex_core.runs.store.run_store import RunStore


class Sums(Backend):
    """Number of words left, and what it was asked."""

    name, title, summary = "sums", "Sums", "Counts words."
    wrong = None

    def __init__(self):
        self.asked = []

    def score(self, inputs):
        self.asked.append(len(inputs))
        values = np.array([float(len(text.split())) for text in inputs])
        if self.wrong is not None:
            values[-1] = self.wrong
        return values


@pytest.fixture
def model():
    return Sums()


DESIGN = plan_run(3, 8, "auto", 3, 0)
MASKS = DESIGN.masks  # all eight


def begun(known=None):
    return Evaluation(DESIGN, known, time.perf_counter())


def go_on(evaluation, model, record, **hooks):
    """Make the passes that are open, in one batch."""
    function = model.value_function(TextMasker("a b c", masking="removal"))
    evaluation.make(function, 64, Settings(on_samples=record, **hooks))


def test_what_is_handed_on_was_written_first(model):
    written, counted = [], []

    def record(samples):
        counted.append(evaluation.made)
        written.append(samples)

    evaluation = begun()
    go_on(evaluation, model, record)
    assert evaluation.values.tolist() == MASKS.sum(axis=1).tolist()
    assert np.array_equal(written[0].masks, MASKS)
    assert written[0].values.tolist() == evaluation.values.tolist()
    assert counted == [0]


def test_what_cannot_be_written_does_not_count(model):
    def full(samples):
        raise StoreError("the disk is full")

    evaluation = begun()
    with pytest.raises(StoreError, match="full"):
        go_on(evaluation, model, full)
    assert evaluation.made == 0


@pytest.mark.parametrize("wrong", [np.nan, np.inf])
def test_what_is_no_value_is_not_written(model, wrong):
    model.wrong = wrong
    written = []
    evaluation = begun()
    with pytest.raises(ModelOutputError, match="rows 7"):
        go_on(evaluation, model, written.append)
    assert len(written) == 1
    assert np.array_equal(written[0].masks, MASKS[:7])  # a bad row costs that row
    assert evaluation.made == 7


def test_what_another_run_paid_for_is_not_asked_again(model, tmp_path):
    questions, run = Questions(RunStore(tmp_path)), Watcher(stopping=lambda: False, done=lambda: 0)
    written = []
    with (
        questions.asking("key", 3, run) as one,
        questions.asking("key", 3, run) as two,
        questions.asking("another", 3, run) as three,
    ):
        mine, other, elsewhere = one.known, two.known, three.known
        evaluation, later = begun(mine), begun(mine)  # both have begun when the other pays
        two.tell(Samples(MASKS[2:5], np.array([7.0, 8.0, 9.0])))
        assert (len(mine), len(other), len(elsewhere)) == (3, 0, 0)
        go_on(evaluation, model, written.append)
        assert evaluation.values[2:5].tolist() == [7.0, 8.0, 9.0]
        assert model.asked == [5]
        assert len(written[0]) == 5
        two.tell(Samples(np.delete(MASKS, [2, 3, 4], axis=0), np.zeros(5)))
        go_on(later, model, written.append)
        assert later.values[2:4].tolist() == [7.0, 8.0]
        assert later.complete
        assert model.asked == [5]
        assert len(written) == 1
    assert not questions._open


def test_it_is_written_before_anybody_else_has_the_models_turn(model):
    lock = threading.Lock()
    written = []

    def record(samples):
        assert lock.locked()
        written.append(samples)

    go_on(begun(), model, record, lock=lock)
    assert len(written[0]) == 8
    assert not lock.locked()


def test_everything_else_is_the_backends_own(model):
    explanation = explain_text(
        "a b c d e f g h", model, budget=100, estimator="banzhaf", known=Known(), on_samples=lambda samples: None
    )
    assert model.asked == [64, 36]
    assert explanation.value_unit == model.unit
    assert explanation.source.masking == model.maskings[0]
    assert explanation.toward == model.toward
