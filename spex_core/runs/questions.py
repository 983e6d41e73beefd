"""Runs that ask the same question at the same time, in one process or in several: a mask is paid for once.

A question is a set function: weights, an input, a way of masking it and a target. Runs of one process that ask it tell
each other what they paid for. Among processes one has the question's lease, and keeps it from batch to batch. Others
watch: they take over what it pays for as it appears in the store. A run that watches for a while without getting a
pass that it needs wants to be next, and the lease is handed over between two batches; where the holder is over, or
its process gone, the next to look has it.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from types import TracebackType

from spex_core.arrays import Samples
from spex_core.engine.settings import StoppedError
from spex_core.errors import StoreError
from spex_core.fourier.masks import Known
from spex_core.runs.store.leases import LEASE, Seen
from spex_core.runs.store.owners import this_process
from spex_core.runs.store.run_store import RunStore

LOOK = 0.2
"""Seconds between two looks at what another process pays for."""
PATIENCE = 5.0
"""Seconds that a run watches without getting a pass that it needs, until it wants to ask itself."""
_NOTICE = 0.5  # seconds between two looks of a holder whether somebody wants to be next


@dataclass(frozen=True, kw_only=True)
class Watcher:
    """What a run that may have to watch another process is asked, and told.

    Attributes:
        stopping: whether it was asked to stop.
        done: how many of its passes it has, whoever paid for them.
        told: called with True when it begins to watch, with False when it asks itself.
        aside: entered, with `stopping`, while there is nothing to do but to watch.
    """

    stopping: Callable[[], bool]
    done: Callable[[], int]
    told: Callable[[bool], None] = lambda watching: None
    aside: Callable[[Callable[[], bool]], AbstractContextManager[object]] = lambda stopping: nullcontext()


class Questions:
    """The questions that runs of this process ask; one per process and store.

    Args:
        store: where passes and leases are.
        owner: the name of this process.
    """

    def __init__(self, store: RunStore, owner: Callable[[], str] = this_process) -> None:
        self._store = store
        self._owner = owner
        self._guard = threading.Lock()
        self._open: dict[tuple[str, int], _Question] = {}

    @contextmanager
    def asking(self, key: str, n_features: int, watcher: Watcher) -> Iterator[Asker]:
        """A run's place among those that ask a question; `renew` must be called every few seconds meanwhile.

        Args:
            key: name of the set function; see `runs.store.keys`.
            n_features: its features.
            watcher: the run.

        Raises:
            StoreError: the store cannot be read.
        """
        with self._guard:
            question = self._open.get((key, n_features))
            if question is None:
                question = _Question(self._store, key, n_features, self._owner())
                self._open[key, n_features] = question
            question.runs += 1
        asker = Asker(question, watcher)
        try:
            question.listen(asker.known)
            yield asker
        finally:
            try:
                asker.leave()
            finally:
                with self._guard:
                    question.runs -= 1
                    if not question.runs:
                        del self._open[key, n_features]

    def renew(self) -> None:
        """Keep the leases that this process has, and hand over those that it does not use while others wait.

        Raises:
            StoreError: the store refuses.
        """
        with self._guard:
            questions = list(self._open.values())
        for question in questions:
            question.renew()


class Asker:
    """One run that asks a question; a context manager, entered for each batch that holds masks nobody has paid for.

    Entering gives True where it is this process's turn, False where another asks and has paid for something new.

    Attributes:
        known: what is paid for, by whomever.
    """

    def __init__(self, question: _Question, watcher: Watcher) -> None:
        self.known = Known()
        self._question = question
        self._watcher = watcher
        self._inside = False
        self._served = (-1, 0.0)  # passes it had when it last got one, and when that was

    def tell(self, samples: Samples) -> None:
        """Tell the other runs of this process what was paid for."""
        self._question.tell(samples, self.known)

    def leave(self) -> None:
        """It will not ask any more; where no other run of this process does, the next process may."""
        self._question.leave(self.known)

    def __enter__(self) -> bool:
        size = len(self.known)
        self._inside = self._question.enter()
        if not self._inside:
            self._watcher.told(True)
            self._go_on()
            if len(self.known) == size:
                with self._watcher.aside(self._watcher.stopping):
                    self._watch(size)
        if self._inside:
            self._watcher.told(False)
        return self._inside

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._inside:
            self._inside = False
            self._served = (-1, 0.0)
            self._question.exit()

    def _watch(self, size: int) -> None:
        """Until something new is known or it is this process's turn."""
        while len(self.known) == size and not self._inside:
            done, now = self._watcher.done(), time.monotonic()
            if done > self._served[0]:
                self._served = done, now
            elif now > self._served[1] + PATIENCE:
                self._question.want()
            time.sleep(LOOK)
            self._go_on()
            self._inside = self._question.enter()

    def _go_on(self) -> None:
        if self._watcher.stopping():
            raise StoppedError


