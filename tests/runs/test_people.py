"""Two people at once: separate runs, no cross-talk, turns; a full line; cancelling what has not begun."""

import threading
from itertools import pairwise

import numpy as np
import pytest

from spex_core.errors import InputError
from spex_core.models.base import ModelSpec
from spex_core.runs.manager import RunManager
from spex_core.runs.requests import TextRequest
from spex_core.runs.run import Run
from spex_core.runs.store.run_store import RunStore
from tests.support.counting_model import TEXT, Counting
from tests.support.interleaving import Door, Interrupted, meanwhile
from tests.support.waiting import over, until

OTHER = "five " + TEXT.upper() + " two sixteen"


@pytest.fixture(autouse=True)
def model(monkeypatch):
    return Counting.fresh(monkeypatch)


@pytest.fixture
def manager(tmp_path):
    manager = RunManager(RunStore(tmp_path / "shared"))
    yield manager
    for run in manager.list():  # what still runs would ask the next test's model
        run.cancel()
        over(run)


def _request(**changes):
    given = {"text": TEXT, "model": ModelSpec("counting", {"answer": "yes"}), "budget": 200, "masking": "removal"}
    return TextRequest(**{**given, "estimator": "banzhaf", **changes})


def _bits(explanation):
    return [
        explanation.features,
        explanation.source,
        explanation.spectrum.supports,
        explanation.spectrum.coefficients.tobytes(),
        explanation.draws.tobytes(),
        (explanation.output_full, explanation.output_empty, explanation.faithfulness, explanation.evaluations),
        explanation.notes,
    ]


def test_two_people_at_once_get_what_each_would_get_alone(manager, model, tmp_path):
    requests = {
        "ann": [_request(estimator="lime"), _request(text=OTHER, unit="word", masking="unk", seed=3)],
        "bob": [_request(text=OTHER), _request(seed=5, budget=150, model=ModelSpec("counting", {"answer": "no"}))],
    }
    alone = {}
    for person, asked in requests.items():
        for number, request in enumerate(asked):
            run = over(RunManager(RunStore(tmp_path / f"{person}{number}")).start(request))
            alone[person, number] = _bits(run.explanation)
    model.asked.clear()
    model.most_at_once = 0
    model.delay = 0.001
    runs = {
        (person, number): manager.start(request, person)
        for number in range(2)
        for person, request in ((person, asked[number]) for person, asked in requests.items())
    }
    for key, run in runs.items():
        over(run)
        assert run.state == "done", run.error
        assert _bits(run.explanation) == alone[key]
        assert run.person == key[0]
        assert RunManager(manager.store).get(run.id).explanation.to_json() == run.explanation.to_json()
    assert model.most_at_once == 1  # one lock per loaded model
    order = ["ann" if text.islower() else "bob" for text in model.asked if "seven" in text.lower()]
    assert len({run.id for run in runs.values()}) == 4
    changes = sum(one != following for one, following in pairwise(order))
    assert changes > 4  # they took turns batch by batch


def test_models_with_other_weights_do_not_wait_for_each_other(manager, model):
    gate, inside = threading.Event(), []

    def on_batch(inputs):
        inside.append(threading.get_ident())
        gate.wait(30)

    model.on_batch = on_batch
    one = manager.start(_request())
    until(lambda: inside)
    model.weights = "second"
    two = manager.start(_request(model=ModelSpec("counting", {"answer": "yes", "key": "x"})), "bob")
    until(lambda: len(set(inside)) == 2)  # both models are at work
    gate.set()
    for run in (one, two):
        assert over(run).state == "done", run.error
    assert one.paid == two.paid == 200


def test_a_check_waits_for_a_batch_and_not_for_a_run(manager, model):
    done = over(manager.start(_request()))
    model.delay = 0.05
    run = manager.start(_request(text=OTHER, budget=5000))
    until(lambda: run.progress is not None)
    calls = len(model.asked)
    value = manager.models.check(done.explanation, np.ones(14, dtype=bool))
    assert value == done.explanation.output_full
    assert len(model.asked) - calls <= 3 * model.batch + 1
    assert run.live
    run.cancel()
    over(run)


