"""The line to one server: an event loop on a thread of its own, and the client whose connections stay open.

It opens with the first call and is kept over batches: each would otherwise begin with new connections. Any thread may
use it, also one that runs an event loop itself (a notebook). It is closed, connections first, when

- its owner is gone: nothing here refers back to the owner, and the key goes with the client;
- no call was made for a few seconds: what a page or a notebook forgot holds no thread and no socket;
- a batch failed or was interrupted, which may leave connections half used.

The next call opens another, in a forked process too, where the thread does not exist.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
import weakref
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

if TYPE_CHECKING:
    import openai

T = TypeVar("T")
Work: TypeAlias = "Callable[[openai.AsyncOpenAI, asyncio.Semaphore], Coroutine[Any, Any, T]]"

IDLE = 4.0
"""Seconds after which an idle line closes: before common servers (uvicorn's 5 s) close the connections themselves."""


class Line:
    """One client on one event loop, opened when it is needed."""

    def __init__(self, connect: Callable[[], openai.AsyncOpenAI], at_once: int) -> None:
        """`connect` makes the client and must not refer to the line's owner; `at_once` is the value of the gate."""
        self._connect = connect
        self._at_once = at_once
        self._guard = threading.Lock()
        self._open: _Open | None = None
        self._end: weakref.finalize[[], Line] | None = None

    @contextlib.contextmanager
    def running(self, work: Work[T]) -> Iterator[Future[T]]:
        """The coroutine `work(client, gate)`, which goes on meanwhile: calls are to be made within the gate, which all
        share. Where the block ends by an error, or this thread was interrupted, the calls end too."""
        used, future = self._submit(work)
        try:
            yield future
        except BaseException:
            future.cancel()
            self._let_go(used)
            raise

    def prepare(self) -> None:
        """Open the line without a call, so that the first one does not pay for it."""
        with self._guard:
            self._opened()

    def _submit(self, work: Work[T]) -> tuple[_Open, Future[T]]:
        with self._guard:
            while True:
                used = self._opened()
                future = used.submit(work)
                if future is not None:
                    return used, future
                self._open = None

    def _opened(self) -> _Open:
        if self._open is None or self._open.process != os.getpid():
            if self._end is not None:
                self._end.detach()
            self._open = _Open(self._connect(), self._at_once)
            self._end = weakref.finalize(self, self._open.leave)
        return self._open

    def _let_go(self, used: _Open) -> None:
        used.leave()
        with self._guard:
            if self._open is used:
                self._open = None


class _Open:
    """An open line. Its thread refers to it, so it must not refer to the `Line`."""

    def __init__(self, client: openai.AsyncOpenAI, at_once: int) -> None:
        self.process = os.getpid()
        self._client = client
        self._gate = asyncio.Semaphore(at_once)
        self._guard = threading.Lock()
        self._busy = 0
        self._closed = False
        self._left = False
        self._timer: asyncio.TimerHandle | None = None
        self._over = asyncio.Event()
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._serve, name="endpoint", daemon=True).start()

    def submit(self, work: Work[T]) -> Future[T] | None:
        """Begin the work; None where the line has closed."""
        with self._guard:
            if self._closed:
                return None
            self._busy += 1
        future = asyncio.run_coroutine_threadsafe(work(self._client, self._gate), self._loop)
        future.add_done_callback(self._done)
        return future

    def leave(self) -> None:
        """Close as soon as nothing runs. Does not wait: a garbage collection may call this, in any thread."""
        self._left = True
        self._rest_soon()

    def _done(self, _: Future[T]) -> None:
        with self._guard:
            self._busy -= 1
        self._rest_soon()

    def _rest_soon(self) -> None:
        with contextlib.suppress(RuntimeError):  # it is closed already
            self._loop.call_soon_threadsafe(self._rest)

    def _rest(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_later(0.0 if self._left else IDLE, self._close)

    def _close(self) -> None:
        with self._guard:
            if self._busy:
                return  # `_done` comes back to it
            self._closed = True
        self._over.set()

    def _serve(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._hold())

    async def _hold(self) -> None:
        self._rest()
        async with self._client:
            await self._over.wait()
