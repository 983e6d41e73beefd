"""Faults of a server: which are tried again, for how long, and what is kept and said when it is given up."""

import time

import pytest

from spex_core.errors import EndpointError
from spex_core.models.endpoint.wire.client import Patience
from tests.support.endpoint_calls import calls, endpoint_of, fails, read
from tests.support.endpoint_server import serving


@pytest.fixture
def server():
    with serving() as running:
        yield running


@pytest.mark.parametrize("fault", ["500", "503", "cut", "not json", "html", "array"])
def test_what_may_pass_is_tried_again(server, fault):
    server.behaviour.faults = [fault]
    assert endpoint_of(server).ask(calls(), read)[0][0] == 0
    assert len(server.seen) == 2


def test_retry_after_is_honoured(server):
    server.behaviour.faults = ["429 1"]
    endpoint_of(server).ask(calls(), read)
    first, second = (seen.time for seen in server.seen)
    assert second - first >= 1.0


@pytest.mark.parametrize(
    ("fault", "reason", "tries"),
    [
        ("401", "authentication", 1),
        ("403", "authentication", 1),
        ("404", "refused", 1),
        ("422", "refused", 1),
        ("429", "rate limit", 3),
        ("500", "server", 3),
        ("cut", "connection", 3),
        ("not json", "malformed", 2),
        ("html", "malformed", 2),
        ("array", "malformed", 2),
    ],
)
def test_each_lasting_fault_has_its_own_reason(server, fault, reason, tries):
    server.behaviour.always = fault
    error = fails(endpoint_of(server))
    assert error.reason == reason
    assert len(server.seen) == tries
    assert "127.0.0.1" in str(error) or reason == "malformed"
    if fault.isdigit():
        assert fault in str(error)
        assert error.said == "trouble Bearer [key]"


def test_a_long_retry_after_is_not_waited_for(server):
    server.behaviour.always = "429 3600"
    began = time.monotonic()
    assert fails(endpoint_of(server)).reason == "rate limit"
    assert time.monotonic() - began < 5


def test_silence_ends_at_its_limit(server):
    server.behaviour.always = "hang"
    began = time.monotonic()
    assert fails(endpoint_of(server, Patience(silence=0.3, call=5, batch=5, retries=1))).reason == "timeout"
    assert time.monotonic() - began < 4
    assert len(server.seen) == 2


def test_a_drip_of_bytes_ends_at_the_call_limit(server):
    server.behaviour.always = "drip"
    began = time.monotonic()
    assert fails(endpoint_of(server, Patience(silence=5, call=0.6, batch=5, retries=3))).reason == "timeout"
    assert time.monotonic() - began < 3


def test_a_slow_server_ends_at_the_batch_limit_and_keeps_what_came(server):
    server.behaviour.delay = 0.2
    kept = []
    endpoint = endpoint_of(server, Patience(silence=5, call=5, batch=1.5, retries=0), concurrency=1)
    with pytest.raises(EndpointError, match="of 20 calls were not answered") as caught:
        endpoint.ask(calls(20), read, lambda position, value: kept.append(position))
    assert caught.value.reason == "timeout"
    assert kept == list(range(len(kept)))
    assert 1 <= len(kept) < 9


def test_a_failure_cancels_the_rest_and_keeps_what_came(server):
    server.behaviour.faults = ["", "", "401"]
    server.behaviour.delay = 0.05
    kept = []
    with pytest.raises(EndpointError):
        endpoint_of(server, concurrency=1).ask(calls(50), read, lambda position, value: kept.append(position))
    assert kept == [0, 1]
    assert len(server.seen) <= 4


def test_nobody_listening_is_a_connection_error():
    with serving() as server:
        endpoint = endpoint_of(server)
    error = fails(endpoint)
    assert error.reason == "connection"
    assert "cannot be reached" in str(error)


def test_a_redirect_is_not_followed(server):
    with serving() as elsewhere:
        server.behaviour.always = "redirect"
        server.behaviour.elsewhere = elsewhere.url
        assert fails(endpoint_of(server)).reason == "redirect"
        assert elsewhere.seen == []
    assert len(server.seen) == 1
