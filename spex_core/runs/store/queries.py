"""What the store asks its database; every query of it is here."""

from __future__ import annotations

import hashlib
import time
from dataclasses import asdict, fields
from typing import Any

from sqlalchemy import Connection, delete, func, insert, not_, or_, select, text, update
from sqlalchemy.dialects import postgresql, sqlite

from spex_core.runs.store.batches import Batch
from spex_core.runs.store.records import NOT_ENDED, RunRecord
from spex_core.runs.store.schema import inputs, notes, question_leases, questions, results, runs, samples

_RECORD = [runs.c[field.name] for field in fields(RunRecord)]


class Queries:
    """Queries inside one transaction.

    Args:
        connection: the transaction; the caller commits it.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def now(self) -> float:
        """Seconds since the epoch: by the server's clock where several machines share a store."""
        if self._connection.dialect.name == "postgresql":
            return float(self._connection.execute(text("SELECT extract(epoch FROM clock_timestamp())")).scalar_one())
        return time.time()

    # runs

    def runs(self) -> list[dict[str, Any]]:
        """Every run that is not deleted, pinned first, then newest."""
        query = select(*_RECORD, runs.c.lease_until).where(runs.c.deleted_at.is_(None))
        order = (runs.c.pinned.desc(), runs.c.created_at.desc(), runs.c.id)
        return [dict(row) for row in self._connection.execute(query.order_by(*order)).mappings()]

    def run(self, run_id: str) -> dict[str, Any] | None:
        """One run that is not deleted."""
        query = select(*_RECORD, runs.c.lease_until).where(runs.c.id == run_id, runs.c.deleted_at.is_(None))
        row = self._connection.execute(query).mappings().one_or_none()
        return None if row is None else dict(row)

    def belongs_to(self, run_id: str) -> tuple[str, bool] | None:
        """Whose a run is and whether it is shared, deleted or not; None where there is none."""
        row = self._connection.execute(select(runs.c.belongs_to, runs.c.shared).where(runs.c.id == run_id)).first()
        return None if row is None else (str(row[0]), bool(row[1]))

    def add_run(self, values: dict[str, Any], request: str, content: bytes, owner: str, lease_until: float) -> bool:
        """Write a new run; False where there is one of this id."""
        row = values | {
            "request": request,
            "input_digest": self._add_input(content) if content else None,
            "owner": owner,
            "lease_until": lease_until,
        }
        return self._insert_new(runs, row)

    def update_run(self, run_id: str, values: dict[str, Any]) -> bool:
        """Change columns of a run, deleted or not; False where there is none."""
        done = self._connection.execute(update(runs).where(runs.c.id == run_id).values(values))
        return bool(done.rowcount)

    def put_result(self, run_id: str, explanation: bytes) -> None:
        """Write or replace a run's result."""
        self._connection.execute(delete(results).where(results.c.run_id == run_id))
        self._connection.execute(insert(results).values(run_id=run_id, explanation=explanation))

    def result(self, run_id: str) -> bytes | None:
        """A run's result, None where it has none."""
        query = select(results.c.explanation).where(results.c.run_id == run_id)
        return self._connection.execute(query).scalar_one_or_none()

    def request(self, run_id: str) -> str:
        """The request of a run that exists."""
        return str(self._connection.execute(select(runs.c.request).where(runs.c.id == run_id)).scalar_one())

    def content(self, run_id: str) -> bytes:
        """The input of a run, b"" where none was kept."""
        joined = runs.join(inputs, runs.c.input_digest == inputs.c.digest)
        query = select(inputs.c.content).select_from(joined).where(runs.c.id == run_id)
        return self._connection.execute(query).scalar_one_or_none() or b""

    def notes(self, run_id: str) -> list[tuple[str, str]]:
        """(features, text) of each note of a run."""
        found = self._connection.execute(select(notes.c.features, notes.c.text).where(notes.c.run_id == run_id))
        return [(str(features), str(written)) for features, written in found]

    def put_note(self, run_id: str, features: str, written: str) -> None:
        """Write or replace a note, or remove it where nothing is written."""
        one = (notes.c.run_id == run_id) & (notes.c.features == features)
        self._connection.execute(delete(notes).where(one))
        if written:
            self._connection.execute(insert(notes).values(run_id=run_id, features=features, text=written))

    def purge(self, deleted_before: float) -> None:
        """Remove runs deleted before a time, and inputs that no run asks about any more."""
        old = runs.c.deleted_at < deleted_before
        if self._connection.execute(select(runs.c.id).where(old).limit(1)).first() is None:
            return
        self._connection.execute(delete(runs).where(old))
        used = select(runs.c.input_digest).where(runs.c.input_digest.is_not(None))
        self._connection.execute(delete(inputs).where(inputs.c.digest.not_in(used)))

    # leases

    def renew(self, owner: str, lease_until: float) -> None:
        """Keep every live run of a process."""
        mine = (runs.c.owner == owner) & runs.c.state.in_(NOT_ENDED)
        # Locked in one order: PostgreSQL updates rows as they lie, and two that renew the same would meet crosswise.
        ids = select(runs.c.id).where(mine).order_by(runs.c.id).with_for_update()
        held = list(self._connection.execute(ids).scalars())
        self._connection.execute(update(runs).where(runs.c.id.in_(held)).values(lease_until=lease_until))

    def owners(self, now: float) -> list[str]:
        """Whose leases of live runs are not out."""
        held = runs.c.state.in_(NOT_ENDED) & (runs.c.lease_until >= now)
        return list(self._connection.execute(select(runs.c.owner).where(held).distinct()).scalars())

    def claim(self, run_id: str, owner: str, now: float, lease_until: float) -> bool:
        """Take over a run that nobody works on; True for one of those who try."""
        free = or_(not_(runs.c.state.in_(NOT_ENDED)), runs.c.lease_until < now)
        mine = {"owner": owner, "lease_until": lease_until, "state": "queued", "error": "", "updated_at": now}
        one = (runs.c.id == run_id) & runs.c.deleted_at.is_(None) & free
        return bool(self._connection.execute(update(runs).where(one).values(mine)).rowcount)

    # samples

    def question(self, key: str, n_features: int) -> int | None:
        """Number of a set function, None where nothing was paid for it."""
        query = select(questions.c.id).where(questions.c.key == key, questions.c.n_features == n_features)
        return self._connection.execute(query).scalar_one_or_none()

    def add_question(self, key: str, n_features: int) -> int:
        """Number of a set function, new or known."""
        known = self.question(key, n_features)
        if known is None:
            self._insert_new(questions, {"key": key, "n_features": n_features})
            known = self.question(key, n_features)
            assert known is not None
        return known

    def batches(self, question: int, after: int = 0) -> dict[int, Batch]:
        """Batches of masked passes in the order paid, by their numbers, from the first above `after` on."""
        columns = (samples.c.id, samples.c.rows, samples.c.masks, samples.c["values"], samples.c.checksum)
        wanted = (samples.c.question_id == question) & (samples.c.id > after)
        found = self._connection.execute(select(*columns).where(wanted).order_by(samples.c.id))
        return {number: Batch(*row) for number, *row in found}

    def count_batches(self, question: int) -> int:
        """How many batches there are."""
        counted = select(func.count()).select_from(samples).where(samples.c.question_id == question)
        return int(self._connection.execute(counted).scalar_one())

    def add_batch(self, question: int, batch: Batch) -> None:
        """Write one batch of masked passes."""
        self._connection.execute(insert(samples), asdict(batch) | {"question_id": question})

    # leases of set functions

    def lease(self, question: int, write: bool = False) -> dict[str, Any]:
        """Who may ask about a set function; with `write`, nobody else changes that until the transaction ends."""
        table = question_leases
        nobody: dict[str, Any] = {"owner": "", "lease_until": 0.0, "wanted_by": ""}
        if write:
            self._insert_new(table, {"question_id": question, **nobody})
        columns = (table.c[name] for name in nobody)
        query = select(*columns).where(table.c.question_id == question)
        row = self._connection.execute(query.with_for_update() if write else query).mappings().one_or_none()
        return nobody if row is None else {**row}

    def set_lease(self, question: int, **values: Any) -> None:
        """Change who may ask about a set function."""
        one = question_leases.c.question_id == question
        self._connection.execute(update(question_leases).where(one).values(values))

    def _add_input(self, content: bytes) -> str:
        digest = hashlib.sha256(content).hexdigest()
        self._insert_new(inputs, {"digest": digest, "content": content})
        return digest

    def _insert_new(self, table: Any, row: dict[str, Any]) -> bool:
        """Insert a row; False where its key is taken, by somebody else at this moment perhaps."""
        dialect: Any = postgresql if self._connection.dialect.name == "postgresql" else sqlite
        statement = dialect.insert(table).values(row).on_conflict_do_nothing()
        options = {"preserve_rowcount": True}
        return self._connection.execute(statement, execution_options=options).rowcount == 1
