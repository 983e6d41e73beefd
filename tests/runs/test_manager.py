"""Run manager: worker threads, cancel, resume, two people at once, errors that reach the page."""

import itertools
import threading

import numpy as np
import pytest

from spex_core.errors import InputError, ModelError, StoreError
from spex_core.fourier.masks import Known
from spex_core.models import registry
from spex_core.models.base import Forecast, ModelSpec
from spex_core.runs.manager import RunManager
from spex_core.runs.requests import TextRequest
from spex_core.runs.store.keys import sample_key
from spex_core.runs.store.run_store import RunStore
from tests.support.counting_model import TEXT, Counting
from tests.support.waiting import over, said, until

MODEL = ModelSpec("counting", {"answer": "yes"})


@pytest.fixture(autouse=True)
def model(monkeypatch):
    return Counting.fresh(monkeypatch)


@pytest.fixture
def manager(tmp_path):
    return RunManager(RunStore(tmp_path))


def _request(**changes):
    return TextRequest(**{"text": TEXT, "model": MODEL, "budget": 300, "masking": "removal", **changes})


def _breaks(at):
    """For `on_batch`: the model goes away in its `at`-th batch from now."""
    batches = itertools.count(1)

    def on_batch(inputs):
        if next(batches) == at:
            raise OSError("the model went away")

    return on_batch


def test_a_run_finishes_is_saved_and_found_again(manager):
    run = over(manager.start(_request()))
    assert run.state == "done", run.error
    assert run.explanation.evaluations <= 300
    assert run.explanation.model == MODEL
    assert manager.get(run.id) is run
    other = RunManager(manager.store)  # a new process
    assert other.get(run.id).explanation.to_json() == run.explanation.to_json()
    assert other.get("nothing") is None


def test_cancel_keeps_and_explains_what_is_paid(manager, model):
    model.delay = 0.05
    run = manager.start(_request(budget=5000))
    until(lambda: run.progress is not None or not run.live)
    assert run.live, run.error
    asked = len(model.asked)
    run.cancel()
    over(run)
    assert len(model.asked) - asked <= 2 * model.batch  # the batch under way, and one that may have begun meanwhile
    assert run.state == "cancelled"
    assert 0 < run.explanation.evaluations < 5000
    paid = manager.store.samples(sample_key(TEXT, MODEL, "word", "removal", "counting first"), 14)
    assert len(paid) == run.explanation.evaluations


def test_a_failed_run_says_why_and_a_second_try_pays_only_the_rest(manager, model):
    model.on_batch = _breaks(3)
    failed = over(manager.start(_request()))
    assert failed.state == "failed"
    assert "the model went away" in failed.error
    model.on_batch = None
    asked = len(model.asked)
    again = over(manager.start(_request()))
    assert again.state == "done"
    assert len(model.asked) - asked < again.explanation.evaluations


def test_two_people_at_once_take_turns_without_cross_talk(manager, model):
    model.delay = 0.002
    texts = [TEXT, TEXT.upper() + " fifteen sixteen"]
    runs = [manager.start(_request(text=text)) for text in texts]
    for run, text in zip(runs, texts, strict=True):
        over(run)
        assert run.explanation.source.text == text
        assert run.explanation.output_full == len(text) + 5 * (text == TEXT)
    assert model.most_at_once == 1


def test_wrong_requests_fail_with_one_line(manager):
    for request, words in [
        (_request(text="   "), "empty"),
        (_request(model=ModelSpec("nothing")), "does not exist"),
        (_request(budget=1), "budget=1"),
        (_request(estimator="nope"), "nope"),
        (_request(masking="paint"), "masking"),
    ]:
        run = over(manager.start(request))
        assert run.state == "failed"
        assert words in run.error
        assert "\n" not in run.error


