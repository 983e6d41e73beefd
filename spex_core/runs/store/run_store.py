"""Runs, their inputs and results, and every masked pass that was paid for, in one database.

SQLite in the user's data folder, or a database of a team by URL. What was acknowledged, a call that returned, outlives
a killed process and a full disk; a crash of the machine as well, paid passes that come a few at a time after a second.
SQLAlchemy is loaded on the first use of a store, never by importing this module.
"""

from __future__ import annotations

import builtins
import json
import math
import os
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spex_core.arrays import Samples
from spex_core.errors import StoreError
from spex_core.explanation.codec import MAX_JSON_BYTES
from spex_core.explanation.result import Explanation
from spex_core.runs.store.batches import pack, unpack
from spex_core.runs.store.leases import LEASE, QuestionLeases
from spex_core.runs.store.notes import Notes
from spex_core.runs.store.older import NAME, older_root, runs_in, samples_in
from spex_core.runs.store.records import NOT_ENDED, RunRecord, checked, record_of, results

if TYPE_CHECKING:
    from spex_core.runs.store.database import Database
    from spex_core.runs.store.queries import Queries


KEPT_DELETED = 30 * 86_400.0
"""Seconds that a deleted run can be restored."""
_SYNC_SECONDS, _SYNC_PASSES = 1.0, 512
"""Paid passes for which the disk is waited for once: waiting for it takes ten times as long as the write itself."""


def default_root() -> Path:
    """Folder of the store: SPEX_EXPLORER_HOME, else the user's data folder."""
    chosen = os.environ.get("SPEX_EXPLORER_HOME")
    if chosen:
        return Path(chosen)
    from platformdirs import user_data_path

    return user_data_path("spex-explorer", appauthor=False)


