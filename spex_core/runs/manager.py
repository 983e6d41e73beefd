"""Runs in worker threads: they outlive a click, a page switch, a reload and, in the store, the process itself."""

from __future__ import annotations

import builtins
import threading
import time
import uuid
from collections.abc import Mapping
from contextlib import ExitStack, nullcontext, suppress
from dataclasses import replace
from functools import partial
from typing import Any

from spex_core.arrays import BoolArray, Samples
from spex_core.engine.design import cost
from spex_core.engine.settings import Progress, StoppedError
from spex_core.errors import EndpointError, InputError, SpexError, StoreError, check_whole
from spex_core.explanation.result import Explanation
from spex_core.memory import run_bytes
from spex_core.models.base import Backend, ModelSpec
from spex_core.models.registry import backends
from spex_core.runs.fair_lock import FairLock
from spex_core.runs.ledger import Ledger
from spex_core.runs.models import Models
from spex_core.runs.questions import Asker, Watcher
from spex_core.runs.queue import MOST_WAITING, WORKERS, RunQueue, Ticket
from spex_core.runs.requests import RunRequest
from spex_core.runs.run import Run
from spex_core.runs.store.bundle import IMPORTED
from spex_core.runs.store.records import RunRecord
from spex_core.runs.store.run_store import RunStore

_REMEMBERED_RUNS = 100
_NOTED = 1.0  # seconds between updates of the passes paid in a run's line
_PARTING = 5.0  # seconds that calls under way have when the program ends; whoever stops it waits some ten
_IN_STORE = {"loading": "running", "fitting": "running"}


