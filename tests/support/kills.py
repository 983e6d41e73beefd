"""Processes killed while they spend, and what is counted at the server: which calls were made again."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from spex_core.runs.store.run_store import RunStore
from tests.support.endpoint_server import Server
from tests.support.places import ROOT

TRIAL = "Name a colour."  # the short call by which each process finds out what the server can do
PATIENCE = 180.0


@dataclass(frozen=True)
class Kill:
    """One life of a process.

    Attributes:
        how: "KILL" or "TERM".
        calls: made by the process that was killed.
        again: calls that the process after it made although one before had made them.
    """

    how: str
    calls: int
    again: int


class Till:
    """Counts the calls of one run at a server; trials apart."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._from = len(server.seen)

    def bodies(self) -> list[str]:
        """Every call of the run so far."""
        seen = [json.dumps(one.body, sort_keys=True) for one in self._server.seen[self._from :]]
        return [body for body in seen if TRIAL not in body]

    def wait(self, count: int, ended: Callable[[], bool]) -> bool:
        """Wait until so many calls were made; False where the process ended first."""
        until = time.monotonic() + PATIENCE
        while len(self.bodies()) < count:
            if ended():
                return False
            if time.monotonic() > until:
                raise TimeoutError(f"{len(self.bodies())} of {count} calls after {PATIENCE:g} s")
            time.sleep(0.005)
        return True

    def kills(self, ends: list[int], ways: list[str]) -> list[Kill]:
        """What was made again after each kill.

        Args:
            ends: how many calls there were when each process was killed, after a 0.
            ways: how it was.
        """
        bodies, seen, again = self.bodies(), set[str](), []
        for start, end in zip(ends, [*ends[1:], len(bodies)], strict=True):
            again.append(sum(body in seen or seen.add(body) is not None for body in bodies[start:end]))
        assert again[0] == 0, "a call was made twice although nothing was killed"
        calls = [end - start for start, end in pairwise(ends)]
        return [Kill(how, made, repeated) for how, made, repeated in zip(ways, calls, again[1:], strict=True)]


class Nursery:
    """What forks the children of `kill_child`."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def start(self, folder: Path, request: dict[str, Any], run: str) -> Child:
        """A process that starts the run, or goes on with it."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"folder": str(folder), "request": request, "run": run}) + "\n")
        self._process.stdin.flush()
        return Child(int(self._process.stdout.readline()), self._process.stdout)


class Child:
    """A process that works on a run."""

    def __init__(self, number: int, told: Any) -> None:
        self.number = number
        self._status: list[int] = []
        self._thread = threading.Thread(target=lambda: self._status.append(int(told.readline())), daemon=True)
        self._thread.start()

    def ended(self) -> bool:
        """Whether it has."""
        return bool(self._status)

    def kill(self, how: str) -> None:
        """Send a signal and wait for the end."""
        os.kill(self.number, getattr(signal, f"SIG{how}"))
        self.wait()

    def wait(self) -> int:
        """Its wait status."""
        self._thread.join(PATIENCE)
        assert self._status, "it does not end"
        return self._status[0]


@contextmanager
def nursery() -> Iterator[Nursery]:
    """One warm process."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "tests.support.kill_child"]
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, env=environment, cwd=ROOT, **pipes) as process:
        yield Nursery(process)
        assert process.stdin is not None
        process.stdin.close()


def killed(
    server: Server, children: Nursery, folder: Path, request: dict[str, Any], ways: list[str], draw: random.Random
) -> list[Kill]:
    """One run, killed once for each of `ways` and then left alone until it is done.

    A process is killed a moment after some of its calls were seen, the number and the moment drawn.
    """
    till, ends = Till(server), [0]
    share = request["budget"] // (len(ways) + 1)
    for how in ways:
        child = children.start(folder, request, run_in(folder))
        assert till.wait(ends[-1] + draw.randint(1, share), child.ended), "it ended before it was killed"
        time.sleep(draw.random() * 2 * server.behaviour.delay)
        child.kill(how)
        ends.append(len(till.bodies()))
    assert children.start(folder, request, run_in(folder)).wait() == 0
    return till.kills(ends, ways)


def run_in(folder: Path) -> str:
    """The one run of a store, "" before there is one; it must be there for the taking at once."""
    store = RunStore(folder)
    records = store.list() if (folder / "runs.sqlite3").exists() else []
    store.close()
    return records[0].id if records else ""
