"""The line of runs: bounded, few at once, turns between people."""

import threading

import pytest

from spex_core.errors import InputError
from spex_core.runs.queue import RunQueue
from tests.support.waiting import until


class Work:
    """Works that wait to be let go, and the order in which they began and ended."""

    def __init__(self, queue):
        self.queue = queue
        self.begun, self.ended = [], []
        self.gates = {}

    def add(self, person, name, batches=1):
        self.gates[name] = gate = threading.Semaphore(0)

        def work(ticket):
            self.begun.append(name)
            for _ in range(batches):
                ticket.give_way()
                gate.acquire()
            self.ended.append(name)

        ticket = self.queue.book(person)
        self.queue.open(ticket, work)
        return ticket

    def let(self, name, batches=1):
        self.gates[name].release(batches)


def test_few_work_at_once_and_the_rest_in_order():
    work = Work(RunQueue(workers=2))
    for number in range(5):
        work.add("a", number)
    until(lambda: len(work.begun) == 2)
    for number in range(5):
        work.let(number)
        until(lambda: len(work.ended) == number + 1)  # noqa: B023  # asked at once
    assert work.begun == [0, 1, 2, 3, 4]


def test_the_line_is_bounded_and_says_so():
    work = Work(RunQueue(workers=1, most_waiting=3))
    for number in range(4):
        work.add("a", number)
        until(lambda: work.begun)
    with pytest.raises(InputError, match="3 runs are waiting already"):
        work.queue.book("b")
    for number in range(4):
        work.let(number)
    until(lambda: len(work.ended) == 4)
    work.queue.drop(work.queue.book("b"))


def test_a_run_that_has_not_begun_can_be_taken_out():
    work = Work(RunQueue(workers=1))
    first, second = work.add("a", "first"), work.add("a", "second")
    work.add("a", "third")
    until(lambda: work.begun)
    assert not work.queue.drop(first)
    assert work.queue.drop(second)
    assert not work.queue.drop(second)
    work.let("first")
    work.let("third")
    until(lambda: work.ended == ["first", "third"])


def test_ten_runs_of_one_person_do_not_hold_up_another():
    work = Work(RunQueue(workers=2))
    for number in range(10):
        work.add("a", number, batches=1000)
    until(lambda: len(work.begun) == 2)
    work.add("b", "b", batches=3)
    for number in (0, 1):  # one batch later, one of the first two has given its place up
        work.let(number)
    until(lambda: "b" in work.begun)
    assert len(work.begun) == 3
    work.let("b", 3)
    until(lambda: "b" in work.ended)  # while no run of the other is over
    for number in range(10):
        work.let(number, 1000)
    until(lambda: len(work.ended) == 11)


def test_with_one_worker_people_take_turns_batch_by_batch():
    queue, order = RunQueue(workers=1), []
    both = threading.Event()

    def work(ticket):
        both.wait(20)
        for _ in range(20):
            ticket.give_way()
            order.append(ticket.person)

    for person in "abc":
        queue.open(queue.book(person), work)
    both.set()
    until(lambda: len(order) == 60)
    middle = order[6:-6]
    assert all(set(middle[k : k + 3]) == set("abc") for k in range(len(middle) - 2))


def test_work_that_fails_gives_its_place_back(monkeypatch):
    monkeypatch.setattr(threading, "excepthook", lambda _: None)
    queue, done = RunQueue(workers=1), []

    def fails(ticket):
        raise ValueError("expected")

    queue.open(queue.book("a"), fails)
    queue.open(queue.book("a"), lambda ticket: done.append(True))
    until(lambda: done)
    until(lambda: not queue._working)
    assert not queue._lines
    assert not queue._served
