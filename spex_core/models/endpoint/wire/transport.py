"""HTTP/1.1 on asyncio's own transports, beneath the official client: one exchange at a time per connection.

httpx's own transport (a pool for many hosts, over a layer for several event loops, over asyncio) takes most of the
processor time of a short call, so that sixteen calls at once keep a core busy and wait for it. Here a request leaves
in one piece and its reply is read whole, within the bounds of `replies`. The protocol is h11's in both.

A connection serves again only where question and answer are in step: bytes behind a complete reply could be taken for
the answer to the next question, or show that the reply itself was the answer to another one. The connection is closed
then, and the call made once more on a new one. So is a call whose reply began and went silent. Bytes that lie in the
socket before the next question is sent close the connection too.
"""

from __future__ import annotations

import asyncio
import re
import select
import socket
import ssl
from asyncio.staggered import staggered_race
from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeAlias

import h11
import httpx2

from spex_core.models.endpoint.wire import replies
from spex_core.models.endpoint.wire.hosts import HostError, address_of
from spex_core.models.endpoint.wire.hosts import approve as approve_any

Approve: TypeAlias = Callable[[Sequence[str]], list[str]]
_HEAD_BYTES = 16 * 1024  # of a reply's head, or of a chunk's
_FAREWELL = re.compile(rb"HTTP/1\.[01] 408\b")  # how servers close an idle connection: it answers no question


class OutOfStep(httpx2.RemoteProtocolError):
    """More came than the answer to one question."""


class Transport(httpx2.AsyncBaseTransport):
    """Connections to one server, kept for the next exchange. Whoever calls bounds how many are open at once."""

    def __init__(self, certificates: ssl.SSLContext, expiry: float, approve: Approve | None = None) -> None:
        """Nothing is connected yet.

        Args:
            certificates: those trusted.
            expiry: seconds for which a connection may be idle and used again.
            approve: picks, of the addresses that the server's name stands for, those to connect to.
        """
        self._certificates = certificates
        self._approve = approve
        self._expiry = expiry
        self._idle: list[_Connection] = []

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """One exchange.

        Raises:
            httpx2.TransportError: no connection, none in time, no byte in time, or no whole HTTP reply.
            Refused: a reply beyond the bounds of `replies`.
        """
        try:
            return await self._exchange(request)
        except (OutOfStep, replies.Stalled):
            return await self._exchange(request)

    async def _exchange(self, request: httpx2.Request) -> httpx2.Response:
        limits = request.extensions.get("timeout", {})
        content = await request.aread()
        connection = self._kept() or await self._connect(request, limits.get("connect"))
        try:
            response = await connection.exchange(request, content, limits.get("read"))
        except BaseException:
            connection.close()
            raise
        if connection.ready:
            self._idle.append(connection)
        else:
            connection.close()
        return response

    async def aclose(self) -> None:
        """Close the idle connections; there must be no others."""
        idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()
        await asyncio.gather(*(connection.gone for connection in idle))

    def _kept(self) -> _Connection | None:
        """The connection used last, if one is still good."""
        while self._idle:
            connection = self._idle.pop()
            if connection.ready and connection.idle_seconds < self._expiry and connection.is_quiet:
                return connection
            connection.close()
        return None

    async def _connect(self, request: httpx2.Request, seconds: float | None) -> _Connection:
        url, host = request.url, request.url.raw_host.decode("ascii")  # not `host`, which decodes names for display
        secure = self._certificates if url.scheme == "https" else None
        port = url.port or (443 if secure else 80)
        try:
            async with asyncio.timeout(seconds):
                return await _first(await addresses(host, port, self._approve), port, secure, host)
        except TimeoutError as error:
            raise httpx2.ConnectTimeout("no connection in time", request=request) from error
        except (OSError, UnicodeError) as error:
            raise httpx2.ConnectError(str(error), request=request) from error


async def addresses(host: str, port: int, approve: Approve | None) -> list[str]:
    """The addresses to connect to: what the host stands for now, approved.

    Raises:
        OSError: it stands for none.
        Refused: nothing is to be connected to there.
    """
    found = [host]
    try:
        if address_of(host) is None:
            entries = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
            found = [str(entry[4][0]) for entry in entries]
        return approve(found) if approve else approve_any(host, found)
    except HostError as error:
        raise replies.Refused(str(error), "connection") from None


async def _first(found: Sequence[str], port: int, secure: ssl.SSLContext | None, host: str) -> _Connection:
    """A connection to one of the addresses: the next is tried as well after a quarter of a second."""
    loop = asyncio.get_running_loop()

    async def reach(address: str) -> _Connection:
        name = host if secure else None  # which the certificate must hold
        return (await loop.create_connection(_Connection, address, port, ssl=secure, server_hostname=name))[1]

    if len(found) == 1:
        return await reach(found[0])
    attempts = [partial(reach, address) for address in found]
    connection: _Connection | None
    connection, _, errors = await staggered_race(attempts, 0.25)
    if connection is None:
        raise OSError("; ".join(dict.fromkeys(str(error) for error in errors)))
    return connection


