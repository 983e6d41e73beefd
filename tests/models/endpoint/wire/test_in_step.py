"""Every answer belongs to its question: what comes beside the one expected is never taken for the next one."""

import asyncio
import json
import ssl
import threading

import httpx2
import pytest

from spex_core.errors import EndpointError
from spex_core.models.endpoint.wire.address import Address, Secret
from spex_core.models.endpoint.wire.client import Call, Endpoint, Patience
from spex_core.models.endpoint.wire.transport import Transport
from tests.support.raw_server import saying, whole


def _ask(server, count=1, concurrency=1, retries=1):
    endpoint = Endpoint(Address.read(server.url), Secret(""), concurrency, Patience(5, 20, 30, retries))
    return endpoint.ask([Call("completions", {"n": n}) for n in range(count)], lambda _, answer: answer["n"])


def _answer(n):
    return whole(json.dumps({"n": n}).encode())


def _right(server, number):
    return _answer(json.loads(server.bodies[number])["n"])


@pytest.mark.parametrize(
    "beyond",
    [
        _answer(99),
        _answer(99)[:20],
        b"HTTP/1.1 500 Oh\r\n\r\n",
        b"{}",
        b"HTTP/1.1 103 Early Hints\r\n\r\n" + _answer(99),
    ],
    ids=["another", "half of one", "an error", "no response", "after a hint"],
)
@pytest.mark.parametrize("first", ["right", "wrong"])
def test_two_answers_in_one_packet_close_the_connection_and_the_call_is_made_again(beyond, first):
    there = []

    def say(number):
        yield (
            (_answer(98) if first == "wrong" else _right(there[0], number)) + beyond
            if number == 1
            else _right(there[0], number)
        )

    with saying(say) as server:
        there.append(server)
        assert _ask(server, 4) == [0, 1, 2, 3]
        assert [json.loads(body)["n"] for body in server.bodies] == [0, 1, 1, 2, 3]
        assert server.connections == 2


def test_after_chunks_too():
    there = []

    def say(number):
        body = b'{"n": %d}' % json.loads(there[0].bodies[number])["n"]
        chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
        yield chunked + (_answer(99) if number == 0 else b"")

    with saying(say) as server:
        there.append(server)
        assert _ask(server, 3) == [0, 1, 2]
        assert len(server.bodies) == 4


def test_an_answer_that_nobody_asked_for_closes_the_connection():
    there = []

    def say(number):
        yield _right(there[0], number)
        if number == 0:
            there[0].stopped.wait(0.1)
            yield _answer(99)

    with saying(say) as server:
        there.append(server)
        endpoint = Endpoint(Address.read(server.url), Secret(""), 1, Patience(5, 20, 30, 1))
        for n in range(3):
            found = endpoint.ask([Call("completions", {"n": n})], lambda _, answer: answer["n"])
            assert found == [n]
            there[0].stopped.wait(0.3)
        del endpoint


def test_a_server_that_always_answers_twice_is_an_error():
    with saying(lambda _: [_answer(0) + _answer(1)]) as server:
        with pytest.raises(EndpointError, match="more bytes came than the answer has") as caught:
            _ask(server)
        assert caught.value.reason == "connection"
        assert len(server.bodies) <= 4


@pytest.mark.parametrize(
    "farewell", [b"HTTP/1.1 408 Request Timeout\r\n\r\n", b"\r\n", b"HTTP/1.0 408 Too slow\r\n\r\n"]
)
def test_a_farewell_is_no_answer_and_costs_no_call(farewell):
    there = []
    with saying(lambda number: [_right(there[0], number) + farewell]) as server:
        there.append(server)
        assert _ask(server, 3) == [0, 1, 2]
        assert len(server.bodies) == server.connections == 3


def test_an_answer_that_lies_in_the_socket_before_the_next_question_is_not_its_own():
    """It comes in a packet of its own, while the event loop is busy elsewhere."""
    there, may, is_there = [], threading.Event(), threading.Event()

    def say(number):
        there[0].stopped.wait(0.3 * number)  # so that the two cannot come in one piece
        yield _right(there[0], number)
        if number == 0:
            may.wait(10)
            yield _answer(99)
            is_there.set()

    async def ask():
        transport = Transport(ssl.create_default_context(), 60.0)
        found = []
        for n in range(2):
            request = httpx2.Request("POST", server.url, json={"n": n})
            found.append(json.loads((await transport.handle_async_request(request)).content)["n"])
            may.set()
            assert is_there.wait(10)  # and the loop with it
        await transport.aclose()
        return found

    with saying(say) as server:
        there.append(server)
        assert asyncio.run(ask()) == [0, 1]
        assert server.connections == 2
