"""A run whose question another process is asking: what it shows, what it leaves to others, and how it ends."""

import time

import numpy as np
import pytest

from spex_core.arrays import Samples
from spex_core.engine.design import plan_run
from spex_core.models.base import ModelSpec
from spex_core.runs.manager import RunManager
from spex_core.runs.requests import TextRequest
from spex_core.runs.store.keys import sample_key
from spex_core.runs.store.leases import Seen
from spex_core.runs.store.run_store import RunStore
from tests.support.counting_model import TEXT, Counting
from tests.support.waiting import done, over, until

MODEL = ModelSpec("counting", {"answer": "yes"})
REQUEST = TextRequest(text=TEXT, model=MODEL, budget=300, masking="removal", estimator="banzhaf")
KEY, N = sample_key(TEXT, MODEL, "word", "removal", "counting first"), 14
ELSEWHERE = "another machine|boot|space|1|1"
MASKS = plan_run(N, 300, "banzhaf", 5, 0).masks


class Other:
    """A process on another machine that has the question's lease."""

    def __init__(self, store):
        self.store = store
        self.question = store.leases.number(KEY, N)
        assert store.leases.take(self.question, N, ELSEWHERE, Seen()).holder == ELSEWHERE

    def pay(self, masks):
        words = np.array([len(word) + 1 for word in TEXT.split()])
        self.store.append(KEY, Samples(masks, masks @ words * 1.0))

    def end(self):
        self.store.leases.release(self.question, ELSEWHERE)


@pytest.fixture(autouse=True)
def model(monkeypatch):
    return Counting.fresh(monkeypatch)


@pytest.fixture
def manager(tmp_path):
    return RunManager(RunStore(tmp_path), workers=1)


@pytest.fixture
def other(manager):
    return Other(manager.store)


def _watching(manager, request=REQUEST):
    run = manager.start(request)
    until(lambda: run.watching or not run.live)
    assert run.state == "running", run.error
    return run


def test_it_shows_what_the_other_pays_for_and_goes_on_when_that_one_is_over(manager, other, model):
    run = _watching(manager)
    other.pay(MASKS[:60])
    until(lambda: run.progress is not None and run.progress.done == 60)
    assert run.watching
    until(lambda: run.preview is not None or not run.live)
    other.pay(MASKS[70:100])
    until(lambda: run.progress.done == 90)
    assert run.paid == len(model.asked) == 0
    other.end()
    done(run)
    assert not run.watching
    assert run.paid == len(model.asked) == 300 - 90
    assert manager.store.leases.look(other.question, N, Seen()).holder == ""


def test_what_the_other_pays_for_to_the_last_pass_needs_no_turn(manager, other, model):
    run = _watching(manager)
    other.pay(MASKS)
    assert done(run).explanation.evaluations == 300
    assert run.paid == len(model.asked) == 0
    assert manager.store.leases.look(other.question, N, Seen()).holder == ELSEWHERE


def test_it_leaves_the_only_worker_to_others(manager, other, model):
    run = _watching(manager)
    done(manager.start(TextRequest(text="a b c", model=MODEL, budget=8, masking="removal")))
    assert run.live
    run.cancel()
    over(run)


@pytest.mark.parametrize("paid", [0, 60])
def test_cancelled_it_is_over_at_once(manager, other, model, paid):
    run = _watching(manager)
    if paid:
        other.pay(MASKS[:paid])
        until(lambda: run.progress is not None and run.progress.done == paid)
    begun = time.monotonic()
    run.cancel()
    over(run)
    assert time.monotonic() - begun < 20  # the other never ends
    assert run.state == "cancelled"
    assert model.asked == []
    if paid:
        assert run.explanation.evaluations == paid
        assert not run.explanation.complete
    else:
        assert run.error == "cancelled before its first pass"
    other.end()
    done(manager.resume(run.id))
    assert len(model.asked) == 300 - paid


def test_the_lease_is_free_while_a_run_that_has_all_its_passes_is_fitted(manager, model, monkeypatch):
    from spex_core.engine import explain

    holders = []
    estimate = explain.estimate

    def fit(evaluation):
        holders.append(manager.store.leases.look(1, N, Seen()).holder)
        return estimate(evaluation)

    monkeypatch.setattr(explain, "estimate", fit)
    done(manager.start(REQUEST))
    assert holders == [""]


def test_it_is_free_after_a_run_that_failed(manager, model):
    def broken(inputs):
        raise OSError("the model went away")

    model.on_batch = broken
    run = over(manager.start(REQUEST))
    assert run.state == "failed"
    assert manager.store.leases.look(1, N, Seen()).holder == ""