class RunStore:
    """Runs and paid passes; any number of threads and processes may use one store at once.

    Every method raises `StoreError`, one line that may be shown, where the database refuses: the disk is full, the
    server is not there, the store was written by a newer version.

    Args:
        where: a folder, made on first use, for one SQLite file in it; or a SQLAlchemy URL of SQLite or PostgreSQL.
            Default: the URL in SPEX_EXPLORER_STORE, else `default_root()`.
    """

    def __init__(self, where: str | Path | None = None) -> None:
        address = os.environ.get("SPEX_EXPLORER_STORE") if where is None else None
        self._where: str | Path = address or (default_root() if where is None else where)
        self._misnamed = bool(address) and "://" not in str(address)
        self._older: list[Path] = []
        if not (isinstance(self._where, str) and "://" in self._where):
            self._older = [Path(self._where)]
            if where is None and not os.environ.get("SPEX_EXPLORER_HOME"):
                self._older.append(older_root())
        self._database: Database | None = None
        self._opening = threading.Lock()
        self._questions: dict[tuple[str, int], int] = {}
        self._synced = -math.inf
        self._unsynced = 0

    # runs

    def create(self, record: RunRecord, request: dict[str, Any], content: bytes, owner: str) -> None:
        """Write a new run, which belongs to the process `owner` for `LEASE` seconds.

        Args:
            record: its line; times are filled in where they are 0.
            request: plain JSON data that repeats the run; without secrets.
            content: the input's bytes, kept once however many runs ask about it; b"" for none.
            owner: any name that no other process has.

        Raises:
            StoreError: there is a run of this id; a field that no run can have.
        """
        _name(record.id)
        text = json.dumps(request, allow_nan=False)
        with self._transaction("save the run", write=True) as queries:
            now = queries.now()
            values = _stamped(record, now)
            if not queries.add_run(values, text, content, owner, now + LEASE):
                raise StoreError(f"there is a run {record.id} already")

    def update(self, run_id: str, **changes: Any) -> None:
        """Change fields of a run; any of `RunRecord` but the id.

        Raises:
            StoreError: there is no such run, no such field, or a value that no run can have.
        """
        self._change(run_id, _changes(changes))

    def finish(self, run_id: str, explanation: Explanation, state: str, **changes: Any) -> None:
        """Write a result, replacing an earlier one, and the run's state and figures, all or nothing."""
        _name(run_id)
        values = _changes(results(explanation) | {"state": state} | changes)
        packed = _packed(explanation)
        with self._transaction("save the run", write=True) as queries:
            _apply(queries, run_id, values)
            queries.put_result(run_id, packed)

    def save(self, run_id: str, explanation: Explanation, name: str = "", belongs_to: str = "") -> None:
        """Write or replace a run of which there is only the result: one from a file or of the command line. One that
        is replaced stays whose it is."""
        record = replace(record_of(_name(run_id), explanation, name), belongs_to=belongs_to)
        packed = _packed(explanation)
        with self._transaction("save the run", write=True) as queries:
            _put(queries, record, explanation, packed, queries.now())

    def record(self, run_id: str) -> RunRecord:
        """A run's line.

        Raises:
            StoreError: there is no such run, or it was deleted.
        """
        with self._transaction(f"read run {_name(run_id)}") as queries:
            row = queries.run(run_id)
            if row is None:
                raise StoreError(f"there is no run {run_id}")
            return _record(row, queries.now())

    def list(self) -> builtins.list[RunRecord]:
        """Every run that was not deleted: pinned first, then newest. Live ones whose lease ran out are interrupted."""
        with self._transaction("list the runs") as queries:
            now = queries.now()
            return [_record(row, now) for row in queries.runs()]

    def load(self, run_id: str) -> Explanation:
        """A run's result.

        Raises:
            StoreError: no such run, none yet, corrupt or too large.
        """
        with self._transaction(f"read run {_name(run_id)}") as queries:
            if queries.run(run_id) is None:
                raise StoreError(f"there is no run {run_id}")
            packed = queries.result(run_id)
        if packed is None:
            raise StoreError(f"run {run_id} has no result yet")
        return Explanation.from_json(unpacked(packed, run_id))

    def request(self, run_id: str) -> tuple[dict[str, Any], bytes]:
        """What `create` was given: the request, {} for a run that was saved as a result only, and the input's bytes."""
        with self._transaction(f"read run {_name(run_id)}") as queries:
            text, content = _requested(queries, run_id), queries.content(run_id)
        return _parsed(text, run_id), content

    def request_data(self, run_id: str) -> dict[str, Any]:
        """The request without its input, which may be large."""
        with self._transaction(f"read run {_name(run_id)}") as queries:
            text = _requested(queries, run_id)
        return _parsed(text, run_id)

    def rename(self, run_id: str, name: str) -> None:
        """Give a run a name; "" takes it away."""
        self._change(run_id, _changes({"name": " ".join(name.split())}), touch=False)

    def pin(self, run_id: str, pinned: bool) -> None:
        """List a run first, or no longer."""
        self._change(run_id, _changes({"pinned": pinned}), touch=False)

    def share(self, run_id: str, shared: bool) -> None:
        """Let others read a run, or no longer."""
        self._change(run_id, _changes({"shared": shared}), touch=False)

    def belongs_to(self, run_id: str) -> tuple[str, bool] | None:
        """Whose a run is, deleted or not, and whether it is shared; None where there is none."""
        with self._transaction(f"read run {_name(run_id)}") as queries:
            return queries.belongs_to(run_id)

    def delete(self, run_id: str) -> None:
        """Take a run off the list; it can be restored for 30 days. What was paid for it stays."""
        _name(run_id)
        with self._transaction("delete the run", write=True) as queries:
            queries.update_run(run_id, {"deleted_at": queries.now()})

    def restore(self, run_id: str) -> None:
        """Undo `delete`."""
        self._change(run_id, {"deleted_at": None}, touch=False)

    # leases

    def renew(self, owner: str) -> None:
        """Keep every live run of a process for `LEASE` more seconds."""
        with self._transaction("keep the runs", write=True) as queries:
            queries.renew(owner, queries.now() + LEASE)

    def claim(self, run_id: str, owner: str) -> bool:
        """Take over a run that is interrupted or over: it is queued again and belongs to `owner`.

        True for one of those who try at once.
        """
        _name(run_id)
        with self._transaction("take over the run", write=True) as queries:
            now = queries.now()
            return queries.claim(run_id, owner, now, now + LEASE)

    def release(self, gone: Callable[[str], bool]) -> None:
        """End the leases of processes that are known to be gone, so that their live runs are interrupted now; where the
        disk takes nothing, when their leases run out."""
        with self._transaction("list the runs") as queries:
            owners = [owner for owner in queries.owners(queries.now()) if gone(owner)]
        if owners:
            with suppress(StoreError), self._transaction("take over the runs", write=True) as queries:
                for owner in owners:
                    queries.renew(owner, 0.0)

    def revise(self, run_id: str, request: dict[str, Any]) -> None:
        """Replace the request of a run: what the model itself fixed (its own answer, say) has become part of it."""
        _name(run_id)
        text = json.dumps(request, allow_nan=False)
        with self._transaction("save the run", write=True) as queries:
            if not queries.update_run(run_id, {"request": text}):
                raise StoreError(f"there is no run {run_id}")

    # samples

    def samples(self, key: str, n_features: int) -> Samples:
        """Every distinct pass that was paid for a set function, in the order paid; damaged batches are left out."""
        _name(key)
        with self._transaction("read paid samples") as queries:
            question = queries.question(key, n_features)
            batches = {} if question is None else queries.batches(question)
        return unpack(batches.values(), n_features)

    def append(self, key: str, samples: Samples) -> None:
        """Add paid passes; on return they outlive this process, whatever ends it. The disk itself is waited for once a
        second or every 512 passes, whichever is first: so many are at risk where the machine crashes.

        Raises:
            StoreError: the disk refused (full, read-only), or a value is not finite; what was there stays readable.
        """
        name = _name(key), samples.masks.shape[1]
        batch = pack(samples)
        waiting, now = self._unsynced + len(samples), time.monotonic()
        synced = waiting >= _SYNC_PASSES or now - self._synced >= _SYNC_SECONDS
        with self._transaction("save paid samples, so the run stops", write=True, synced=synced) as queries:
            question = self._questions.get(name) or queries.add_question(*name)
            queries.add_batch(question, batch)
        self._questions[name] = question
        if not synced:
            self._unsynced = waiting

    @property
    def notes(self) -> Notes:
        """What a person wrote about runs."""
        return Notes(self._transaction)

    @property
    def leases(self) -> QuestionLeases:
        """Whose turn it is to ask about a set function."""
        return QuestionLeases(partial(self._transaction, synced=False))

    def close(self) -> None:
        """Give back files and connections; the next call opens them again."""
        if self._database is not None:
            self._database.close()

    @contextmanager
    def _transaction(self, doing: str, write: bool = False, synced: bool = True) -> Iterator[Queries]:
        with self._open().transaction(doing, write, synced) as queries:
            yield queries
        if write and synced:  # the disk has what was written before, too
            self._unsynced, self._synced = 0, time.monotonic()

    def _open(self) -> Database:
        with self._opening:
            if self._database is None:
                from spex_core.runs.store.database import Database

                if self._misnamed:  # not repeated: somebody may have put a password into it
                    raise StoreError("SPEX_EXPLORER_STORE must hold a database URL such as postgresql://user@host/name")
                self._database = Database(self._where, self._import, _purge)
            return self._database

    def _import(self, queries: Queries) -> None:
        """Take over the files of the versions before."""
        for folder in self._older:
            for run_id, saved_at, explanation in runs_in(folder):
                _put(queries, record_of(run_id, explanation), explanation, _packed(explanation), saved_at)
            for key, samples in samples_in(folder):
                queries.add_batch(queries.add_question(key, samples.masks.shape[1]), pack(samples))

    def _change(self, run_id: str, values: dict[str, Any], touch: bool = True) -> None:
        _name(run_id)
        with self._transaction("save the run", write=True) as queries:
            _apply(queries, run_id, values, touch)


