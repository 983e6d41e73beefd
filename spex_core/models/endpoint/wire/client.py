"""Many calls to an OpenAI-compatible server at once: bounded, retried, timed, and with errors that hold no key.

The official `openai` client does the work: requests, retries with backoff, Retry-After. Around it:

- loop, client and connections are kept on a thread of their own while they are used (`line`), so
  `ask` may be called from any thread, also from one that runs an event loop itself;
- only the headers named below leave this machine, so nothing of the environment (organisation, custom headers)
  reaches a server it was not meant for; redirects are not followed, so the key reaches one host only;
- an error is made of the status and the server's own words with the key blanked out, and carries no cause: the
  client's own errors hold the request, hence the key.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, TypeVar, cast
from urllib.request import getproxies, proxy_bypass

from spex_core.errors import EndpointError
from spex_core.models.endpoint.wire.address import Address, Secret
from spex_core.models.endpoint.wire.batch import Batch
from spex_core.models.endpoint.wire.failures import failure, timed_out
from spex_core.models.endpoint.wire.line import IDLE, Line
from spex_core.models.endpoint.wire.parsing import parse

if TYPE_CHECKING:
    import ssl

    import httpx2
    import openai

T = TypeVar("T")

_HEADERS = frozenset(
    {b"accept", b"accept-encoding", b"connection", b"content-length", b"content-type", b"host", b"idempotency-key"}
    | {b"transfer-encoding", b"user-agent", b"x-stainless-retry-count"}
)
_OPENAI_HEADERS = frozenset({b"openai-organization", b"openai-project"})
_UNREADABLE_TRIES = 2


@dataclass(frozen=True)
class Call:
    """One request.

    Attributes:
        path: below the base URL, e.g. "chat/completions".
        body: what is sent, as JSON.
    """

    path: str
    body: Mapping[str, Any]


@dataclass(frozen=True)
class Patience:
    """How long to wait, in seconds.

    Attributes:
        silence: for a whole reply, per try; once one has begun, at most 9 seconds more.
        call: for one call, all its tries and the waits between them included.
        batch: for all calls of one `Endpoint.ask`.
        retries: further tries of a call that failed in a way that may pass (429, 5xx, a lost connection).
        after: for the calls that are open when another has failed.
    """

    silence: float = 60.0
    call: float = 240.0
    batch: float = 600.0
    retries: int = 5
    after: float = 5.0


class Endpoint:
    """A server, a key and how many calls may be open at once."""

    def __init__(self, address: Address, key: Secret, concurrency: int = 8, patience: Patience | None = None) -> None:
        self.address = address
        self.concurrency = concurrency
        self.patience = patience or Patience()
        self._key = key
        self._line = Line(partial(_client, address, key, concurrency), concurrency)

    def hide(self, text: str) -> str:
        """`text` with the key blanked out."""
        return self._key.hide(text)

    def prepare(self) -> None:
        """Load the client and start its thread, which takes longer than a call; nothing is sent."""
        self._line.prepare()

    def ask(
        self,
        calls: Sequence[Call],
        read: Callable[[int, Mapping[str, Any]], T],
        keep: Callable[[int, T], None] | None = None,
    ) -> list[T]:
        """Make the calls and read their answers, in the order of the calls.

        Args:
            calls: any number.
            read: takes a value out of a call's answer, given the call's position and the JSON object; raises
                `EndpointError`, with reason "malformed" where another try is worth it.
            keep: called with position and value as soon as one is there, also where another call fails afterwards.

        Raises:
            EndpointError: see `stream`.
        """
        found: dict[int, T] = {}
        with closing(self.stream(calls, read)) as groups:
            for group in groups:
                for position, value in group:
                    found[position] = value
                    if keep is not None:
                        keep(position, value)
        return [found[position] for position in range(len(calls))]

    def stream(
        self,
        calls: Sequence[Call],
        read: Callable[[int, Mapping[str, Any]], T],
        units: Sequence[int] | None = None,
        stopping: Callable[[], bool] = lambda: False,
    ) -> Generator[list[tuple[int, T]], None, None]:
        """Make the calls and hand on (position, value) as they come, in groups of those that came meanwhile.

        A call keeps its place among those that may be open until whoever iterates comes back for more. So what was
        paid for and is not kept yet, or not answered yet, is never more than `concurrency` calls.

        Args:
            calls, read: see `ask`.
            units: one number per call: calls that share one are of use together only, and keep their places until all
                of them were handed on. Default: each by itself.
            stopping: asked before places are given back. Once it says True no further call begins, and the iteration
                ends when those that are open were handed on.

        Raises:
            EndpointError: a call failed after its retries, or time ran out; what had come was handed on before, and
                what came in the seconds after. Calls still open then are cancelled.
        """
        if not calls:
            return
        batch: Batch[T] = Batch(units if units is not None else range(len(calls)), self.concurrency)
        with self._line.running(lambda client, gate: self._make(client, gate, calls, read, batch)) as future:
            future.add_done_callback(batch.end)
            more, stopped = True, False
            while more:
                group, more = batch.arrived()
                if group:
                    yield [(answer.position, answer.value) for answer in group]
                stopped = stopped or stopping()
                batch.go_on(group, stopped)
            future.result()

    async def _make(
        self,
        client: openai.AsyncOpenAI,
        gate: asyncio.Semaphore,
        calls: Sequence[Call],
        read: Callable[[int, Mapping[str, Any]], T],
        batch: Batch[T],
    ) -> None:
        async def one(position: int) -> None:
            async with gate:
                if batch.halted:
                    return
                try:
                    value = await self._call(client, calls[position], lambda answer: read(position, answer))
                except EndpointError:
                    batch.halt()  # before its place is another's
                    raise
                await batch.hand_on(position, value)

        tasks = [asyncio.create_task(one(position)) for position in range(len(calls))]
        try:
            ended, _ = await asyncio.wait(tasks, timeout=self.patience.batch, return_when=asyncio.FIRST_EXCEPTION)
            if any(task.exception() for task in ended):  # those that are open are paid for
                await asyncio.wait(tasks, timeout=self.patience.after)
        finally:
            for task in tasks:
                task.cancel()
            outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        failures = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
        for error in failures:
            if not isinstance(error, asyncio.CancelledError):
                raise error
        if failures:
            raise timed_out(f"{len(failures)} of {len(calls)} calls were", self.address.host, self.patience.batch)

    async def _call(self, client: openai.AsyncOpenAI, call: Call, read: Callable[[Mapping[str, Any]], T]) -> T:
        for _ in range(_UNREADABLE_TRIES):
            outcome, failed = await self._try(client, call, read)
            if failed is None or failed.reason != "malformed":
                break
        if failed is not None:
            raise failed  # outside any except block: its context would hold the request, and the key with it
        return cast("T", outcome)  # which may be None itself

    async def _try(
        self, client: openai.AsyncOpenAI, call: Call, read: Callable[[Mapping[str, Any]], T]
    ) -> tuple[T | None, EndpointError | None]:
        import httpx2
        import openai

        from spex_core.models.endpoint.wire import replies

        url = f"{self.address.url}/{call.path}"  # whole: the client is slower to join it
        options: openai.RequestOptions = {"timeout": self.patience.silence, "max_retries": self.patience.retries}
        try:
            async with asyncio.timeout(self.patience.call):
                response = await client.post(url, cast_to=httpx2.Response, body=dict(call.body), options=options)
            answer = parse(response.content)
            if not isinstance(answer, dict):
                raise ValueError("JSON that is no object")
            return read(answer), None
        except EndpointError as error:
            return None, error
        except TimeoutError:
            return None, timed_out("a call was", self.address.host, self.patience.call)
        except replies.Refused as error:
            return None, EndpointError(f"{self.address.url} {error.what}", error.reason)
        except ValueError as error:
            return None, EndpointError(f"{self.address.host} answered with {error}{self.address.hint}", "malformed")
        except openai.APIError as error:
            return None, failure(error, self.address, self._key)


def _client(address: Address, key: Secret, concurrency: int) -> openai.AsyncOpenAI:
    """A client for one server that sends only known headers, the key among them."""
    import httpx2
    import openai

    from spex_core.models.endpoint.wire.replies import ACCEPTED

    known = _HEADERS | _OPENAI_HEADERS if address.is_openai else _HEADERS

    async def dress(request: httpx2.Request) -> None:
        sent = [(name, value) for name, value in request.headers.raw if name.lower() in known]
        if key:
            sent.append((b"Authorization", f"Bearer {key.reveal()}".encode("ascii")))
        request.headers = httpx2.Headers(sent)

    client = httpx2.AsyncClient(
        follow_redirects=False,
        trust_env=False,
        transport=_transport(address, bool(key), concurrency),
        headers={"Accept-Encoding": ACCEPTED},
        event_hooks={"request": [dress]},
    )
    return openai.AsyncOpenAI(
        api_key="none",  # the real one is put on by `dress` alone
        base_url=address.url,
        http_client=client,
    )


def _transport(address: Address, with_key: bool, concurrency: int) -> httpx2.AsyncBaseTransport:
    """The way to the server: our own, or through the proxy that the environment names."""
    from spex_core.models.endpoint.wire.proxied import ThroughProxy
    from spex_core.models.endpoint.wire.transport import Transport

    approve = partial(address.approve, with_key=with_key)
    proxies = {} if address.loopback else getproxies()  # a proxy cannot reach this machine
    proxy = proxies.get(address.url.partition(":")[0]) or proxies.get("all")
    if proxy and not proxy_bypass(address.host):
        return ThroughProxy(proxy, _certificates(), concurrency, IDLE, approve)
    return Transport(_certificates(), IDLE, approve)


@lru_cache(maxsize=1)
def _certificates() -> ssl.SSLContext:
    """Trusted certificates: read once, they take as long as a short call."""
    import httpx2

    return httpx2.create_ssl_context()