class _Question:
    """One question, for all runs of this process that ask it.

    Attributes:
        runs: how many they are.
    """

    def __init__(self, store: RunStore, key: str, n_features: int, owner: str) -> None:
        self.runs = 0
        self._leases = store.leases
        self._key = key
        self._n_features = n_features
        self._owner = owner
        self._guard = threading.Lock()
        self._listening: list[Known] = []
        self._number = 0
        self._seen = Seen()
        self._until = -math.inf  # when the lease may be somebody else's
        self._inside = 0  # runs of this process that ask, or wait for their model, now
        self._wanted = False  # whether another process wants the lease that this one has
        self._wishing = False  # whether this process may be noted as the next
        self._heir = ""
        self._looked = self._noticed = -math.inf

    def listen(self, known: Known) -> None:
        """Let a run know what is paid for, from now on."""
        with self._guard:
            self._listening.append(known)
            self._number = self._number or self._leases.number(self._key, self._n_features)
            found = self._leases.look(self._number, self._n_features, Seen())
            known.add(found.news)
            if len(self._listening) == 1:
                self._seen = found.seen

    def leave(self, known: Known) -> None:
        """It need not know any more; after the last one the lease is free."""
        with self._guard:
            self._listening = [other for other in self._listening if other is not known]
            if not self._listening and (self._has() or self._wishing):
                self._until, self._wishing = -math.inf, False
                with suppress(StoreError):  # then it ends by itself, or with this process
                    self._leases.release(self._number, self._owner)

    def tell(self, samples: Samples, mine: Known | None) -> None:
        """Let all runs but one know passes."""
        for known in self._listening:
            if known is not mine:
                known.add(samples)

    def enter(self) -> bool:
        """Whether this process may ask now; follow with `exit`. What others paid for is known afterwards."""
        with self._guard:
            if self._has() and self._wanted:
                self._hand_over()
            if not self._has():
                self._look()
            may = self._has() and not self._wanted
            self._inside += may
            return may

    def exit(self) -> None:
        """A batch is stored."""
        with self._guard:
            self._inside -= 1
            with suppress(StoreError):  # what was paid for is stored; the next look may do better
                self._notice()
                self._hand_over()

    def want(self) -> None:
        """Be the next, unless somebody else is."""
        with self._guard:
            if not self._heir and not self._has():
                self._leases.want(self._number, self._owner)
                self._wishing, self._heir = True, self._owner

    def renew(self) -> None:
        """Keep the lease where this process has it."""
        with self._guard:
            if self._has():
                now = time.monotonic()
                heir = self._leases.renew(self._number, self._owner)
                self._until = -math.inf if heir is None else now + LEASE
                self._wanted = bool(heir)
                self._hand_over()

    def _has(self) -> bool:
        return time.monotonic() < self._until

    def _look(self) -> None:
        """Take the lease if it is free, and learn what is new."""
        now = time.monotonic()
        if now < self._looked + LOOK:
            return
        first, self._looked = self._looked == -math.inf, now
        asked = self._number, self._n_features
        found = None if first else self._leases.look(*asked, self._seen)
        if found is None or found.holder in ("", self._owner):
            if found is not None:
                self._learn(found.news, found.seen)
            found = self._leases.take(*asked, self._owner, self._seen)
        self._learn(found.news, found.seen)
        self._heir = found.heir
        if found.holder == self._owner:
            self._until, self._noticed = now + LEASE, now
            self._wanted = self._wishing = False

    def _learn(self, news: Samples, seen: Seen) -> None:
        self._seen = seen
        if len(news):
            self.tell(news, None)

    def _notice(self) -> None:
        now = time.monotonic()
        if self._has() and now > self._noticed + _NOTICE:
            self._noticed = now
            heir = self._leases.heir(self._number, self._owner)
            self._wanted = bool(heir)
            if heir is None:
                self._until = -math.inf

    def _hand_over(self) -> None:
        if self._has() and self._wanted and not self._inside:
            self._leases.hand_over(self._number, self._owner)
            self._until, self._wanted, self._looked = -math.inf, False, time.monotonic()
