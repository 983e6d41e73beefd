"""A SQLite file on a disk that takes no byte: opened for reading alone.

SQLite writes beside a file even to read it, where that file has a write-ahead log. So it is told that nothing will
change the file; where something stands in the log alone, or the tables are older than today's, the file and its log are
copied to a temporary folder first.
"""

from __future__ import annotations

import shutil
import tempfile
import time
import weakref
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import URL, Engine, create_engine
from sqlalchemy.exc import DBAPIError

_REFUSED = {8, 10, 13, 14}  # SQLite's primary codes: read-only, input or output, full, cannot open
_DAMAGED = {11, 26}  # malformed, not a database
RETRY = 5.0
"""Seconds after which a reader looks whether the disk takes bytes again."""


def is_refused(error: BaseException) -> bool:
    """Whether the disk is why a file could not be opened as usual."""
    return isinstance(error, OSError) or _code(error) in _REFUSED


def is_damaged(error: BaseException) -> bool:
    """Whether the file is no database, or no whole one."""
    return _code(error) in _DAMAGED


def _code(error: BaseException) -> int:
    original = error.orig if isinstance(error, DBAPIError) else error
    return int(getattr(original, "sqlite_errorcode", None) or 0) & 0xFF


class ReadOnly:
    """A file that is read until the disk takes bytes again.

    Args:
        file: the SQLite file.
        why: what the disk said.
        copied: whether a copy is wanted that may be changed.

    Raises:
        OSError: there is no such file, or no room for a copy where one is needed.
    """

    def __init__(self, file: Path, why: str, copied: bool = False) -> None:
        self.why = why
        self._since = time.monotonic()
        log = file.with_name(f"{file.name}-wal")
        query = {"mode": "ro", "uri": "true"}
        logged = log.exists() and log.stat().st_size > 0
        if logged or copied:
            folder = tempfile.TemporaryDirectory(prefix="spex-explorer-", ignore_cleanup_errors=True)
            weakref.finalize(self, folder.cleanup)
            self._folder = folder
            for path in (file, log) if logged else (file,):
                shutil.copyfile(path, Path(folder.name) / path.name)
            file = Path(folder.name) / file.name
            query["mode"] = "rw"  # of the copy, whose log is read in where there is one
        else:
            file.stat()
            query["immutable"] = "1"
        self.engine: Engine = create_engine(
            URL.create("sqlite", database=f"file:{quote(str(file.resolve()))}", query=query), hide_parameters=True
        )

    @property
    def due(self) -> bool:
        """Whether it is time to look again."""
        return time.monotonic() - self._since > RETRY

    def close(self) -> None:
        """Give back the file, and the copy where there is one."""
        self.engine.dispose()
        if hasattr(self, "_folder"):
            self._folder.cleanup()