def test_one_persons_ten_runs_do_not_hold_up_another(manager, model):
    model.delay = 0.01
    many = [manager.start(_request(seed=seed, budget=1000), "ann") for seed in range(10)]
    until(lambda: many[0].progress is not None)
    quick = over(manager.start(_request(text=OTHER, budget=60), "bob"))
    assert quick.state == "done", quick.error
    assert sum(run.live for run in many) >= 9
    for run in many:
        run.cancel()
    for run in many:
        over(run)
    states = [run.state for run in many]
    assert set(states) <= {"cancelled"}
    begun = [run for run in many if run.explanation is not None]
    assert 1 <= len(begun) <= 3
    never = many[-1]
    assert never.error == "cancelled before its first pass"
    assert manager.store.record(never.id).state == "cancelled"
    model.delay = 0.0
    assert over(manager.resume(never.id)).state == "done"


def test_a_full_line_is_refused_in_words_and_leaves_no_trace(tmp_path, model):
    manager = RunManager(RunStore(tmp_path), workers=1, most_waiting=2)
    gate = threading.Event()
    model.on_batch = lambda inputs: gate.wait(30)
    runs = [manager.start(_request(seed=0))]
    until(lambda: runs[0].state == "running")
    runs += [manager.start(_request(seed=seed)) for seed in (1, 2)]
    assert manager.resume(runs[0].id) is runs[0]  # it is live, and needs no other place
    with pytest.raises(InputError, match="2 runs are waiting already"):
        manager.start(_request(seed=3))
    assert len(manager.records()) == 3
    assert [record.state for record in manager.records()].count("queued") == 2
    gate.set()
    for run in runs:
        assert over(run).state == "done"


def test_a_run_is_listed_from_its_start_and_as_it_stands(manager, model):
    gate = threading.Event()
    model.on_batch = lambda inputs: gate.wait(30)
    run = manager.start(_request())
    (record,) = manager.records()
    assert (record.id, record.title, record.model, record.budget) == (run.id, TEXT, "counting", 200)
    until(lambda: run.state == "running")
    assert manager.records()[0].state == "running"
    assert manager.store.record(run.id).state == "running"
    manager.store.rename(run.id, "the first")
    gate.set()
    over(run)
    (record,) = manager.records()
    assert (record.state, record.paid, record.evaluations, record.n_features) == ("done", 200, 200, 14)
    assert record.r2 == run.explanation.faithfulness
    assert record.name == run.name == "the first"


def test_memory_is_asked_about_again_when_a_run_leaves_the_line(manager, model, monkeypatch):
    from spex_core.engine import design

    gate = threading.Event()
    model.on_batch = lambda inputs: gate.wait(30)
    first = [manager.start(_request(seed=seed), "ann") for seed in range(2)]
    until(lambda: all(run.state == "running" for run in first))
    waiting = manager.start(_request(seed=2), "ann")
    monkeypatch.setattr(design, "available_bytes", lambda: 1000)
    gate.set()
    assert over(waiting).state == "failed"
    assert "are free; lower the budget" in waiting.error


def test_a_store_that_refuses_the_run_is_one_line(manager, model, monkeypatch):
    from spex_core.errors import StoreError

    def full(*_, **__):
        raise StoreError("could not save the run: database or disk is full")

    monkeypatch.setattr(RunStore, "create", full)
    run = manager.start(_request())
    assert (run.state, run.error) == ("failed", "could not save the run: database or disk is full")
    assert model.asked == []
    assert manager.get(run.id) is run


def test_leases_are_renewed_while_a_run_goes_on(manager, model, monkeypatch):
    from spex_core.runs import ledger
    from spex_core.runs.store.owners import this_process

    renewed = []
    monkeypatch.setattr(ledger, "_BEAT", 0.02)
    monkeypatch.setattr(RunStore, "renew", lambda self, owner: renewed.append(owner))
    gate = threading.Event()
    model.on_batch = lambda inputs: gate.wait(30)
    run = manager.start(_request())
    until(lambda: len(renewed) > 2)
    assert set(renewed) == {this_process()}
    gate.set()
    over(run)


def test_a_run_can_begin_while_leases_are_renewed(manager):
    ledger = manager._ledger
    door = ledger._guard = Door()
    first, late, threads = Run("first", _request()), Run("late", _request()), []
    ledger._mine = Interrupted([first], lambda: threads.append(meanwhile(lambda: ledger.open(late), door)))
    ledger.renew()
    threads[0].join(60)
    assert set(ledger._mine) == {first, late}
