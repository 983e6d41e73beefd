"""Faults that hit a store: a process killed at a named moment, a disk without room. For tests of anything above it.

Nothing of this is in the store itself: moments are events of SQLAlchemy, and a disk is filled by SQLite's own limit.
"""

from __future__ import annotations

import itertools
import os
import signal
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, Pool, event, text

from spex_core.runs.store.run_store import RunStore

MOMENTS = ("begin", "before_cursor_execute", "after_cursor_execute", "commit", "checkin")
"""When a process can be killed: "commit" is before it, and a connection is checked in right after it."""


def die() -> None:
    """Kill this process as `kill -9` does: no handler, no clean-up, nothing flushed."""
    os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(60)  # the signal has been sent; never go on


def at_moment(store: RunStore | type[Engine], number: int, action: Callable[[], None] = die) -> Callable[[], int]:
    """Call `action` at the nth moment of a store, or of any there will be, from now on; 0 only counts.

    Returns:
        A function that says how many moments there were.
    """
    seen = itertools.count(1)
    passed = [0]

    def moment(*_: Any, **__: Any) -> None:
        passed[0] = next(seen)
        if passed[0] == number:
            action()

    engine = engine_of(store) if isinstance(store, RunStore) else store
    for name in MOMENTS:
        event.listen(engine if name != "checkin" or isinstance(store, RunStore) else Pool, name, moment)
    return lambda: passed[0]


class Child:
    """A child process that shares what is imported here already; fork it while no other thread is at work.

    Args:
        work: called with `acknowledge`, which tells the parent one line at once; what is told counts as promised.
    """

    def __init__(self, work: Callable[[Callable[[str], None]], None]) -> None:
        reading, writing = os.pipe()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of Python 3.12, where there are other threads
            self._id = os.fork()
        if self._id == 0:
            status = 1
            try:
                os.close(reading)
                work(lambda line: (os.write(writing, f"{line}\n".encode()), None)[1])
                status = 0
            finally:
                os._exit(status)
        os.close(writing)
        self._reading = reading

    def end(self, kill_after: float | None = None) -> tuple[list[str], int]:
        """Wait for its end.

        Args:
            kill_after: seconds after its first line when it is killed.

        Returns:
            The lines, and how it ended: 0, or the negated number of the signal.
        """
        data = b""
        with os.fdopen(self._reading, "rb", buffering=0) as pipe:
            while chunk := pipe.read(65_536):
                if not data and kill_after is not None:
                    time.sleep(kill_after)
                    os.kill(self._id, signal.SIGKILL)
                data += chunk
        return data.decode().splitlines(), os.waitstatus_to_exitcode(os.waitpid(self._id, 0)[1])


def forked(work: Callable[[Callable[[str], None]], None], kill_after: float | None = None) -> tuple[list[str], int]:
    """Do `work` in a child process and wait for its end; see `Child`."""
    return Child(work).end(kill_after)


@contextmanager
def full_disk(store: RunStore) -> Iterator[None]:
    """No page of the SQLite file can be added while this lasts: "database or disk is full"."""
    engine = engine_of(store)

    def limit(connection: Any, *_: Any) -> None:
        connection.execute("PRAGMA max_page_count=1")  # SQLite makes it what the file has now

    def lift(connection: Any, *_: Any) -> None:
        connection.execute("PRAGMA max_page_count=1073741823")

    event.listen(engine, "checkout", limit)
    try:
        yield
    finally:
        event.remove(engine, "checkout", limit)
        event.listen(engine, "checkout", lift)


def engine_of(store: RunStore) -> Engine:
    """The engine behind a store, opened."""
    return store._open().engine()


def sql(store: RunStore, statement: str, **values: Any) -> Any:
    """Do something to the tables behind the store's back: the result of one statement."""
    with engine_of(store).execution_options(immediate=True).begin() as connection:
        return connection.execute(text(statement), values)
