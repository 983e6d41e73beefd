"""Killed at any moment, a run at a paid server asks again at most what was in flight; told to stop, it says so at once.

Real processes and a real server on loopback, which counts. `benchmarks/kills.py` does the same fifty times.
"""

import os
import random

import pytest

from spex_core.runs.store.run_store import RunStore
from tests.support.endpoint_server import serving
from tests.support.kill_child import request_of
from tests.support.kills import Till, killed, nursery, run_in

TEXT = " ".join(f"word{k}" for k in range(24))
AT_ONCE = 8
RUN = {"text": TEXT, "budget": 160, "concurrency": AT_ONCE}

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not hasattr(os, "fork"), reason="children are forked")]


@pytest.fixture(scope="module")
def children():
    with nursery() as warm:
        yield warm


@pytest.fixture
def server():
    with serving() as running:
        running.behaviour.delay = 0.03
        yield running


def _state(folder):
    store = RunStore(folder)
    (record,) = store.list()
    store.close()
    return record


@pytest.mark.parametrize("options", [{}, {"mode": "echo", "against": "False"}], ids=["chat", "echo, two answers"])
def test_kills_at_random_moments_cost_what_was_in_flight(server, children, tmp_path, options):
    request = {**RUN, "url": server.url, **options}
    till = Till(server)
    kills = killed(server, children, tmp_path, request, ["KILL", "TERM", "KILL"], random.Random(1))
    assert max(kill.again for kill in kills) <= AT_ONCE, kills
    each = 2 if options else 1
    assert len(till.bodies()) == 160 * each + sum(kill.again for kill in kills)
    record = _state(tmp_path)
    assert (record.state, record.evaluations) == ("done", 160)


def test_repeated_kills_in_the_first_batch_get_on(server, children, tmp_path):
    """Each life sees its calls answered for the first time only, and each brings the run forward."""
    till = Till(server)
    for life in range(4):
        child = children.start(tmp_path, {**RUN, "url": server.url}, run_in(tmp_path))
        till.wait((life + 1) * 2 * AT_ONCE, child.ended)
        child.kill("KILL")
    bodies = till.bodies()
    assert len(bodies) - len(set(bodies)) <= 3 * AT_ONCE
    assert len(set(bodies)) >= 4 * AT_ONCE


@pytest.mark.parametrize("how", ["TERM", "INT"])
def test_a_stop_loses_nothing_and_the_run_is_interrupted_at_once(server, children, tmp_path, how):
    request = {**RUN, "url": server.url}
    kills = killed(server, children, tmp_path, request, [how], random.Random(2))
    assert [kill.again for kill in kills] == [0]  # what was in flight was waited for


def test_after_a_stop_the_lease_is_free_before_anybody_looks_for_the_process(server, children, tmp_path):
    till = Till(server)
    child = children.start(tmp_path, {**RUN, "url": server.url}, "")
    till.wait(20, child.ended)
    child.kill("TERM")
    record = _state(tmp_path)  # of a store that knows nothing of processes
    assert record.state == "interrupted"
    store = RunStore(tmp_path)
    assert store.claim(record.id, "somebody on another machine")
    assert record.paid >= 20 - AT_ONCE
    store.close()


def test_the_request_of_the_children_is_one_that_people_make():
    assert request_of("http://127.0.0.1:1/v1", "a b", 10, 8).model.options["concurrency"] == "8"