class _Connection(asyncio.Protocol):
    """One connection.

    Attributes:
        ready: whether an exchange may begin.
        gone: done when the socket is closed.
    """

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self.gone: asyncio.Future[None] = loop.create_future()
        self.ready = True
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=_HEAD_BYTES)
        self._news = asyncio.Event()
        self._ended = False
        self._received = 0
        self._latest = 0.0
        self._clock = loop.time
        self._since = loop.time()

    @property
    def idle_seconds(self) -> float:
        """Since the last exchange."""
        return self._clock() - self._since

    @property
    def is_quiet(self) -> bool:
        """Whether nothing waits in the socket: the event loop has not looked since it last slept."""
        number = self._transport.get_extra_info("socket").fileno()
        if number < 0:
            return False
        if not hasattr(select, "poll"):  # Windows
            return not select.select([number], [], [], 0)[0]
        polling = select.poll()
        polling.register(number, select.POLLIN)
        return not polling.poll(0)

    async def exchange(self, request: httpx2.Request, content: bytes, silence: float | None) -> httpx2.Response:
        """Send a request and read its reply; `silence` is how long to wait for all of it, in seconds."""
        self.ready = False
        self._received, self._latest = 0, 0.0
        target = request.url.raw_path
        head = h11.Request(method=request.method, target=target, headers=request.headers.raw)
        sent = [self._http.send(event) for event in (head, h11.Data(data=content), h11.EndOfMessage())]
        self._transport.write(b"".join(part for part in sent if part))
        try:
            response = await self._reply(silence)
        except h11.RemoteProtocolError as error:
            if error.error_status_hint == 431:
                raise replies.too_long_headers(_HEAD_BYTES) from None
            raise httpx2.RemoteProtocolError(str(error), request=request) from error
        beyond = self._http.trailing_data[0]
        if beyond.strip() and not _FAREWELL.match(beyond):
            raise OutOfStep("more bytes came than the answer has", request=request)
        both_done = self._http.our_state is h11.DONE and self._http.their_state is h11.DONE
        if both_done and not beyond and not self._ended:
            self._http.start_next_cycle()
            self._since = self._clock()
            self.ready = True
        return response

    async def _reply(self, silence: float | None) -> httpx2.Response:
        try:
            async with asyncio.timeout(silence) as limit:
                return await self._read(limit)
        except TimeoutError:
            if self._received and replies.is_early(self._clock(), self._latest):
                raise replies.stalled() from None
            if self._received:
                raise replies.too_slow(min(replies.MOST_SECONDS, silence or replies.MOST_SECONDS)) from None
            raise httpx2.ReadTimeout("no answer in time") from None

    async def _read(self, limit: asyncio.Timeout) -> httpx2.Response:
        head: h11.Response | None = None
        body: list[bytes] = []
        pieces = 0
        while True:
            event = self._http.next_event()
            replies.check_pieces(pieces := pieces + 1)
            if event is h11.NEED_DATA:
                if self._received:
                    self._latest = self._latest or replies.latest(self._clock(), limit.when())
                    waits = head is not None and not body  # some servers say that they answer before they can
                    limit.reschedule(self._latest if waits else replies.silent_since(self._clock(), self._latest))
                self._news.clear()
                await self._news.wait()
                replies.check_size(self._received)
            elif isinstance(event, h11.Response):
                head = event
            elif isinstance(event, h11.Data):
                body.append(bytes(event.data))
            elif isinstance(event, h11.EndOfMessage) and head is not None:
                return replies.plain(head.status_code, head.headers.raw_items(), b"".join(body))
            elif not isinstance(event, h11.InformationalResponse):
                raise h11.RemoteProtocolError("the server closed the connection without an answer")

    def close(self) -> None:
        """Close at once; the socket is gone soon after."""
        self.ready = False
        self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by the event loop."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Called by the event loop. What comes without a question belongs to no answer."""
        if self.ready:
            self.close()
        elif not self._ended:
            self._received += len(data)
            self._http.receive_data(data)
            self._news.set()

    def eof_received(self) -> None:
        """Called by the event loop, which then closes."""
        self._end()

    def connection_lost(self, error: Exception | None) -> None:
        """Called by the event loop."""
        self._end()
        if not self.gone.done():
            self.gone.set_result(None)

    def _end(self) -> None:
        self.ready = False
        if not self._ended:
            self._ended = True
            self._http.receive_data(b"")
            self._news.set()
