"""Answers are handed on as they come: what is paid for and not kept is never more than the calls that may be open."""

import threading
from contextlib import closing

import numpy as np
import pytest

from spex_core.errors import EndpointError
from spex_core.fourier.masks import draw_distinct
from spex_core.inputs.maskers.text import TextMasker
from spex_core.models.registry import load_backend
from tests.support.endpoint_calls import calls, endpoint_of, read
from tests.support.endpoint_server import serving
from tests.support.waiting import until

TEXT = "not a bad film but I cried"


@pytest.fixture
def server():
    with serving() as running:
        yield running


def _backend(server, **options):
    options = {"mode": "chat", "answer": "True", "concurrency": "3", **options}
    return load_backend("openai", url=server.url, model="tiny", question="True or False?", **options).settle(TEXT)


def _masks(count=20):
    return draw_distinct(7, count, np.random.default_rng(0))


def _keep(kept, pieces):
    for rows, _ in pieces:
        kept += rows.tolist()


def test_no_call_begins_before_an_answer_is_kept(server):
    """With three at once, three are answered and wait; each that is kept lets one more begin."""
    endpoint = endpoint_of(server, concurrency=3)
    with closing(endpoint.stream(calls(20), read)) as groups:
        kept = 0
        for group in groups:
            until(lambda: server.open == 0)  # all that have begun are answered
            assert len(server.seen) <= kept + 3
            kept += len(group)
    assert kept == len(server.seen) == 20


@pytest.mark.parametrize("concurrency", ["1", "2", "3", "5"])
@pytest.mark.parametrize("against", ["", "False"])
def test_of_passes_of_two_calls_no_more_calls_are_at_risk_either(server, concurrency, against):
    backend = _backend(server, mode="echo", against=against, concurrency=concurrency)
    each = 2 if against else 1
    server.seen.clear()
    function, kept = backend.value_function(TextMasker(TEXT)), 0
    with closing(function.pieces(_masks(), lambda: False)) as pieces:
        for rows, values in pieces:
            until(lambda: server.open == 0)
            assert len(server.seen) <= each * kept + max(int(concurrency), each)
            assert np.isfinite(values).all()
            kept += len(rows)
    assert kept == 20
    assert len(server.seen) == 20 * each


@pytest.mark.parametrize("scale", ["log", "probability"])
@pytest.mark.parametrize("against", ["", "False"])
def test_values_are_bit_for_bit_those_of_score(server, scale, against):
    backend = _backend(server, scale=scale, against=against)
    masker, masks = TextMasker(TEXT), _masks(24)
    values = np.zeros(len(masks))
    for rows, found in backend.value_function(masker).pieces(masks, lambda: False):
        values[rows] = found
    assert values.tobytes() == backend.score(masker.apply(masks)).tobytes()
    assert values.tobytes() == backend.value_function(masker)(masks).tobytes()


def test_once_stopped_no_call_begins_and_the_open_ones_are_handed_on(server):
    backend = _backend(server, concurrency="4")
    server.seen.clear()
    server.behaviour.delay = 0.02
    kept = []
    function = backend.value_function(TextMasker(TEXT))
    _keep(kept, function.pieces(_masks(), lambda: len(kept) >= 5))
    assert 5 <= len(kept) == len(server.seen) <= 5 + 2 * 4


@pytest.mark.parametrize("against", ["", "False"])
def test_a_stop_while_half_a_pass_is_there_ends(server, against):
    backend = _backend(server, mode="echo", against=against, concurrency="3")
    kept = []
    _keep(kept, backend.value_function(TextMasker(TEXT)).pieces(_masks(), lambda: True))
    assert len(kept) <= 3


def test_a_call_that_fails_costs_itself(server):
    """The others that are open when it fails are waited for, kept, and none begins."""
    endpoint = endpoint_of(server, concurrency=4)
    server.behaviour.faults = ["", "401", "", ""]
    server.behaviour.delay = 0.1
    kept = []
    with pytest.raises(EndpointError):
        endpoint.ask(calls(20), read, lambda position, value: kept.append(position))
    assert len(kept) == len(server.seen) - 1
    assert len(server.seen) <= 7  # three may have begun when the first were answered


def test_half_a_pass_that_came_before_a_failure_is_not_asked_again(server):
    backend = _backend(server, mode="echo", against="False", concurrency="2")
    server.seen.clear()
    server.behaviour.faults = ["", "", "", "401"]
    function, masks, kept = backend.value_function(TextMasker(TEXT)), _masks(), []
    with pytest.raises(EndpointError):
        _keep(kept, function.pieces(masks, lambda: False))
    left = np.delete(masks, kept, axis=0)
    bodies = [str(seen.body) for seen in server.seen]
    server.seen.clear()
    function(left)
    again = [str(seen.body) for seen in server.seen]
    assert len(set(again) & set(bodies)) == 1  # the one that was refused


def test_leaving_early_ends_the_calls(server):
    server.behaviour.delay = 0.02
    endpoint = endpoint_of(server, concurrency=2)
    with closing(endpoint.stream(calls(50), read)) as groups:
        next(groups)
    until(lambda: server.open == 0)
    count = len(server.seen)
    assert count <= 6
    assert len(endpoint.ask(calls(3), read)) == 3
    assert len(server.seen) == count + 3


def test_two_threads_at_one_server_do_not_wait_for_each_others_halves(server):
    backend = _backend(server, mode="echo", against="False", concurrency="2")
    found, masks = [], _masks(12)
    halves = np.array_split(masks, 2)
    threads = [
        threading.Thread(target=lambda part=part: found.append(backend.value_function(TextMasker(TEXT))(part)))
        for part in halves
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive()
    assert sum(map(len, found)) == 12
