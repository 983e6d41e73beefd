"""Runs that wait for a model server: they hold no worker and no model meanwhile, whoever's they are."""

import threading

import pytest

from spex_core.models.base import ModelSpec
from spex_core.runs.manager import RunManager
from spex_core.runs.requests import TextRequest
from spex_core.runs.store.run_store import RunStore
from tests.support.counting_model import TEXT, Counting
from tests.support.endpoint_server import serving
from tests.support.raw_server import saying, whole
from tests.support.waiting import done, over, until


@pytest.fixture(autouse=True)
def model(monkeypatch):
    return Counting.fresh(monkeypatch)


@pytest.fixture
def manager(tmp_path):
    manager = RunManager(RunStore(tmp_path / "home"))
    yield manager
    for run in manager.list():
        run.cancel()
        over(run)


@pytest.fixture
def silent():
    """A server that takes questions, which `asked` counts, and says nothing until `enough` is set."""
    asked, enough = threading.Semaphore(0), threading.Event()

    def say(_):
        asked.release()
        enough.wait(60)
        yield whole(b"{}", "400 Bad Request")  # a refusal, which nobody tries again

    with saying(say) as server:
        server.asked, server.enough = asked, enough
        yield server


def _here(**changes):
    given = {"text": TEXT, "model": ModelSpec("counting", {"answer": "yes"}), "budget": 60, "masking": "removal"}
    return TextRequest(**{**given, "estimator": "banzhaf", **changes})


def _there(url, model="tiny", **changes):
    options = {"url": url, "model": model, "answer": "True", "question": "Is it? Answer"}
    return _here(model=ModelSpec("openai", options), **changes)


def test_a_server_that_does_not_answer_keeps_nobody_elses_run_from_beginning(manager, silent):
    slow = [manager.start(_there(silent.url, f"model {number}"), "ann") for number in range(3)]
    for _ in slow:
        assert silent.asked.acquire(timeout=30)  # each of them waits for an answer, and there are two workers
    assert [run.state for run in slow] == ["running"] * 3
    assert done(manager.start(_here(), "bob")).paid == 60
    assert done(manager.start(_here(seed=1), "ann"))
    with serving() as server:
        assert done(manager.start(_there(server.url), "bob")).paid == 60
    assert all(run.live for run in slow)
    silent.enough.set()
    assert [over(run).state for run in slow] == ["failed"] * 3


def test_one_question_is_paid_once_and_others_at_the_same_server_do_not_wait_for_it(manager):
    with serving() as server:
        server.behaviour.delay = 0.005
        one, same = (manager.start(_there(server.url), person) for person in ("ann", "bob"))
        other = manager.start(_there(server.url, text=TEXT.upper()), "bob")
        for run in (one, same, other):
            done(run)
        assert one.paid + same.paid == 60
        assert other.paid == 60


def test_a_person_cannot_fill_the_line(tmp_path, model):
    manager = RunManager(RunStore(tmp_path), workers=1, most_waiting=4)
    gate = threading.Event()
    model.on_batch = lambda inputs: gate.wait(30)
    runs = [manager.start(_here(seed=0), "ann")]
    until(lambda: runs[0].state == "running")
    runs += [manager.start(_here(seed=seed), "ann") for seed in (1, 2)]
    with pytest.raises(ValueError, match="2 of your runs are waiting already; the places left, 2, are kept for others"):
        manager.start(_here(seed=3), "ann")
    runs.append(manager.start(_here(seed=3), "bob"))
    gate.set()
    for run in runs:
        done(run)
