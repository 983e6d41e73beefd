"""No reply takes memory or time beyond stated bounds: each is refused in one sentence with address and limit."""

import gzip
import time
import zlib
from functools import cache

import pytest

from spex_core.errors import EndpointError
from spex_core.models.endpoint.wire import replies
from spex_core.models.endpoint.wire.address import Address, Secret
from spex_core.models.endpoint.wire.client import Call, Endpoint, Patience
from tests.support.raw_server import saying, whole

resource = pytest.importorskip("resource")  # memory is measured by it
CALL = Call("chat/completions", {"model": "tiny"})
QUICK = Patience(silence=30.0, call=60.0, batch=60.0, retries=2)
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
MEGABYTE = 2**20
MOST = 400 * MEGABYTE  # that a server here would send; no client reads that far


def _ask(server, patience=QUICK):
    return Endpoint(Address.read(server.url), Secret(""), 2, patience).ask([CALL], lambda _, answer: answer)[0]


def _refused(say, patience=QUICK):
    with saying(say) as server:
        began, before = time.monotonic(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        with pytest.raises(EndpointError) as caught:
            _ask(server, patience)
        taken = time.monotonic() - began
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        assert grown < 200 * 1024  # kB
        assert server.url in str(caught.value)
        assert "which is the limit" in str(caught.value)
        assert "\n" not in str(caught.value)
        return caught.value, taken, server


def _repeated(head, piece):
    def say(_):
        yield head
        for _ in range(MOST // len(piece)):
            yield piece

    return say


SPACES = b" " * 65536
ENDLESS = {
    "chunks": _repeated(CHUNKED, b"10000\r\n" + SPACES + b"\r\n"),
    "no length": _repeated(b"HTTP/1.1 200 OK\r\n\r\n", SPACES),
    "a length of terabytes": _repeated(b"HTTP/1.1 200 OK\r\nContent-Length: 9999999999999\r\n\r\n", SPACES),
    "an error's body": _repeated(
        b"HTTP/1.1 400 Bad\r\nTransfer-Encoding: chunked\r\n\r\n", b"10000\r\n" + SPACES + b"\r\n"
    ),
    "early hints": _repeated(b"", b"HTTP/1.1 103 Early\r\nA: b\r\n\r\n" * 1000),
}


@pytest.mark.parametrize("kind", ENDLESS)
def test_an_endless_reply_is_refused_after_a_few_megabytes(kind):
    error, taken, server = _refused(ENDLESS[kind])
    assert error.reason == "malformed"
    assert "4 MB" in str(error) or "pieces" in str(error)
    assert server.sent < 40 * MEGABYTE  # what lay in buffers included, twice
    assert len(server.bodies) <= 2
    assert taken < 10


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n",  # behind the last chunk
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;",  # in a chunk's own head
    ],
)
def test_endless_headers_are_refused(head):
    error, taken, server = _refused(_repeated(head, b"X-More: and more\r\n" * 1000 if b"1;" not in head else SPACES))
    assert "headers of more than 16 kB" in str(error)
    assert len(server.bodies) <= 2
    assert taken < 10


def test_crumbs_are_refused_before_they_take_long():
    crumbs = CHUNKED + b"1\r\n \r\n" * 690_000
    error, taken, _ = _refused(lambda _: [crumbs])
    assert "65,536 pieces" in str(error)
    assert taken < 10


@cache
def _bomb(window):
    packing = zlib.compressobj(9, zlib.DEFLATED, window)
    return b"".join(packing.compress(bytes(MEGABYTE)) for _ in range(300)) + packing.flush()


@pytest.mark.parametrize(("name", "window"), [("gzip", 31), ("x-gzip", 31), ("deflate", 15), ("deflate", -15)])
@pytest.mark.parametrize("status", ["200 OK", "400 Bad"])
def test_a_bomb_is_refused_before_it_goes_off(name, window, status):
    reply = whole(_bomb(window), status, f"Content-Encoding: {name}")
    assert len(reply) < 2 * MEGABYTE
    error, taken, _ = _refused(lambda _: [reply])
    assert "4 MB" in str(error)
    assert taken < 10


@pytest.mark.parametrize("name", ["br", "zstd", "gzip, gzip", "deflate, gzip", "bz2"])
def test_what_was_not_asked_for_is_not_unpacked(name):
    reply = whole(gzip.compress(gzip.compress(b"{}")), "200 OK", f"Content-Encoding: {name}")
    with saying(lambda _: [reply]) as server, pytest.raises(EndpointError, match="cannot be unpacked") as caught:
        _ask(server)
    assert caught.value.reason == "malformed"


@pytest.mark.parametrize("packed", [b"{}", gzip.compress(b"{}" * 1000)[:-9], b"\x1f\x8b"])
def test_what_is_not_packed_as_it_says_is_refused(packed):
    reply = whole(packed, "200 OK", "Content-Encoding: gzip")
    with saying(lambda _: [reply]) as server, pytest.raises(EndpointError, match="cannot be unpacked"):
        _ask(server)


@pytest.mark.parametrize("charset", ["zlib", "bz2", "hex", "punycode", "idna", "utf-7", "no-such", "unicode_escape"])
@pytest.mark.parametrize("status", ["200 OK", "400 Bad"])
def test_a_server_does_not_choose_how_its_words_are_decoded(charset, status):
    body = zlib.compress(bytes(200 * MEGABYTE), 9) if charset == "zlib" else b'{"error": {"message": "no such model"}}'
    reply = whole(body, status, f"Content-Type: application/json; charset={charset}")
    with saying(lambda _: [reply]) as server:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        if status.startswith("400") or charset == "zlib":
            with pytest.raises(EndpointError) as caught:
                _ask(server)
            assert charset == "zlib" or caught.value.said == "no such model"
        else:
            assert _ask(server) == {"error": {"message": "no such model"}}
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100 * 1024


