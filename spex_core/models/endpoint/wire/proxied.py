"""The way through a proxy, within the same bounds as without one.

The proxy looks the server's name up itself, and may know names that are not known here; those that are known here are
judged before anything is sent.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from contextlib import suppress

import httpx2

from spex_core.models.endpoint.wire import replies
from spex_core.models.endpoint.wire.transport import Approve, addresses

_LOOK_UP_SECONDS = 2.0


class ThroughProxy(httpx2.AsyncBaseTransport):
    """httpx's own transport, which knows proxies, with its replies bounded."""

    def __init__(
        self, proxy: str, certificates: ssl.SSLContext, at_once: int, expiry: float, approve: Approve | None = None
    ) -> None:
        """`proxy` is its address; `certificates` are those trusted; the rest is as in `transport.Transport`."""
        self._approve = approve
        self._judged = False
        self._inner = httpx2.AsyncHTTPTransport(
            proxy=proxy if "://" in proxy else f"http://{proxy}",
            verify=certificates,
            trust_env=False,
            limits=httpx2.Limits(max_connections=at_once, keepalive_expiry=expiry),
        )

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """One exchange.

        Raises:
            httpx2.TransportError: no connection, none in time, no byte in time, or no whole HTTP reply.
            Refused: a reply beyond the bounds of `replies`.
        """
        try:
            return await self._exchange(request)
        except replies.Stalled:
            return await self._exchange(request)

    async def _exchange(self, request: httpx2.Request) -> httpx2.Response:
        loop, silence, latest = asyncio.get_running_loop(), request.extensions.get("timeout", {}).get("read"), 0.0
        try:
            async with asyncio.timeout(silence) as limit:
                await self._judge(request.url)
                response = await self._inner.handle_async_request(request)
                latest = replies.latest(loop.time(), limit.when())
                limit.reschedule(latest)
                body = await _body(response, lambda: limit.reschedule(replies.silent_since(loop.time(), latest)))
                return replies.plain(response.status_code, response.headers.raw, body)
        except TimeoutError:
            if latest and replies.is_early(loop.time(), latest):
                raise replies.stalled() from None
            if latest:
                raise replies.too_slow(min(replies.MOST_SECONDS, silence or replies.MOST_SECONDS)) from None
            raise httpx2.ReadTimeout("no answer in time", request=request) from None

    async def _judge(self, url: httpx2.URL) -> None:
        if not self._judged:
            with suppress(OSError, UnicodeError):  # a time-out is an OSError
                async with asyncio.timeout(_LOOK_UP_SECONDS):
                    await addresses(url.raw_host.decode("ascii"), url.port or 0, self._approve)
            self._judged = True

    async def aclose(self) -> None:
        """Close the connections."""
        await self._inner.aclose()


async def _body(response: httpx2.Response, arrived: Callable[[], None]) -> bytes:
    received, body = 0, []
    try:
        async for piece in response.aiter_raw():
            body.append(piece)
            arrived()
            received += len(piece)
            replies.check_size(received)
            replies.check_pieces(len(body))
    finally:
        await response.aclose()
    return b"".join(body)
