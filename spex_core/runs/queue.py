"""Who works next: a few workers, a bounded line, and turns between people.

A run is worked on in a thread of its own while it has one of the few places. Between batches it gives its place up
where somebody waits who has fewer, so one person's ten runs never hold up another's one for longer than a batch.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from itertools import count

from spex_core.errors import InputError

WORKERS = 2
MOST_WAITING = 50


class Ticket:
    """A place in the line.

    Attributes:
        person: whose it is.
        begun: whether its work has ever had a turn.
    """

    def __init__(self, queue: RunQueue, person: str) -> None:
        self.person = person
        self.begun = False
        self._queue = queue
        self._work: Callable[[Ticket], None] | None = None
        self._turn: threading.Event | None = None

    def give_way(self) -> None:
        """Between batches: wait for another turn if somebody else should have this one."""
        self._queue._give_way(self)


class RunQueue:
    """The line.

    Args:
        workers: most runs worked on at once.
        most_waiting: most that may wait for their first turn.
    """

    def __init__(self, workers: int = WORKERS, most_waiting: int = MOST_WAITING) -> None:
        self._workers = workers
        self._most_waiting = most_waiting
        self._guard = threading.Lock()
        self._lines: dict[str, deque[Ticket]] = {}
        self._booked: set[Ticket] = set()
        self._working: dict[str, int] = {}
        self._served: dict[str, int] = {}
        self._clock = count(1)

    def book(self, person: str) -> Ticket:
        """A place for work that is not ready yet; follow with `open` or `drop`.

        Raises:
            InputError: too many wait already.
        """
        with self._guard:
            if len(self._booked) >= self._most_waiting:
                raise InputError(
                    f"{self._most_waiting} runs are waiting already, which is the most; "
                    "start this one when some of them are over"
                )
            ticket = Ticket(self, person)
            self._booked.add(ticket)
            return ticket

    def open(self, ticket: Ticket, work: Callable[[Ticket], None]) -> None:
        """Let `work(ticket)` begin, in a thread of its own, when it is its turn."""
        with self._guard:
            ticket._work = work
            self._lines.setdefault(ticket.person, deque()).append(ticket)
            self._dispatch()

    def drop(self, ticket: Ticket) -> bool:
        """Take a ticket out of the line; False where its work has begun."""
        with self._guard:
            if ticket not in self._booked:
                return False
            self._booked.remove(ticket)
            line = self._lines.get(ticket.person, deque())
            if ticket in line:
                line.remove(ticket)
            self._forget(ticket.person)
            return True

    def _dispatch(self) -> None:
        """Fill the free places: first those who have the fewest, among them who was served longest ago."""
        while sum(self._working.values()) < self._workers:
            waiting = [person for person, line in self._lines.items() if line]
            if not waiting:
                return
            person = min(waiting, key=lambda name: (self._working.get(name, 0), self._served.get(name, 0)))
            ticket = self._lines[person].popleft()
            self._working[person] = self._working.get(person, 0) + 1
            self._served[person] = next(self._clock)
            if ticket._turn is not None:
                ticket._turn.set()
                continue
            ticket.begun = True
            self._booked.discard(ticket)
            threading.Thread(target=self._run, args=(ticket,), name="run", daemon=True).start()

    def _run(self, ticket: Ticket) -> None:
        assert ticket._work is not None
        try:
            ticket._work(ticket)
        finally:
            ticket._work = None  # it holds the manager
            with self._guard:
                self._working[ticket.person] -= 1
                self._forget(ticket.person)
                self._dispatch()

    def _give_way(self, ticket: Ticket) -> None:
        with self._guard:
            mine = self._working[ticket.person]
            if not any(line and self._working.get(person, 0) < mine for person, line in self._lines.items()):
                return
            ticket._turn = turn = threading.Event()
            self._lines.setdefault(ticket.person, deque()).appendleft(ticket)
            self._working[ticket.person] -= 1
            self._dispatch()
        turn.wait()

    def _forget(self, person: str) -> None:
        if not self._working.get(person) and not self._lines.get(person):
            for table in (self._working, self._lines, self._served):
                table.pop(person, None)  # type: ignore[attr-defined]  # three tables by person