def _requested(queries: Queries, run_id: str) -> str:
    if queries.run(run_id) is None:
        raise StoreError(f"there is no run {run_id}")
    return queries.request(run_id)


def _parsed(text: str, run_id: str) -> dict[str, Any]:
    try:
        request = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise StoreError(f"the request of run {run_id} cannot be read: {error}") from error
    return request if isinstance(request, dict) else {}


def _apply(queries: Queries, run_id: str, values: dict[str, Any], touch: bool = True) -> None:
    stamp = {"updated_at": queries.now()} if touch else {}
    if not queries.update_run(run_id, stamp | values):
        raise StoreError(f"there is no run {run_id}")


def _name(name: str) -> str:
    if not NAME.fullmatch(name):
        raise StoreError(f"run name {name!r} is refused; use letters, digits, '-' and '_', at most 64")
    return name


def _changes(values: dict[str, Any]) -> dict[str, Any]:
    if "id" in values:
        raise StoreError("the id of a run stays as it is")
    return checked(values)


def _stamped(record: RunRecord, now: float) -> dict[str, Any]:
    values = checked(asdict(record))
    return values | {name: values[name] or now for name in ("created_at", "updated_at")}


def _put(queries: Queries, record: RunRecord, explanation: Explanation, packed: bytes, now: float) -> None:
    values = _stamped(record, now)
    content = b"" if explanation.source is None else explanation.source.content
    if not queries.add_run(values, "{}", content, "", 0.0):
        kept = {"id", "created_at", "pinned", "belongs_to", "shared"} | (set() if record.name else {"name"})
        queries.update_run(record.id, {key: value for key, value in values.items() if key not in kept})
        queries.update_run(record.id, {"deleted_at": None})
    queries.put_result(record.id, packed)


def _purge(queries: Queries) -> None:
    """Forget runs that were deleted long ago, and their inputs."""
    queries.purge(queries.now() - KEPT_DELETED)


def _record(row: dict[str, Any], now: float) -> RunRecord:
    lease_until = row.pop("lease_until")
    record = RunRecord(**row)
    return replace(record, state="interrupted") if record.state in NOT_ENDED and lease_until < now else record


def _packed(explanation: Explanation) -> bytes:
    return zlib.compress(explanation.to_json().encode(), 6)


def unpacked(packed: bytes, run_id: str) -> str:
    """JSON text of a result, of which no more than the cap is ever expanded."""
    expander = zlib.decompressobj()
    try:
        data = expander.decompress(packed, MAX_JSON_BYTES)
        if expander.unconsumed_tail:
            raise StoreError(f"run {run_id} is larger than {MAX_JSON_BYTES} bytes")
        if not expander.eof:
            raise StoreError(f"the result of run {run_id} is cut off")
        return data.decode("utf-8")
    except (zlib.error, UnicodeDecodeError) as error:
        raise StoreError(f"the result of run {run_id} is damaged: {error}") from error