class RunManager:
    """Starts runs and finds them again; they share the loaded models. One per process.

    A few runs are worked on at once, the others wait in a bounded line; people take turns, batch by batch. Every
    pass is written before it counts, and before another call takes the place of its own: a run that was killed can be
    resumed, and one that is over extended, without paying for a pass twice but for those that were on their way.

    Args:
        store: where runs and paid samples are kept.
        workers: most runs worked on at once.
        most_waiting: most runs that wait for their first turn.
        models: loads models and asks them.
    """

    def __init__(
        self,
        store: RunStore | None = None,
        workers: int = WORKERS,
        most_waiting: int = MOST_WAITING,
        models: Models | None = None,
    ) -> None:
        self.store = RunStore() if store is None else store
        self.models = Models() if models is None else models
        self._ledger = Ledger(self.store)
        self._queue = RunQueue(workers, most_waiting, share=True)
        self._guard = threading.Lock()
        self._runs: dict[str, Run] = {}

    def start(self, request: RunRequest, person: str = "", belongs_to: str = "") -> Run:
        """Begin a run, or put it in the line, and return at once.

        Args:
            request: what to do.
            person: who asks; people take turns.
            belongs_to: whose it is to be, "" for the host (`owned`).

        Raises:
            InputError: the line is full.
        """
        ticket = self._queue.book(person, _is_remote(request.model.name))
        run = Run(uuid.uuid4().hex[:16], request, person=person, belongs_to=belongs_to)
        try:
            request.check_size()  # what else is wrong with it, the run says
            self._ledger.open(run)
        except SpexError as error:
            self._queue.drop(ticket)
            run.error, run.state = str(error), "failed"
            self._remember(run)
            return run
        except BaseException:
            self._queue.drop(ticket)
            raise
        return self._line_up(run, ticket)

    def resume(self, run_id: str, person: str = "", secrets: Mapping[str, str] | None = None) -> Run:
        """Go on with a run that was interrupted, cancelled or failed: passes that are paid for are not paid again.

        Args:
            run_id: its id, which stays.
            person: who asks.
            secrets: options that are never stored, such as an API key; where there are none, a key of the
                environment is used.

        Raises:
            InputError: the line is full, or another process works on the run.
            StoreError: there is no such run, or it cannot be read.
        """
        return self._again(run_id, None, person, secrets or {})

    def extend(self, run_id: str, budget: int, person: str = "", secrets: Mapping[str, str] | None = None) -> Run:
        """Give a run that is over a larger budget, and pay for the difference; its result stays until the new one.

        Args:
            run_id: its id, which stays.
            budget: more passes than it had.
            person, secrets: see `resume`.

        Raises:
            InputError: the budget is not larger, the run is not over, or see `resume`.
            StoreError: see `resume`.
        """
        return self._again(run_id, check_whole("budget", budget, 1), person, secrets or {})

    def close(self, patience: float = _PARTING) -> None:
        """The program ends: no further call begins, what is under way is kept if it comes in time, and live runs are
        interrupted at once, so that anybody may resume them.

        Args:
            patience: seconds to wait for what is under way.
        """
        until = time.monotonic() + patience
        with self._guard:
            live = [run for run in self._runs.values() if run.live]
        for run in live:
            run.halt()
        for run in live:
            if run.state != "queued":
                run.wait(max(0.0, until - time.monotonic()))
        with suppress(StoreError):
            self._ledger.part()

    def get(self, run_id: str) -> Run | None:
        """The run with this id, from memory or from the store; None where there is none."""
        with self._guard:
            if run_id in self._runs:
                return self._runs[run_id]
        return self._ledger.find(run_id)

    def list(self) -> builtins.list[Run]:
        """Runs of this process, newest first."""
        with self._guard:
            return sorted(self._runs.values(), key=lambda run: -run.started_at)

    def records(self) -> builtins.list[RunRecord]:
        """Every run of the store, pinned first, then newest; those of this process as they stand at this moment.

        Raises:
            StoreError: the store cannot be read.
        """
        self._ledger.catch_up()
        self._ledger.release_gone()
        with self._guard:
            mine = dict(self._runs)
        return [self._current(record, mine.get(record.id)) for record in self.store.list()]

    @staticmethod
    def _current(record: RunRecord, run: Run | None) -> RunRecord:
        if run is None:
            return record
        run.name = record.name
        state = _IN_STORE.get(run.state, run.state)
        return replace(record, state=state, paid=max(run.paid, record.paid), error=run.error or "")

    def knows_passes_of(self, run_id: str) -> bool:
        """Whether it was written down where the passes of a run are kept; not for runs of early versions."""
        try:
            return bool(self._ledger.key_of(run_id))
        except StoreError:
            return False

    def paid_for(self, run_id: str, n_features: int) -> tuple[Samples, str]:
        """The masked passes behind a run, and the name they are kept under.

        Raises:
            StoreError: there is no such run, its passes cannot be read, or it is older than their name.
        """
        key = self._ledger.key_of(run_id)
        if not key:
            raise StoreError("where the passes of this run are kept was not written down; extend the run once")
        return self.store.samples(key, n_features), key

    def check(self, explanation: Explanation, mask: BoolArray) -> float:
        """What the model really says with only `mask` (n,) kept, asked once and kept; raises as `Models.check` does."""
        return self.models.check(explanation, mask, self._ledger)

    def _again(self, run_id: str, budget: int | None, person: str, secrets: Mapping[str, str]) -> Run:
        with self._guard:
            before = self._runs.get(run_id)
        if before is not None and before.live:
            if budget is None:
                return before
            raise InputError("the run is still going; extend it when it is over, or cancel it first")
        if before is not None and before.person == person:  # whose own key may be used again
            secrets = {**self._secrets(before.request.model), **secrets}
        ticket = self._queue.book(person, _is_remote(self.store.record(run_id).model))
        try:
            run = self._ledger.take_over(run_id, person, budget, None if before is None else before.explanation)
        except BaseException:
            self._queue.drop(ticket)
            raise
        model = run.request.model
        run.request = replace(run.request, model=ModelSpec(model.name, {**model.options, **secrets}))
        run.withheld = tuple(name for name in run.withheld if not secrets.get(name))
        return self._line_up(run, ticket)

    def _line_up(self, run: Run, ticket: Ticket) -> Run:
        def withdraw() -> None:
            if self._queue.drop(ticket):
                run.error = "cancelled before its first pass"
                run.state = "cancelled"
                self._ledger.note(run, state="cancelled", error=run.error)

        run.wait_for_turn(withdraw)
        self._remember(run)
        self._ledger.beat(self._watch)
        self._queue.open(ticket, partial(self._work, run))
        return run

    def _remember(self, run: Run) -> None:
        with self._guard:
            self._runs.pop(run.id, None)
            self._runs[run.id] = run
            finished = [key for key, old in self._runs.items() if not old.live]
            for key in finished[: max(0, len(self._runs) - _REMEMBERED_RUNS)]:
                del self._runs[key]

    def _watch(self) -> None:
        """Now and then: idle models leave when memory is short."""
        self.models.loaded.make_room()

    def _work(self, run: Run, ticket: Ticket) -> None:
        run.begin()
        try:
            explanation = self._explained(run, ticket)
            state = "done" if explanation.complete else "cancelled"
            self._ledger.finish(run, explanation, state)
            self.models.learn(run, explanation)
            run.explanation, run.error, run.state = explanation, None, state
        except (StoppedError, _HaltedError):
            self._close(run, "cancelled", "cancelled before its first pass")
        except SpexError as error:
            self._close(run, "failed", _told(run, error))
        except Exception as error:  # a worker must never die silently: the page shows this line
            self._close(run, "failed", f"unexpected {type(error).__name__}: {error}")

    def _close(self, run: Run, state: str, error: str) -> None:
        if run.halted:
            self._ledger.note(run, paid=run.paid)
            run.state = "interrupted"
            return
        run.error = error
        try:
            self._ledger.note(run, state=state, error=error, paid=run.paid)
        finally:
            run.state = state  # whatever happens, nobody waits for it any more

    def _explained(self, run: Run, ticket: Ticket) -> Explanation:
        _go_on(run)
        self.store.update(run.id, state="running")
        run.state = "loading"
        forecast = self.models.refuse_impossible(run.request)
        fetched = forecast is not None and forecast.download_bytes != 0
        with ticket.away(run.stopping) if fetched else nullcontext():
            backend = self.models.backend(run.request.model)
        with self.models.loaded.lease(backend):
            run.state = "running"
            return self._explain(run, backend, ticket)

    def _explain(self, run: Run, backend: Backend, ticket: Ticket) -> Explanation:
        request = run.request
        masker = request.masker(backend)
        passes = cost(masker.n_features, request.budget, request.estimator, request.max_order).passes
        self.models.loaded.make_room(run_bytes(masker.n_features, passes, request.max_order))
        with _Turns(ticket, self.models.lock(backend), backend.remote):
            backend = backend.settle(request.whole)
        settled = backend.spec or request.model
        if not any(option.secret for option in backend.options):  # nobody else may come to use somebody's key
            backend = self.models.loaded.keep(settled, backend)
        own = request.sample_key(masker, backend)
        key = self._key(run, own, masker.n_features)
        self._ledger.settle(run, backend, key, masker.n_features)
        _go_on(run)
        self._ledger.catch_up()
        watcher = Watcher(
            stopping=run.stopping, done=partial(_done, run), told=partial(setattr, run, "watching"), aside=ticket.away
        )
        with self._ledger.questions.asking(key, masker.n_features, watcher) as asker:
            noted = 0.0

            def record(samples: Samples) -> None:
                nonlocal noted
                if time.monotonic() - noted > _NOTED:  # before they are written: the disk is waited for once, not twice
                    self._ledger.note(run, paid=run.paid)
                    noted = time.monotonic()
                run.paid += len(samples)
                self._ledger.append(key, samples)
                if own != key:
                    self._ledger.append(own, samples)  # these were paid for here, so every later run may have them
                asker.tell(samples)

            return request.explain(
                backend,
                on_progress=partial(_report, run, asker),
                should_stop=run.stopping,
                on_samples=record,
                known=asker.known,
                previews=True,
                turn=asker,
                lock=_Turns(ticket, self.models.lock(backend, own), backend.remote),
            )

    def _key(self, run: Run, own: str, n_features: int) -> str:
        """What a run's passes are kept under: passes of somebody's file stay apart, for that run alone (`bundle`)."""
        foreign = run.id.startswith(IMPORTED) and len(self.store.samples(run.id, n_features)) > 0
        return run.id if foreign else own

    @staticmethod
    def _secrets(model: ModelSpec) -> dict[str, str]:
        kind = backends().get(model.name)
        names = {option.name for option in kind.options if option.secret} if kind is not None else set()
        return {name: value for name, value in model.options.items() if name in names}