def test_a_full_disk_stops_before_the_next_paid_pass(manager, model, monkeypatch):
    append, update = RunStore.append, RunStore.update

    def full(self, *given, **fields):
        raise StoreError("could not save paid samples, so the run stops: database or disk is full")

    def last(self, key, samples):
        append(self, key, samples)
        monkeypatch.setattr(RunStore, "append", full)
        monkeypatch.setattr(RunStore, "update", full)

    monkeypatch.setattr(RunStore, "append", last)
    run = over(manager.start(_request()))
    assert run.state == "failed"
    assert "disk is full" in run.error
    assert len(model.asked) == 2 * model.batch  # no third batch was asked for
    assert manager.records()[0].state == "failed"
    monkeypatch.setattr(RunStore, "append", append)
    monkeypatch.setattr(RunStore, "update", update)
    asked = len(model.asked)
    again = over(manager.resume(run.id))
    assert again.state == "done", again.error
    assert len(model.asked) - asked == again.explanation.evaluations - 40
    assert manager.records()[0].paid == again.paid == again.explanation.evaluations


def test_check_asks_the_model_once_for_what_no_run_has_paid_for(manager, model):
    run = over(manager.start(_request(budget=200)))
    asked = len(model.asked)
    mask = np.ones(14, dtype=bool)
    assert manager.check(run.explanation, mask) == len(TEXT) + 5
    assert len(model.asked) == asked  # the run has asked for the whole text
    paid, _ = manager.paid_for(run.id, 14)
    known = Known.of(paid)
    bits = (np.arange(1 << 14)[:, None] >> np.arange(14) & 1).astype(bool)
    mask = next(row for row in bits if np.isnan(known.look_up(row[None]))[0])
    value = manager.check(run.explanation, mask)
    assert len(model.asked) == asked + 1
    assert manager.check(run.explanation, mask) == value == manager.models.check(run.explanation, mask)
    assert len(model.asked) == asked + 2  # the one without a store
    again, _ = manager.paid_for(run.id, 14)
    assert len(again) == len(paid) + 1
    with pytest.raises(InputError, match="does not fit"):
        manager.check(run.explanation, mask[:3])


def test_an_answer_that_the_disk_refuses_is_shown_and_written_later(manager, model, monkeypatch):
    run = over(manager.start(_request(budget=200)))
    mask = np.zeros(14, dtype=bool)
    mask[[2, 5, 11]] = True
    before = len(manager.paid_for(run.id, 14)[0])

    def refuse(*_):
        raise StoreError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(RunStore, "append", refuse)
        value = manager.check(run.explanation, mask)
    manager._ledger.catch_up()
    asked = len(model.asked)
    assert manager.check(run.explanation, mask) == value
    assert len(model.asked) == asked
    assert len(manager.paid_for(run.id, 14)[0]) == before + 1


def test_check_reports_a_broken_model(manager, model):
    run = over(manager.start(_request(budget=200)))
    model.on_batch = _breaks(1)
    with pytest.raises(ModelError, match="went away"):
        manager.models.check(run.explanation, np.ones(14, dtype=bool))


def test_speed_is_measured_in_the_background_once(manager, model):
    model.delay = 0.01
    assert manager.models.speed(_request()) is None
    assert 200 < said(lambda: manager.models.speed(_request())) < 2500  # 20 texts in a little over 10 ms
    assert threading.active_count() < 20


def test_runs_are_listed_newest_first(manager):
    one, two = manager.start(_request()), manager.start(_request(seed=1))
    assert [run.id for run in manager.list()] == [two.id, one.id]
    over(one), over(two)


def test_a_model_that_is_fetched_keeps_no_place_from_others(tmp_path, model, monkeypatch):
    arrived, begun = threading.Event(), threading.Event()

    class Fetched(Counting):
        name = "fetched"

        def __init__(self, answer="", key=""):
            begun.set()
            assert arrived.wait(60)
            super().__init__(answer, key)

        @classmethod
        def forecast(cls, options, outline):
            return Forecast(download_bytes=10**9)

    monkeypatch.setitem(registry.backends(), "fetched", Fetched)
    manager = RunManager(RunStore(tmp_path), workers=1)
    slow = manager.start(_request(model=ModelSpec("fetched", {"answer": "yes"})))
    assert begun.wait(60)
    try:
        assert over(manager.start(_request())).state == "done"
        assert slow.live
    finally:
        arrived.set()
    assert over(slow).state == "done", slow.error
