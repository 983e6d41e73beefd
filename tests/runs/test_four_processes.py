"""Several processes ask one question at once: no mask is paid for twice, whoever pays, and whoever is killed."""

import os
import signal
from collections import Counter
from dataclasses import replace
from itertools import pairwise

import pytest

from spex_core.engine.design import plan_run
from spex_core.fourier.masks import row_keys
from spex_core.models import registry
from spex_core.models.base import ModelSpec
from spex_core.runs import questions
from spex_core.runs.alone import explain_alone
from spex_core.runs.manager import RunManager
from spex_core.runs.requests import TextRequest
from spex_core.runs.store.run_store import RunStore
from tests.support.counting_model import Counting
from tests.support.crash_child import warm
from tests.support.store_faults import Child
from tests.support.waiting import over, until

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="children are forked")

N = 20
TEXT = " ".join(f"w{k}" for k in range(N))
MODEL = ModelSpec("counting", {"answer": "yes"})
REQUEST = TextRequest(text=TEXT, model=MODEL, budget=500, masking="removal", estimator="banzhaf")


class Bill:
    """What a server would have counted: who asked for what, in order; a batch is written before it is answered."""

    def __init__(self, folder):
        self.path = folder / "bill"
        self.path.touch()

    def add(self, texts):
        handle = os.open(self.path, os.O_WRONLY | os.O_APPEND)
        os.write(handle, "".join(f"{os.getpid()} {' '.join(text.split())}\n" for text in texts).encode())
        os.close(handle)

    def lines(self):
        return [line.split(" ", 1) for line in self.path.read_text().splitlines()]

    def asked(self):
        return Counter(text for _, text in self.lines())

    def payers(self):
        return [int(process) for process, _ in self.lines()]


@pytest.fixture(scope="module", autouse=True)
def _warm():
    warm()


@pytest.fixture
def bill(tmp_path):
    return Bill(tmp_path)


def _process(place, bill, request, delay=0.004):
    """A program that makes one run, and tells how it ended and how much of it was its own."""

    def work(acknowledge):
        registry.backends()["counting"] = Counting
        Counting.on_batch, Counting.delay = bill.add, delay
        manager = RunManager(RunStore(place))
        run = over(manager.start(request))
        found = run.explanation
        acknowledge(f"{run.state} {run.paid} {found.evaluations} {found.faithfulness!r}")
        manager.store.close()

    return Child(work)


def _alone(place, bill, request, delay=0.004):
    """The same run on the command line."""

    def work(acknowledge):
        Counting.on_batch, Counting.delay = bill.add, delay
        said = []
        found = explain_alone(
            request, Counting(**request.model.options), RunStore(place), said.append, lambda _: None, lambda: False
        )
        acknowledge(f"done {len(said)} {found.evaluations} {found.faithfulness!r}")

    return Child(work)


def _ends(processes):
    return [line.split() for lines, _ in (process.end() for process in processes) for line in lines]


def test_four_at_once_pay_once(place, bill):
    ends = _ends([_process(place, bill, REQUEST) for _ in range(4)])
    assert [(state, evaluations) for state, _, evaluations, _ in ends] == [("done", "500")] * 4
    assert sum(int(paid) for _, paid, *_ in ends) == len(bill.lines()) == 500
    assert len({quality for *_, quality, _ in ends}) == 1


def test_the_command_line_and_the_app_pay_once(place, bill):
    ends = _ends([_alone(place, bill, REQUEST), _process(place, bill, REQUEST), _alone(place, bill, REQUEST)])
    assert [(state, evaluations) for state, _, evaluations, _ in ends] == [("done", "500")] * 3
    assert len(bill.lines()) == 500
    assert len({quality for *_, quality, _ in ends}) == 1


def test_when_the_one_that_pays_is_killed_another_goes_on(place, bill):
    processes = [_process(place, bill, REQUEST, delay=0.01) for _ in range(4)]
    until(lambda: len(bill.lines()) >= 100)
    os.kill(bill.payers()[-1], signal.SIGKILL)
    ends = _ends(processes)
    assert [(state, evaluations) for state, _, evaluations, _ in ends] == [("done", "500")] * 3
    again = [text for text, times in bill.asked().items() if times > 1]
    assert len(again) <= Counting.batch  # what was in flight
    assert len(bill.lines()) == 500 + len(again)
    assert len(set(bill.payers())) >= 2


def test_a_larger_budget_pays_for_the_difference(place, bill):
    ends = _ends([_process(place, bill, replace(REQUEST, budget=budget)) for budget in (100, 200, 300, 300)])
    assert sorted(int(evaluations) for _, _, evaluations, _ in ends) == [100, 200, 300, 300]
    assert set(bill.asked().values()) == {1}
    assert len(bill.lines()) == 300


def test_other_masks_of_the_question_take_turns(place, bill, monkeypatch):
    monkeypatch.setattr(questions, "PATIENCE", 0.1)
    monkeypatch.setattr(questions, "LOOK", 0.02)
    monkeypatch.setattr(questions, "_NOTICE", 0.02)
    requests = [replace(REQUEST, budget=300, seed=seed) for seed in (0, 1)]
    ends = _ends([_process(place, bill, request, delay=0.03) for request in requests])
    assert [state for state, *_ in ends] == ["done"] * 2
    masks = [set(row_keys(plan_run(N, 300, "banzhaf", 5, seed).masks)) for seed in (0, 1)]
    assert set(bill.asked().values()) == {1}
    assert len(bill.lines()) == len(masks[0] | masks[1]) > 400
    payers = bill.payers()
    assert sum(one != other for one, other in pairwise(payers)) >= 3
