"""The fair lock: one at a time, in the order of arrival."""

import threading
from itertools import pairwise

import pytest

from spex_core.runs.fair_lock import FairLock
from tests.support.waiting import until


def _waiting(lock, count):
    until(lambda: len(lock._line) >= count)


def test_whoever_came_first_is_served_first():
    lock, order = FairLock(), []

    def wait(number):
        with lock:
            order.append(number)

    with lock:
        threads = []
        for number in range(8):
            threads.append(threading.Thread(target=wait, args=(number,)))
            threads[-1].start()
            _waiting(lock, number + 1)
    for thread in threads:
        thread.join(20)
    assert order == list(range(8))


def test_those_who_take_it_again_and_again_take_turns():
    lock, order, ready = FairLock(), [], threading.Barrier(2)

    def work(name):
        ready.wait(20)
        for _ in range(50):
            with lock:
                order.append(name)
                _waiting(lock, 1) if 10 < len(order) < 80 else None

    threads = [threading.Thread(target=work, args=(name,)) for name in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    middle = order[12:78]
    assert all(one != next_one for one, next_one in pairwise(middle))


def test_it_is_free_again_after_an_error():
    lock = FairLock()
    with pytest.raises(ValueError, match="inside"), lock:
        raise ValueError("inside")
    with lock:
        pass
