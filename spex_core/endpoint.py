"""Many calls to an OpenAI-compatible server at once: bounded, retried, timed, and with errors that hold no key.

The official `openai` client does the work: retries with backoff, Retry-After, connection pools. Around it:

- everything is opened and closed within one `ask`: no loop, thread or socket outlives it, and it may be called from any
  thread, also from one that runs an event loop itself;
- only the headers named below leave this machine, so nothing of the environment (organisation, custom headers)
  reaches a server it was not meant for; redirects are not followed, so the key reaches one host only;
- an error is made of the status and the server's own words with the key blanked out, and carries no cause: the
  client's own errors hold the request, hence the key.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

from spex_core.endpoint_address import Address, Secret
from spex_core.endpoint_failures import failure, timed_out
from spex_core.errors import EndpointError

if TYPE_CHECKING:
    import ssl

    import httpx2
    import openai

T = TypeVar("T")

_HEADERS = frozenset(
    {"accept", "accept-encoding", "connection", "content-length", "content-type", "host", "idempotency-key"}
    | {"transfer-encoding", "user-agent", "x-stainless-retry-count"}
)
_OPENAI_HEADERS = frozenset({"openai-organization", "openai-project"})
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

    @property
    def key(self) -> str:
        """The same for the same request."""
        return self.path + json.dumps(self.body, sort_keys=True)


@dataclass(frozen=True)
class Patience:
    """How long to wait, in seconds.

    Attributes:
        silence: without a byte from the server, per try.
        call: for one call, all its tries and the waits between them included.
        batch: for all calls of one `Endpoint.ask`.
        retries: further tries of a call that failed in a way that may pass (429, 5xx, a lost connection).
    """

    silence: float = 60.0
    call: float = 240.0
    batch: float = 600.0
    retries: int = 5


class Endpoint:
    """A server, a key and how many calls may be open at once."""

    def __init__(self, address: Address, key: Secret, concurrency: int = 8, patience: Patience | None = None) -> None:
        self.address = address
        self.concurrency = concurrency
        self.patience = patience or Patience()
        self._key = key

    def hide(self, text: str) -> str:
        """`text` with the key blanked out."""
        return self._key.hide(text)

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
            EndpointError: a call failed after its retries, or time ran out; the calls still open were cancelled.
        """
        return _run(lambda: self._ask(calls, read, keep)) if calls else []

    async def _ask(
        self, calls: Sequence[Call], read: Callable[[int, Mapping[str, Any]], T], keep: Callable[[int, T], None] | None
    ) -> list[T]:
        gate = asyncio.Semaphore(self.concurrency)

        async def one(position: int) -> T:
            async with gate:
                value = await self._call(client, calls[position], lambda answer: read(position, answer))
            if keep is not None:
                keep(position, value)
            return value

        async with self._client() as client:
            tasks = [asyncio.create_task(one(position)) for position in range(len(calls))]
            try:
                await asyncio.wait(tasks, timeout=self.patience.batch, return_when=asyncio.FIRST_EXCEPTION)
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
        return [outcome for outcome in outcomes if not isinstance(outcome, BaseException)]

    async def _call(self, client: openai.AsyncOpenAI, call: Call, read: Callable[[Mapping[str, Any]], T]) -> T:
        for _ in range(_UNREADABLE_TRIES):
            outcome, failed = await self._try(client, call, read)
            if failed is None or failed.reason != "malformed":
                break
        if failed is not None:
            raise failed  # outside any except block: its context would hold the request, and the key with it
        assert outcome is not None
        return outcome

    async def _try(
        self, client: openai.AsyncOpenAI, call: Call, read: Callable[[Mapping[str, Any]], T]
    ) -> tuple[T | None, EndpointError | None]:
        import httpx2
        import openai

        try:
            async with asyncio.timeout(self.patience.call):
                response = await client.post(call.path, cast_to=httpx2.Response, body=dict(call.body))
            answer = json.loads(response.content)
            if not isinstance(answer, dict):
                raise ValueError
            return read(answer), None
        except EndpointError as error:
            return None, error
        except TimeoutError:
            return None, timed_out("a call was", self.address.host, self.patience.call)
        except ValueError:  # JSON or UTF-8
            return None, EndpointError(f"{self.address.host} answered with something that is not JSON", "malformed")
        except openai.APIError as error:
            return None, failure(error, self.address.host, self._key)

    def _client(self) -> openai.AsyncOpenAI:
        import httpx2
        import openai

        transport = httpx2.AsyncClient(
            follow_redirects=False,
            verify=_certificates(),
            trust_env=not self.address.loopback,  # a proxy cannot reach this machine
            limits=httpx2.Limits(max_connections=self.concurrency),
            event_hooks={"request": [self._dress]},
        )
        return openai.AsyncOpenAI(
            api_key="none",  # the real one is put on by `_dress` alone
            base_url=self.address.url,
            timeout=self.patience.silence,
            max_retries=self.patience.retries,
            http_client=transport,
        )

    async def _dress(self, request: httpx2.Request) -> None:
        """Leave only known headers on a request, and put the key on."""
        known = _HEADERS | _OPENAI_HEADERS if self.address.is_openai else _HEADERS
        for name in [name for name in request.headers if name.lower() not in known]:
            del request.headers[name]
        if self._key:
            request.headers["Authorization"] = f"Bearer {self._key.reveal()}"


@lru_cache(maxsize=1)
def _certificates() -> ssl.SSLContext:
    """Trusted certificates: read once, they take as long as a short call."""
    import httpx2

    return httpx2.create_ssl_context()


def _run(work: Callable[[], Coroutine[Any, Any, list[T]]]) -> list[T]:
    """Run a coroutine to its end: here, or on a thread of its own where this one runs an event loop (a notebook)."""
    if not _in_loop():
        return asyncio.run(work())
    result: list[list[T]] = []
    errors: list[BaseException] = []

    def target() -> None:
        try:
            result.append(asyncio.run(work()))
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=target, name="endpoint")
    thread.start()
    thread.join()
    if errors:
        raise errors[0]
    return result[0]


def _in_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
