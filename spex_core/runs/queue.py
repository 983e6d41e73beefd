"""Who works next: a few workers, a bounded line, and turns between people.

A run is worked on in a thread of its own while it has one of the few places. Between batches it gives its place up
where somebody waits who has fewer, so one person's ten runs never hold up another's one for longer than a batch.

Places are for work that is done here. A run that waits for a server has none meanwhile, and takes its turn again with
the answer; how many of these are under way is bounded by itself, for all and for each person.

Nobody fills a line that is shared: a person may wait with as many runs as there are places left for the others.
"""

from __future__ import annotations

import threading
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count

from spex_core.errors import InputError

WORKERS = 2
MOST_WAITING = 50
MOST_AWAY = 16
MOST_AWAY_EACH = 4


class Ticket:
    """A place in the line.

    Attributes:
        person: whose it is.
        remote: whether its work is to wait for a server.
        begun: whether its work has ever had a turn.
    """

    def __init__(self, queue: RunQueue, person: str, remote: bool = False) -> None:
        self.person = person
        self.remote = remote
        self.begun = False
        self._queue = queue
        self._work: Callable[[Ticket], None] | None = None
        self._turn: threading.Event | None = None
        self._back = False  # from where it waited

    def give_way(self) -> None:
        """Between batches: wait for another turn if somebody else should have this one."""
        self._queue._give_way(self)

    @contextmanager
    def away(self, at_once: Callable[[], bool] = lambda: False) -> Iterator[None]:
        """While there is nothing to do but wait, for a server or another process: others have the place; it ends with
        another turn, unless `at_once` says that what is left to do is to come to an end."""
        self._queue._leave(self)
        try:
            yield
        finally:
            self._queue._come_back(self, at_once())


class RunQueue:
    """The line.

    Args:
        workers: most runs worked on at once.
        most_waiting: most that may wait for their first turn.
        most_away: most runs for servers that are under way at once.
        most_away_each: most of them that are one person's.
        share: whether one person may wait with no more than there are places left.
    """

    def __init__(
        self,
        workers: int = WORKERS,
        most_waiting: int = MOST_WAITING,
        most_away: int = MOST_AWAY,
        most_away_each: int = MOST_AWAY_EACH,
        share: bool = False,
    ) -> None:
        self._workers = workers
        self._most_waiting = most_waiting
        self._most_away = most_away
        self._most_away_each = most_away_each
        self._share = share
        self._guard = threading.Lock()
        self._lines: dict[str, deque[Ticket]] = {}
        self._booked: set[Ticket] = set()
        self._aside: set[Ticket] = set()
        self._working: dict[str, int] = {}
        self._served: dict[str, int] = {}
        self._remote: Counter[str] = Counter()  # runs for servers under way, by person
        self._clock = count(1)

    def book(self, person: str, remote: bool = False) -> Ticket:
        """A place for work that is not ready yet; follow with `open` or `drop`.

        Args:
            person: whose it is; those of nobody in particular ("") are bounded by the line alone.
            remote: whether the work is to wait for a server.

        Raises:
            InputError: too many wait already, or too many of this person's.
        """
        with self._guard:
            free = self._most_waiting - len(self._booked) - len(self._aside)
            if free <= 0:
                raise InputError(
                    f"{self._most_waiting} runs are waiting already, which is the most; "
                    "start this one when some of them are over"
                )
            mine = sum(ticket.person == person for ticket in self._booked)
            if self._share and person and mine and mine >= free:
                raise InputError(
                    f"{mine} of your runs are waiting already; the places left, {free}, are kept for others, so "
                    "start this one when some of yours are over"
                )
            ticket = Ticket(self, person, remote)
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
            waiting = {person: ticket for person in self._lines if (ticket := self._next(person)) is not None}
            if not waiting:
                return
            person = min(waiting, key=lambda name: (self._working.get(name, 0), self._served.get(name, 0)))
            ticket = waiting[person]
            self._lines[person].remove(ticket)
            self._working[person] = self._working.get(person, 0) + 1
            self._served[person] = next(self._clock)
            if ticket._turn is not None:
                ticket._turn.set()
                continue
            ticket.begun = True
            self._booked.discard(ticket)
            self._remote[person] += ticket.remote
            threading.Thread(target=self._run, args=(ticket,), name="run", daemon=True).start()

    def _next(self, person: str) -> Ticket | None:
        """Which of a person's may have a turn: one that comes back before those that go on, these before new ones."""
        line = self._lines.get(person, ())
        full = self._remote[person] >= self._most_away_each or self._remote.total() >= self._most_away
        fitting = (ticket for ticket in line if not (full and ticket.remote and ticket._turn is None))
        return min(fitting, key=lambda ticket: not ticket._back, default=None)

    def _run(self, ticket: Ticket) -> None:
        assert ticket._work is not None
        try:
            ticket._work(ticket)
        finally:
            ticket._work = None  # it holds the manager
            with self._guard:
                self._working[ticket.person] -= 1
                self._remote[ticket.person] -= ticket.remote
                self._dispatch()
                self._forget(ticket.person)

    def _give_way(self, ticket: Ticket) -> None:
        with self._guard:
            if not any(self._goes_first(other, ticket) for other in map(self._next, self._lines)):
                return
            turn = self._line_up(ticket)
            self._working[ticket.person] -= 1
            self._dispatch()
        turn.wait()

    def _goes_first(self, other: Ticket | None, ticket: Ticket) -> bool:
        if other is None:
            return False
        mine = self._working[ticket.person]
        return other._back if other.person == ticket.person else self._working.get(other.person, 0) < mine

    def _leave(self, ticket: Ticket) -> None:
        with self._guard:
            if not ticket.remote:  # those are bounded by themselves
                self._aside.add(ticket)
            self._working[ticket.person] -= 1
            self._dispatch()

    def _come_back(self, ticket: Ticket, at_once: bool) -> None:
        with self._guard:
            self._aside.discard(ticket)
            if at_once:
                self._working[ticket.person] = self._working.get(ticket.person, 0) + 1  # it may be forgotten by now
                return
            ticket._back = True
            turn = self._line_up(ticket)
            self._dispatch()
        turn.wait()
        ticket._back = False

    def _line_up(self, ticket: Ticket) -> threading.Event:
        ticket._turn = turn = threading.Event()
        self._lines.setdefault(ticket.person, deque()).appendleft(ticket)
        return turn

    def _forget(self, person: str) -> None:
        if not self._working.get(person) and not self._lines.get(person) and not self._remote[person]:
            for table in (self._working, self._lines, self._served, self._remote):
                table.pop(person, None)  # type: ignore[attr-defined]  # tables by person
