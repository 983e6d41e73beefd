"""One run and where it stands."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from spex_core.engine.settings import Progress
from spex_core.explanation.result import Explanation
from spex_core.runs.requests import RunRequest

LIVE = ("queued", "loading", "running", "fitting")


@dataclass(eq=False)
class Run:
    """One run and where it stands; written by its worker, read by anyone.

    Attributes:
        id: name of the run, also in the store.
        state: "queued", "loading", "running", "fitting", "done", "cancelled", "failed" or "interrupted".
        progress: the latest progress, None before the first batch.
        preview: the latest early estimate.
        explanation: the result; after a cancel, of what was paid for; until a new one replaces it, the earlier one.
        error: one line that may be shown, where the run failed.
        started_at: seconds since the epoch.
        name: chosen by a person, "" until then.
        paid: passes that the model really made for this run.
        person: who asked for it last, for turns.
        belongs_to: whose it is, "" for the host.
        watching: whether another process asks its question at this moment, whose passes it takes over.
        withheld: names of secret options that it was started with and that are not there any more.
        halted: whether the program ends, see `halt`.
    """

    id: str
    request: RunRequest
    state: str = "queued"
    progress: Progress | None = None
    preview: Explanation | None = None
    explanation: Explanation | None = None
    error: str | None = None
    started_at: float = field(default_factory=time.time)
    name: str = ""
    paid: int = 0
    person: str = ""
    belongs_to: str = ""
    watching: bool = False
    withheld: tuple[str, ...] = field(default=(), repr=False)
    halted: bool = False
    _stop: threading.Event = field(default_factory=threading.Event, repr=False)
    _withdraw: Callable[[], None] | None = field(default=None, repr=False)
    _over: threading.Event = field(default_factory=threading.Event, init=False, repr=False)

    def __setattr__(self, name: str, value: object) -> None:
        super().__setattr__(name, value)
        if name == "state" and "_over" in self.__dict__:  # whoever writes the state wakes those who wait
            self._over.clear() if self.live else self._over.set()

    @property
    def live(self) -> bool:
        """Whether a worker still works on it, or will."""
        return self.state in LIVE

    def wait(self, seconds: float) -> bool:
        """Wait until this process's worker is done with it, `seconds` at most; whether it is."""
        return not self.live or self._over.wait(seconds)

    def cancel(self) -> None:
        """Ask the worker to stop after the batch in hand; what is paid for is kept and explained. A run that has not
        begun is over at once."""
        self._stop.set()
        if self._withdraw is not None:
            self._withdraw()

    def halt(self) -> None:
        """The program ends: stop as after `cancel`, but explain nothing and leave the run as interrupted."""
        self.halted = True
        self._stop.set()

    def stopping(self) -> bool:
        """Whether it was asked to stop."""
        return self._stop.is_set()

    def wait_for_turn(self, withdraw: Callable[[], None]) -> None:
        """Until it begins, `cancel` calls `withdraw`, which takes it out of the line."""
        self._withdraw = withdraw

    def begin(self) -> None:
        """Its worker has it: from now on it is stopped, not withdrawn."""
        self._withdraw = None
