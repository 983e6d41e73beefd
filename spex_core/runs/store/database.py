"""Opening the store's database: SQLite in a folder by default, PostgreSQL by URL.

Whatever a database driver raises leaves here as one `StoreError` of one line, without the password of the URL.
"""

from __future__ import annotations

import sqlite3
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any, TypeAlias

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError

from spex_core.errors import StoreError
from spex_core.runs.store.queries import Queries
from spex_core.runs.store.read_only import ReadOnly, is_damaged, is_refused
from spex_core.runs.store.schema import STEPS, refuse_newer, take_step

FILE = "runs.sqlite3"
DOCTOR = "`python -m spex_core doctor`"
PATIENCE = 60.0  # seconds to wait for somebody else's write
_SECRETS = ("password", "sslpassword", "passfile", "sslkey")


Work: TypeAlias = Callable[[Queries], None]


class Database:
    """The store's tables, opened and brought up to date on first use.

    Args:
        where: folder of the SQLite file, or a SQLAlchemy URL.
        on_new: what is done to new tables, in the transaction that makes them.
        on_open: what is tried once when the store is opened; a disk that refuses does not matter.
    """

    def __init__(self, where: str | Path, on_new: Work, on_open: Work) -> None:
        self.url = url_of(where)
        self._on_new = on_new
        self._on_open = on_open
        self._engine: Engine | None = None
        self._read_only: ReadOnly | None = None
        self._opening = threading.Lock()
        self._writing = threading.Lock()  # threads of one process queue here: SQLite's own waiting is unfair

    @contextmanager
    def transaction(self, doing: str, write: bool = False, synced: bool = True) -> Iterator[Queries]:
        """A transaction: committed, and on disk, when the block ends; undone where anything is raised.

        Args:
            doing: what the caller is about, for the message: "could not <doing>: ...".
            write: whether anything is changed.
            synced: whether the disk is waited for; else what is changed outlives this process alone, until a later
                transaction, which waits, takes it along.

        Raises:
            StoreError: the database refused.
        """
        try:
            engine = self.engine(write)
            turn = self._writing if write and engine.dialect.name == "sqlite" else nullcontext()
            with turn, _begun(engine, write, synced) as connection:
                yield Queries(connection)
        except (SQLAlchemyError, sqlite3.Error, OSError) as error:
            raise StoreError(f"could not {doing}: {self._said(error)}") from error

    def engine(self, write: bool = True) -> Engine:
        """The engine, with the tables of this version; unless `write`, one that may only read where the disk takes
        nothing."""
        with self._opening:
            if self._read_only is not None and not write and not self._read_only.due:
                return self._read_only.engine
            if self._engine is None:
                try:
                    self._engine = self._opened()
                except (SQLAlchemyError, sqlite3.Error, OSError) as error:
                    reader = None if write or not is_refused(error) else self._opened_to_read(error)
                    if reader is None:
                        raise
                    return reader
                self._closing = weakref.finalize(self, self._engine.dispose)
                self._forget_reader()
            return self._engine

    def _opened(self) -> Engine:
        engine = self._connected()
        try:
            self._prepare(engine)
        except BaseException:
            engine.dispose()
            raise
        return engine

    def _opened_to_read(self, why: Exception) -> Engine | None:
        """The file as it is, one of an older version as a copy that is brought up to date; None where neither can be
        read."""
        if self.url.get_backend_name() != "sqlite":
            return None
        self._forget_reader()
        file, said = Path(str(self.url.database)), self._said(why)
        try:
            reader = ReadOnly(file, said)
            with reader.engine.begin() as connection:
                version = refuse_newer(connection, STEPS)
            if 0 < version < len(STEPS):
                reader.close()
                reader = ReadOnly(file, said, copied=True)
                self._take_steps(reader.engine, version)
        except (SQLAlchemyError, sqlite3.Error, OSError):
            return None
        if version:
            self._read_only = reader
        return reader.engine if version else None

    def _forget_reader(self) -> None:
        if self._read_only is not None:
            self._read_only.close()
        self._read_only = None

    def close(self) -> None:
        """Give back every connection; the next use opens it again."""
        with self._opening:
            if self._engine is not None:
                self._closing()
            self._engine = None
            self._forget_reader()

    def _connected(self) -> Engine:
        lite = self.url.get_backend_name() == "sqlite"
        if lite:
            Path(str(self.url.database)).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            engine = create_engine(
                self.url,
                hide_parameters=True,  # errors must not hold people's texts
                pool_size=8,
                max_overflow=24,
                pool_timeout=PATIENCE,
                pool_pre_ping=not lite,
                connect_args={"timeout": PATIENCE} if lite else {"connect_timeout": 10},
            )
        except ImportError as error:
            raise StoreError(f"this database needs the Python package {error.name}") from error
        if lite:
            event.listen(engine, "connect", _configure)
        event.listen(engine, "begin", _begin if lite else _begin_on_server)
        return engine

    def _prepare(self, engine: Engine) -> None:
        with _begun(engine, write=False) as connection:
            version = refuse_newer(connection, STEPS)
        if engine.dialect.name == "sqlite":
            _write_ahead(engine)
        self._take_steps(engine, version)
        with suppress(SQLAlchemyError), _begun(engine, write=True) as connection:
            self._on_open(Queries(connection))

    def _take_steps(self, engine: Engine, version: int) -> None:
        while version < len(STEPS):
            with _begun(engine, write=True) as connection:
                reached = take_step(connection, STEPS)
                if reached == 1:
                    while (further := take_step(connection, STEPS)) is not None:
                        reached = further  # what fills new tables knows today's only
                    self._on_new(Queries(connection))
            version = len(STEPS) if reached is None else reached

    def _said(self, error: Exception) -> str:
        """The database's own words, one line."""
        if isinstance(error, DBAPIError) and error.orig is not None:
            words = str(error.orig)
        elif isinstance(error, OSError):
            words = error.strerror or str(error)
        else:
            words = str(error)
        secrets = [self.url.password, *(self.url.query.get(name) for name in _SECRETS)]
        for secret in secrets:
            if secret:
                words = words.replace(str(secret), "***")
        said = " ".join(words.split("\n(Background on this error")[0].split())
        if is_damaged(error):
            return f"its file is damaged, or none of SPEX Explorer's ({said}); {DOCTOR} says what is whole"
        return said