def _drip(server_of, head, pause):
    def say(_):
        yield head
        for _ in range(200):
            if server_of[0].stopped.wait(pause):
                return
            yield b"X"

    return say


@pytest.mark.parametrize("head", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", CHUNKED + b"3E8\r\n"])
def test_a_drip_ends_at_the_limit_of_the_whole_reply_and_is_not_asked_again(head, monkeypatch):
    monkeypatch.setattr(replies, "MOST_SECONDS", 0.5)
    there = []
    with saying(_drip(there, head, 0.1)) as server:
        there.append(server)
        began = time.monotonic()
        with pytest.raises(EndpointError, match=r"did not end it within 0\.5 seconds, which is the limit") as caught:
            _ask(server)
        assert time.monotonic() - began < 3
        assert caught.value.reason == "timeout"
        assert server.url in str(caught.value)
        assert len(server.bodies) == 1


def test_a_drip_ends_at_the_limit_of_a_try():
    there = []
    with saying(_drip(there, b"HTTP/1.1 200 OK\r\n", 0.1)) as server:
        there.append(server)
        began = time.monotonic()
        with pytest.raises(EndpointError, match=r"within 0\.6 seconds"):
            _ask(server, Patience(silence=0.6, call=60, batch=60, retries=3))
        assert time.monotonic() - began < 3


def test_replies_up_to_the_limit_are_read():
    body = b'{"a": "' + b"x" * (3 * MEGABYTE) + b'"}'
    replies_of = [whole(body), whole(gzip.compress(body), "200 OK", "Content-Encoding: gzip")]
    with saying(lambda number: [replies_of[number]]) as server:
        assert len(_ask(server)["a"]) == len(_ask(server)["a"]) == 3 * MEGABYTE


def test_through_a_proxy_the_same_holds(monkeypatch):
    """The raw server stands for the proxy: it gets the request of a host elsewhere, whole."""
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.setattr(replies, "MOST_SECONDS", 0.5)
    address = Address.read("http://models.example/v1")
    there = []
    says = {
        "4 MB": ENDLESS["chunks"],
        "4 MB ": lambda _: [whole(_bomb(31), "200 OK", "Content-Encoding: gzip")],
        "within 0.5 seconds": _drip(there, b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", 0.1),
    }
    for expected, say in says.items():
        with saying(say) as server:
            there[:] = [server]
            monkeypatch.setenv("http_proxy", server.url)
            with pytest.raises(EndpointError) as caught:
                Endpoint(address, Secret(""), 2, QUICK).ask([CALL], lambda _, answer: answer)
            assert expected.strip() in str(caught.value)
            assert "http://models.example/v1" in str(caught.value)
            assert server.bodies
    with saying(lambda _: [whole(b'{"a": 1}')]) as server:
        monkeypatch.setenv("http_proxy", server.url)
        assert Endpoint(address, Secret(""), 2, QUICK).ask([CALL], lambda _, answer: answer) == [{"a": 1}]


def test_other_calls_go_on_beside_a_drip(monkeypatch):
    monkeypatch.setattr(replies, "MOST_SECONDS", 1.0)
    there, kept = [], []

    def say(number):
        return _drip(there, b"HTTP/1.1 200 OK\r\n", 0.1)(number) if number == 0 else [whole(b"{}")]

    with saying(say) as server:
        there.append(server)
        endpoint = Endpoint(Address.read(server.url), Secret(""), 2, QUICK)
        with pytest.raises(EndpointError):
            endpoint.ask([CALL] * 10, lambda _, answer: answer, lambda position, _: kept.append(position))
    assert len(kept) == 9


@pytest.mark.parametrize(
    "begun", [b"HTTP/1.1 2", b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{}", CHUNKED + b"9\r\n{"]
)
@pytest.mark.parametrize("heals", [True, False])
def test_a_reply_that_goes_silent_is_asked_for_once_more(begun, heals, monkeypatch):
    monkeypatch.setattr(replies, "MOST_SILENCE", 0.3)
    monkeypatch.setattr(replies, "MOST_SECONDS", 60.0)
    there = []

    def say(number):
        yield begun if number == 0 or not heals else whole(b'{"a": 1}')
        if number == 0 or not heals:
            there[0].stopped.wait(20)

    with saying(say) as server:
        there.append(server)
        if heals:
            assert _ask(server) == {"a": 1}
        else:
            with pytest.raises(EndpointError, match=r"sent nothing for 0\.3 seconds") as caught:
                _ask(server)
            assert caught.value.reason == "timeout"
        assert len(server.bodies) == 2


def test_a_body_may_come_later_than_its_head(monkeypatch):
    monkeypatch.setattr(replies, "MOST_SILENCE", 0.2)
    there = []

    def say(_):
        reply = whole(b'{"a": 1}')
        yield reply[:-8]
        there[0].stopped.wait(0.8)
        yield reply[-8:]

    with saying(say) as server:
        there.append(server)
        assert _ask(server) == {"a": 1}
        assert len(server.bodies) == 1


def test_a_reply_that_goes_silent_behind_a_proxy_is_asked_for_once_more(monkeypatch):
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.setattr(replies, "MOST_SILENCE", 0.3)
    there = []

    def say(number):
        yield whole(b'{"a": 1}') if number else b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{}"
        if not number:
            there[0].stopped.wait(20)

    with saying(say) as server:
        there.append(server)
        monkeypatch.setenv("http_proxy", server.url)
        endpoint = Endpoint(Address.read("http://models.example/v1"), Secret(""), 2, QUICK)
        assert endpoint.ask([CALL], lambda _, answer: answer) == [{"a": 1}]
