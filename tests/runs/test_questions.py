"""One question, several processes: who asks, who watches, who is next. Processes are named, and share one of ours."""

import random
import threading
import time
from contextlib import ExitStack, suppress

import numpy as np
import pytest

from spex_core.arrays import Samples
from spex_core.engine.settings import StoppedError
from spex_core.errors import StoreError
from spex_core.runs import questions
from spex_core.runs.questions import Questions, Watcher
from spex_core.runs.store import leases
from spex_core.runs.store.database import Database
from spex_core.runs.store.leases import Seen
from spex_core.runs.store.run_store import RunStore
from tests.support.interleaving import Door, meanwhile
from tests.support.waiting import until

KEY, N = "ab12", 16


def _passes(*numbers):
    positions = np.array(numbers)
    return Samples((positions[:, None] >> np.arange(N)) % 2 == 1, positions / 3)


class Program:
    """A process with one run that asks the question."""

    def __init__(self, place, name, key=KEY):
        self.store = RunStore(place)
        self.questions = Questions(self.store, lambda: name)
        self.done, self.told, self.stop = 0, [], threading.Event()
        self.open = ExitStack()
        self.watcher = Watcher(stopping=self.stop.is_set, done=lambda: self.done, told=self.told.append)
        self.asker = self.open.enter_context(self.questions.asking(key, N, self.watcher))

    def pay(self, *numbers):
        """Make passes, inside a turn."""
        self.store.append(KEY, _passes(*numbers))
        self.asker.tell(_passes(*numbers))
        self.asker.known.add(_passes(*numbers))

    def knows(self):
        return len(self.asker.known)

    def close(self):
        self.open.close()
        self.store.close()


@pytest.fixture
def program(place):
    with ExitStack() as all_of_them:

        def begin(name):
            one = Program(place, name)
            all_of_them.callback(one.close)
            return one

        yield begin


@pytest.fixture
def quick(monkeypatch):
    for name in ("LOOK", "PATIENCE", "_NOTICE"):
        monkeypatch.setattr(questions, name, 0.0)


def test_one_asks_and_the_other_takes_over_what_it_pays_for(program, quick):
    one, other = program("a"), program("b")
    with one.asker as mine:
        assert mine
        one.pay(1, 2)
        with other.asker as turn:
            assert not turn
            assert other.knows() == 2
    assert other.told == [True]
    one.close()
    with other.asker as turn:
        assert turn
    assert other.told == [True, False]


def test_a_run_that_comes_later_knows_what_was_paid_for(program):
    one = program("a")
    with one.asker:
        one.pay(1, 2, 3)
    assert program("b").knows() == 3


def test_the_turn_is_kept_from_batch_to_batch_and_costs_no_transaction(program, monkeypatch):
    one = program("a")
    with one.asker:
        pass

    def refuse(*_, **__):
        raise AssertionError("the store was asked")

    monkeypatch.setattr(Database, "transaction", refuse)
    for _ in range(100):
        with one.asker as mine:
            assert mine
    monkeypatch.undo()


def test_whoever_is_not_served_is_next_after_the_batch(program, quick):
    one, other = program("a"), program("b")
    order = []

    def wait():
        with other.asker as turn:
            order.append(turn)
            assert not one.asker._inside

    with one.asker:
        waiting = threading.Thread(target=wait)
        waiting.start()
        until(lambda: one.store.leases.heir(1, "a") == "b")
        assert not order
    waiting.join(20)
    assert order == [True]
    one.done = 0
    with other.asker as turn:  # it keeps it, as nobody waits
        assert turn


def test_whoever_is_served_waits_on(program, monkeypatch):
    monkeypatch.setattr(questions, "LOOK", 0.0)
    monkeypatch.setattr(questions, "PATIENCE", 1000.0)
    one, other = program("a"), program("b")
    with one.asker:
        for number in range(5):
            one.pay(number)
            with other.asker as turn:
                other.done += not turn
    assert other.done == 5
    assert one.store.leases.heir(1, "a") == ""


def test_a_cancelled_run_stops_watching_at_once(program):
    one, other = program("a"), program("b")
    threading.Timer(0.05, other.stop.set).start()
    with one.asker:
        with pytest.raises(StoppedError), other.asker:
            raise AssertionError("it is not its turn")
        begun = time.monotonic()
        with pytest.raises(StoppedError), other.asker:
            raise AssertionError("it is not its turn")
        assert time.monotonic() - begun < 20  # and not when the other is over


def test_one_whose_process_is_gone_makes_room_at_once(program, quick, monkeypatch):
    one, other = program("a"), program("b")
    with one.asker:
        one.pay(1)
        gone = []
        monkeypatch.setattr(leases, "is_gone", lambda owner: owner in gone)
        with other.asker as turn:
            assert not turn
        gone.append("a")
        with other.asker as turn:
            assert turn
            assert other.knows() == 1


