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


def _take_all(queue, person):
    """Every place that this person can have."""
    taken = []
    try:
        while True:
            taken.append(queue.book(person))
    except InputError as error:
        return taken, str(error)


def test_one_person_never_takes_the_last_places_of_a_shared_line():
    queue = RunQueue(workers=1, most_waiting=50, share=True)
    taken, refused = zip(*(_take_all(queue, person) for person in "abcde"), strict=True)
    assert [len(places) for places in taken] == [25, 13, 6, 3, 2]
    assert refused[0].startswith("25 of your runs are waiting already; the places left, 25, are kept for others")
    queue.drop(queue.book("f"))
    queue.drop(taken[0][0])
    with pytest.raises(InputError, match="24 of your runs"):
        queue.book("a")


def test_runs_of_nobody_in_particular_are_bounded_by_the_line_alone():
    taken, refused = _take_all(RunQueue(workers=1, most_waiting=5, share=True), "")
    assert len(taken) == 5
    assert refused.startswith("5 runs are waiting already")


class Server:
    """Runs that wait for it until they are let go."""

    def __init__(self, queue):
        self.queue = queue
        self.waiting, self.ended = [], []
        self.gate = threading.Event()

    def add(self, person, name, calls=1):
        def work(ticket):
            for _ in range(calls):
                with ticket.away():
                    self.waiting.append(name)
                    self.gate.wait(30)
            self.ended.append(name)

        self.queue.open(self.queue.book(person, remote=True), work)


def test_who_waits_for_a_server_keeps_nobody_from_work():
    queue = RunQueue(workers=2)
    server, work = Server(queue), Work(queue)
    for name in "xyz":
        server.add("a", name)
    until(lambda: len(server.waiting) == 3)  # more than there are workers
    work.add("b", "b1")
    work.add("a", "a1")
    until(lambda: len(work.begun) == 2)
    server.gate.set()
    work.let("b1")
    until(lambda: len(server.ended) == 3)  # in the one place that is free
    work.let("a1")
    until(lambda: len(work.ended) == 2)
    until(lambda: not queue._lines)
    assert not queue._working
    assert not queue._remote
    assert not queue._served


def test_what_comes_back_goes_before_the_same_persons_longer_work():
    queue = RunQueue(workers=1)
    server, work = Server(queue), Work(queue)
    server.add("a", "x")
    until(lambda: server.waiting)
    work.add("a", "long", batches=3)
    until(lambda: work.begun)
    server.gate.set()
    until(lambda: queue._lines.get("a") or server.ended)  # it may come back before the other's first batch
    work.let("long")  # it gives way after a batch
    until(lambda: server.ended)
    assert not work.ended
    work.let("long", 2)
    until(lambda: work.ended)


def test_how_many_wait_for_servers_at_once_is_bounded_for_each_person_and_for_all():
    queue = RunQueue(workers=2, most_away=5, most_away_each=3)
    server, work = Server(queue), Work(queue)
    for number in range(6):
        server.add("a", f"a{number}")
    until(lambda: len(server.waiting) == 3)
    work.add("a", "here")  # those that wait before it in the line do not hold it up
    until(lambda: work.begun)
    for number in range(3):
        server.add("b", f"b{number}")
    until(lambda: len(server.waiting) == 5)
    work.add("c", "there")
    until(lambda: len(work.begun) == 2)
    assert sorted(server.waiting) == ["a0", "a1", "a2", "b0", "b1"]
    for name in ("here", "there"):
        work.let(name)
    server.gate.set()
    until(lambda: len(server.ended) == 9)
    until(lambda: not queue._remote)


def test_work_that_fails_at_a_server_gives_everything_back(monkeypatch):
    monkeypatch.setattr(threading, "excepthook", lambda _: None)
    queue, done = RunQueue(workers=1, most_away=1), []

    def fails(ticket):
        with ticket.away():
            raise ValueError("expected")

    queue.open(queue.book("a", remote=True), fails)
    queue.open(queue.book("a", remote=True), lambda ticket: done.append(True))
    until(lambda: done)
    until(lambda: not queue._remote)
    assert not queue._working


def test_whoever_has_nothing_to_do_leaves_the_place_to_others_and_waits_for_one_again():
    queue, order = RunQueue(workers=1, most_waiting=2), []
    news, go = threading.Event(), threading.Event()

    def watch(ticket):
        with ticket.away(lambda: False):
            order.append("aside")
            assert news.wait(20)
        order.append("back")

    def work(ticket):
        order.append("begun")
        assert go.wait(20)
        order.append("ended")

    queue.open(queue.book("a"), watch)
    queue.open(queue.book("a"), work)
    until(lambda: "begun" in order)
    last = queue.book("b")
    with pytest.raises(InputError, match="2 runs"):  # who stands aside counts as waiting
        queue.book("b")
    queue.drop(last)
    news.set()
    until(lambda: queue._lines["a"])
    assert "back" not in order
    go.set()
    until(lambda: "back" in order)
    assert sorted(order[:2]) == ["aside", "begun"]
    assert order[2:] == ["ended", "back"]


def test_whoever_is_to_end_does_not_wait_for_a_place_again():
    queue, order = RunQueue(workers=1), []
    go = threading.Event()

    def watch(ticket):
        with ticket.away(lambda: True):
            until(lambda: order)
        order.append("back")

    def work(ticket):
        order.append("begun")
        assert go.wait(20)

    queue.open(queue.book("a"), watch)
    queue.open(queue.book("b"), work)
    until(lambda: order == ["begun", "back"])
    go.set()
    until(lambda: not queue._working)