def url_of(where: str | Path) -> URL:
    """The database at a place: a folder, or a URL of SQLite or PostgreSQL.

    Raises:
        StoreError: a URL that cannot be used; the message never repeats it, as it may hold a password.
    """
    if isinstance(where, Path) or "://" not in where:
        return URL.create("sqlite", database=str(Path(where) / FILE))
    try:
        url = make_url(where)
        if url.drivername in ("postgres", "postgresql"):
            url = url.set(drivername="postgresql+psycopg")
        backend = url.get_backend_name()
        url.get_dialect()
    except (ArgumentError, NoSuchModuleError, ValueError):
        raise StoreError("the store's address is not a database URL such as postgresql://user@host/name") from None
    except ImportError as error:
        raise StoreError(f"the store's database needs the Python package {error.name}") from None
    if backend not in ("sqlite", "postgresql"):
        raise StoreError(f"the store runs on SQLite and PostgreSQL, not on {backend}")
    if backend == "sqlite" and url.database in (None, "", ":memory:"):
        raise StoreError("a store in memory would lose what was paid for; name a file: sqlite:///folder/runs.sqlite3")
    return url


def _begun(engine: Engine, write: bool, synced: bool = True) -> AbstractContextManager[Connection]:
    return engine.execution_options(immediate=write, synced=synced).begin()


def _configure(connection: Any, _: Any) -> None:
    """Once per SQLite connection. A commit is on the disk when it returns: FULL syncs the log at every commit. What a
    person deleted is overwritten, not only unlinked."""
    connection.isolation_level = None  # transactions begin in `_begin`, not when the driver thinks so
    for pragma in ("foreign_keys=ON", "synchronous=FULL", "fullfsync=ON", "secure_delete=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    """A writer takes the write lock first: where it took it later, what it had read might be out of date. With NORMAL
    a commit is in the log, which the next FULL one syncs whole."""
    options = connection.get_execution_options()
    immediate, level = options.get("immediate", False), "FULL" if options.get("synced", True) else "NORMAL"
    if connection.info.get("synchronous", "FULL") != level:
        connection.exec_driver_sql(f"PRAGMA synchronous={level}")
        connection.info["synchronous"] = level
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


def _begin_on_server(connection: Connection) -> None:
    """PostgreSQL: without waiting for its disk, which a commit that waits makes good."""
    if not connection.get_execution_options().get("synced", True):
        connection.exec_driver_sql("SET LOCAL synchronous_commit = off")


def _write_ahead(engine: Engine) -> None:
    """Write-ahead log: readers and a writer don't wait for each other. SQLite does not wait for this change itself."""
    patient_until = time.monotonic() + PATIENCE
    while True:
        raw = engine.raw_connection()
        try:
            raw.cursor().execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > patient_until:
                raise
            time.sleep(0.02)
        finally:
            raw.close()
