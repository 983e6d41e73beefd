"""What the store knows of runs, kept in step with the runs of this process.

Every run is in the store from its start on. While it is live it belongs to this process, by a lease that a thread in
the background renews; runs of a process that is gone are interrupted, and anybody may take them over.
"""

from __future__ import annotations

import threading
import weakref
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

from spex_core.arrays import Samples
from spex_core.engine.settings import Progress
from spex_core.errors import InputError, SpexError, StoreError
from spex_core.explanation.result import Explanation
from spex_core.models.base import Backend, ModelSpec
from spex_core.runs.questions import Questions
from spex_core.runs.request_data import first_record, from_plain, plain, target_in_words, withheld
from spex_core.runs.requests import RunRequest, TextRequest, request_of
from spex_core.runs.run import Run
from spex_core.runs.store.bundle import IMPORTED
from spex_core.runs.store.owners import is_gone, this_process
from spex_core.runs.store.records import RunRecord
from spex_core.runs.store.run_store import RunStore

_BEAT = 5.0  # seconds between looks at leases and memory
_KEPT = 8  # runs from the store kept as they were read


class Ledger:
    """Reads and writes runs of a store for one manager.

    Args:
        store: the store.

    Attributes:
        questions: what its runs ask, and who else asks the same.
    """

    def __init__(self, store: RunStore) -> None:
        self.store = store
        self.questions = Questions(store)
        self._guard = threading.Lock()
        self._unsaved: dict[str, dict[str, Any]] = {}
        self._passes: list[tuple[str, Samples]] = []  # paid for, and refused by the disk
        self._read: OrderedDict[tuple[str, str, float], Run] = OrderedDict()
        self._beating = False
        self._mine: weakref.WeakSet[Run] = weakref.WeakSet()

    def open(self, run: Run) -> None:
        """Write a new run.

        Raises:
            StoreError: the disk refused.
        """
        request, content = plain(run.request)
        record = replace(first_record(run.id, run.request), belongs_to=run.belongs_to)
        self.store.create(record, request, content, this_process())
        with self._guard:
            self._mine.add(run)

    def note(self, run: Run, **changes: Any) -> None:
        """Change fields of a run's line; where the disk refuses, later."""
        with self._guard:
            changes = {**self._unsaved.pop(run.id, {}), **changes}
        try:
            self.store.update(run.id, **changes)
        except StoreError:
            with self._guard:
                self._unsaved[run.id] = {**changes, **self._unsaved.get(run.id, {})}

    def samples(self, key: str, n_features: int) -> Samples:
        """Paid passes of a set function; raises `StoreError`."""
        return self.store.samples(key, n_features)

    def append(self, key: str, samples: Samples) -> None:
        """Add paid passes; on return they are on disk.

        Raises:
            StoreError: the disk refused. They are kept in memory, and written by `catch_up`.
        """
        try:
            self.store.append(key, samples)
        except StoreError:
            with self._guard:
                self._passes.append((key, samples))
            raise

    def settle(self, run: Run, settled: Backend, key: str, n_features: int) -> None:
        """Keep what is known once the model is there: what it fixed (its own answer, say), so that resuming the run
        asks the same question, and what the passes are kept under, for when the model is not there.

        Raises:
            StoreError: the disk refused.
        """
        stored = self.store.request_data(run.id)
        model = run.request.model
        fixed = {} if settled.spec is None else settled.spec.options
        data, _ = plain(replace(run.request, model=ModelSpec(model.name, {**model.options, **fixed})))
        data |= {"samples": key, "secrets": sorted({*data["secrets"], *withheld(stored)})}
        if data != stored:
            self.store.revise(run.id, data)
        self.store.update(run.id, n_features=n_features, target=target_in_words(data["options"], settled.toward[1]))

    def key_of(self, run_id: str) -> str:
        """What the passes of a run are kept under, "" where that is not known.

        Raises:
            StoreError: there is no such run, or it cannot be read.
        """
        key = self.store.request_data(run_id).get("samples")
        return key if isinstance(key, str) else run_id if run_id.startswith(IMPORTED) else ""

    def finish(self, run: Run, explanation: Explanation, state: str) -> None:
        """Write a result, which replaces an earlier one.

        Raises:
            StoreError: the disk refused; the earlier result stays.
        """
        with self._guard:
            self._unsaved.pop(run.id, None)
        self.store.finish(run.id, explanation, state, paid=run.paid, error="")

    def take_over(self, run_id: str, person: str, budget: int | None, earlier: Explanation | None) -> Run:
        """A run that is over or interrupted, queued again for this process; with `budget`, a larger one.

        Args:
            run_id: its id, which stays.
            person: who asks.
            budget: more than it had, or None for the same.
            earlier: its result where that is at hand.

        Raises:
            InputError: another process works on it, or the budget is not larger.
            StoreError: there is no such run, or it cannot be read.
        """
        self.catch_up()
        self.release_gone()
        record = self.store.record(run_id)
        if budget is not None and budget <= record.budget:
            raise InputError(f"budget={budget} is no more than the {record.budget} passes that this run had")
        data, content = self.store.request(run_id)
        earlier = earlier or self._result(record)
        request = self._request(data, content, earlier, budget or record.budget)
        if not self.store.claim(run_id, this_process()):
            raise InputError("another process is working on this run; wait until it is over")
        self.store.update(run_id, budget=request.budget)
        run = Run(run_id, request, name=record.name, paid=record.paid, person=person, explanation=earlier)
        run.belongs_to = record.belongs_to
        run.preview = earlier
        run.withheld = withheld(data)
        with self._guard:
            self._mine.add(run)
        return run

    def find(self, run_id: str) -> Run | None:
        """A run from the store; None where there is none."""
        try:
            self.release_gone()
            record = self.store.record(run_id)
        except StoreError:
            return None
        key = (run_id, record.state, record.updated_at)
        with self._guard:
            if key in self._read:
                self._read.move_to_end(key)
                return self._read[key]
        run = self._stored(record)
        with self._guard:
            self._read[key] = run
            while len(self._read) > _KEPT:
                self._read.popitem(last=False)
        return run

    def part(self) -> None:
        """The program ends: write what is left, and let go of its live runs, which are interrupted from now on.

        Raises:
            StoreError: the disk refused; the runs are interrupted when it is seen that this process is gone.
        """
        with self._guard:
            self._mine.clear()  # no beat renews them any more
        self.catch_up()
        self.store.release(lambda owner: owner == this_process())

    def release_gone(self) -> None:
        """Runs of processes of this machine that have ended are interrupted now, not only when their lease is out."""
        self.store.release(is_gone)

    def catch_up(self) -> None:
        """Write what the disk refused earlier."""
        with self._guard:
            waiting, self._unsaved = self._unsaved, {}
            passes, self._passes = self._passes, []
        for key, samples in passes:
            with suppress(StoreError):
                self.append(key, samples)
        for run_id, changes in waiting.items():
            try:
                self.store.update(run_id, **changes)
            except StoreError:
                with self._guard:
                    self._unsaved[run_id] = {**changes, **self._unsaved.get(run_id, {})}

    def beat(self, also: Callable[[], None]) -> None:
        """Renew this process's leases and call `also` from now on, in the background, as long as this ledger lives."""
        with self._guard:
            if self._beating:
                return
            self._beating = True
        over = threading.Event()
        weakref.finalize(self, over.set)
        arguments = (weakref.ref(self), weakref.WeakMethod(also), over)
        threading.Thread(target=_beat, args=arguments, name="leases", daemon=True).start()

    def renew(self) -> None:
        """Keep the leases of live runs, and of what they ask."""
        with self._guard:
            mine = list(self._mine)
        if any(run.live for run in mine):
            self.store.renew(this_process())
        self.questions.renew()

    def _stored(self, record: RunRecord) -> Run:
        explanation, error = None, record.error
        if record.evaluations is not None:
            try:
                explanation = self.store.load(record.id)
            except StoreError as damage:
                error = str(damage)
        try:
            request = self._request(*self.store.request(record.id), explanation, record.budget)
        except StoreError:
            request = TextRequest(text="", model=ModelSpec(record.model))
        state = record.state
        if state == "interrupted" and not error:
            error = "the program that worked on it has ended; resume it, and what was paid for is not paid again"
        run = Run(record.id, request, state, name=record.name, paid=record.paid, explanation=explanation)
        run.error = error or None
        run.belongs_to = record.belongs_to
        run.started_at = record.created_at
        if run.live:  # another process works on it
            run.progress = Progress(record.paid, record.budget, 0.0, None, "evaluate")
        return run

    def _result(self, record: RunRecord) -> Explanation | None:
        if record.evaluations is None:
            return None
        try:
            return self.store.load(record.id)
        except StoreError:
            return None

    @staticmethod
    def _request(data: dict[str, Any], content: bytes, result: Explanation | None, budget: int) -> RunRequest:
        """From the store's own data; of a run that came from a file, from its result."""
        if data:
            return replace(from_plain(data, content), budget=budget)
        if result is None or result.source is None or result.model is None:
            raise StoreError("there is no model and input behind this run, so it cannot go on")
        return replace(request_of(result), budget=budget)


def _beat(ledger: weakref.ref[Ledger], also: weakref.WeakMethod[Callable[[], None]], over: threading.Event) -> None:
    while not over.wait(_BEAT):
        mine, call = ledger(), also()
        if mine is None:
            return
        try:
            mine.catch_up()
            mine.renew()
        except SpexError:
            pass  # the disk is full, or the server is away: the next beat may do better
        if call is not None:
            call()
        del mine, call