def test_a_holder_that_does_nothing_hands_over_at_the_next_beat(program, quick):
    one, other = program("a"), program("b")
    with one.asker:
        pass
    one.store.leases.want(1, "b")
    one.questions.renew()
    assert other.store.leases.look(1, N, Seen()).holder == "b"
    with other.asker as turn:
        assert turn
    one.questions.renew()  # what it does not have it does not keep
    assert other.store.leases.heir(1, "b") == ""


def test_nothing_is_handed_over_in_the_middle_of_a_batch(program, quick):
    one = program("a")
    with one.questions.asking(KEY, N, one.watcher) as second, one.asker:
        with second:
            one.store.leases.want(1, "b")
        one.questions.renew()
        assert one.store.leases.look(1, N, Seen()).holder == "a"
        one.stop.set()  # it does not wait
        with pytest.raises(StoppedError), second:
            raise AssertionError("somebody else is next")
    assert one.store.leases.look(1, N, Seen()).holder == "b"


def test_a_lease_that_was_lost_is_noticed_and_taken_again_only_when_free(program, quick):
    """The process was stopped for longer than its lease, say."""
    one, other = program("a"), program("b")
    with one.asker:
        pass
    one.store.leases.release(1, "a")
    with other.asker:
        other.pay(5)
        one.questions.renew()
        with one.asker as turn:
            assert not turn
            assert one.knows() == 1


def test_a_store_that_refuses_is_said_where_a_turn_is_taken_not_after_a_batch_is_paid(program, quick, monkeypatch):
    one = program("a")
    with one.asker:
        one.pay(1)

        def refuse(*_, **__):
            raise StoreError("the disk is full")

        monkeypatch.setattr(Database, "transaction", refuse)
    one.asker._question._until = 0.0
    with pytest.raises(StoreError, match="full"), one.asker:
        pass
    monkeypatch.undo()


def test_runs_of_one_process_share_its_turn(program):
    one = program("a")
    with one.questions.asking(KEY, N, one.watcher) as second:
        with one.asker as mine, second as too:
            assert mine
            assert too
            one.pay(7)
            assert len(second.known) == 1
        one.asker.leave()
        assert one.store.leases.heir(1, "a") == ""  # the second still asks
    assert one.store.leases.heir(1, "a") is None


def test_a_run_that_begins_while_the_last_one_leaves_has_the_turn_for_sure(program):
    """Whatever is first: what this process believes is what the store says."""
    one = program("a")
    with one.asker:
        pass
    with one.questions.asking(KEY, N, one.watcher) as second:
        question = one.asker._question
        door = question._guard = Door()
        release = question._leases.release
        turns, left = [], threading.Event()

        def enter():
            with second as turn:
                assert left.wait(20)
                turns.append((turn, one.store.leases.heir(1, "a")))

        def released(*given):
            threads.append(meanwhile(enter, door))
            release(*given)

        threads = []
        question._listening = [one.asker.known]  # as if the second were about to listen
        question._leases.release = released
        one.asker.leave()
        left.set()
        threads[0].join(20)
        assert turns == [(True, "")]
        question._leases.release = release


@pytest.mark.parametrize("seed", range(6))
def test_in_any_order_no_two_ask_at_once_and_whoever_asks_knows_everything(place, quick, monkeypatch, seed):
    draw = random.Random(seed)
    gone = set()
    monkeypatch.setattr(leases, "is_gone", gone.__contains__)
    monkeypatch.setattr(time, "sleep", lambda _: None)
    names = iter(f"p{number}" for number in range(100))
    programs = [Program(place, next(names)) for _ in range(3)]
    ended, inside, paid, turns = [], None, 0, 0
    for _ in range(120):
        one = draw.choice(programs)
        what = draw.choice(("enter", "enter", "enter", "exit", "want", "beat", "leave", "kill"))
        if what == "enter" and inside is None:
            one.stop.set()  # it looks once
            try:
                turn = one.asker.__enter__()
            except StoppedError:
                turn = False
            if turn:
                assert one.knows() == paid
                inside, turns = one, turns + 1
        elif what == "enter" and one is not inside:
            one.stop.set()
            with suppress(StoppedError):
                assert not one.asker.__enter__()
        elif what == "exit" and inside is not None:
            inside.pay(paid)
            paid += 1
            inside.asker.__exit__(None, None, None)
            inside = None
        elif what == "want" and one is not inside:
            one.asker._question.want()
        elif what == "beat":
            one.questions.renew()
        elif what in ("leave", "kill") and draw.random() < 0.2 and (what == "kill" or one is not inside):
            if what == "leave":
                one.close()
            else:
                gone.add(one.questions._owner())
                ended.append(one)
                inside = None if one is inside else inside
            programs[programs.index(one)] = Program(place, next(names))
    assert turns > 5
    assert paid > 3
    for one in (*programs, *ended):
        one.close()