class _HaltedError(Exception):
    """The program ends."""


class _Turns:
    """The model's lock for one run, which before each batch lets somebody else go first where it is their turn, and
    has no place among those at work as long as it waits for a server."""

    def __init__(self, ticket: Ticket, lock: FairLock, remote: bool) -> None:
        self._ticket = ticket
        self._lock = lock
        self._remote = remote
        self._held = ExitStack()

    def __enter__(self) -> None:
        if self._remote:
            self._held.enter_context(self._ticket.away())
        else:
            self._ticket.give_way()
        self._held.enter_context(self._lock)

    def __exit__(self, *error: Any) -> None:
        self._held.close()


def _is_remote(model: str) -> bool:
    kind = backends().get(model)
    return kind is not None and kind.remote


def _go_on(run: Run) -> None:
    if run.stopping():
        raise StoppedError


def _done(run: Run) -> int:
    return 0 if run.progress is None else run.progress.done


def _report(run: Run, asker: Asker, progress: Progress) -> None:
    if run.halted and progress.stage == "evaluate":
        raise _HaltedError
    run.progress = progress
    run.preview = progress.preview or run.preview
    if progress.stage == "fit":
        asker.leave()
        run.state = "fitting"


def _told(run: Run, error: SpexError) -> str:
    """An error's line; where a key that is not stored may be the reason, it says so."""
    if not run.withheld:
        return str(error)
    refused = isinstance(error, EndpointError) and error.reason == "authentication"
    if not (refused or isinstance(error, InputError)):
        return str(error)
    names = " and ".join(run.withheld)
    return f"{error}; {names} was not stored with the run, so give it again: a new run pays for no pass twice"
