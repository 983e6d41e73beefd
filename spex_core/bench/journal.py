"""Results of a benchmark as they come: one JSON line each, on the disk before the next is worked on.

A process that is killed leaves at most one torn line at the end, which the next one drops. The first line says which
settings the others are from.
"""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from spex_core.errors import InputError, StoreError

FILE = "results.jsonl"
_LOCK = "in-use"


class Journal:
    """The results in a folder.

    Args:
        folder: made where it is not there.
        settings: plain JSON data; every line of the file is from runs with exactly these.
        fields: what every line has.

    Raises:
        InputError: the folder holds results of other settings, or a file that is no journal.
        StoreError: the disk refused.
    """

    def __init__(self, folder: Path, settings: dict[str, Any], fields: Collection[str] = ()) -> None:
        self.path = folder / FILE
        self.lines: list[dict[str, Any]] = []
        """Every result so far, in the order of the file."""
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._open(folder, json.loads(json.dumps(settings)), fields)
        except OSError as error:
            raise StoreError(f"cannot write {self.path}: {error.strerror or error}") from error

    @staticmethod
    def read(folder: Path) -> list[dict[str, Any]]:
        """The whole lines of a folder's results, whoever writes there; [] where there are none."""
        path = folder / FILE
        data = path.read_bytes() if path.exists() else b""
        return [json.loads(line) for line in data[: data.rfind(b"\n") + 1].splitlines()][1:]

    def append(self, line: dict[str, Any]) -> None:
        """Add a result; on return it is on the disk.

        Raises:
            StoreError: the disk refused.
            ValueError: a number is not finite.
        """
        self._write({**line})
        self.lines.append(line)

    def _open(self, folder: Path, settings: dict[str, Any], fields: Collection[str]) -> None:
        data = self.path.read_bytes() if self.path.exists() else b""
        whole = data[: data.rfind(b"\n") + 1]
        if len(whole) < len(data):
            with open(self.path, "r+b") as file:
                file.truncate(len(whole))
                os.fsync(file.fileno())
        try:
            read = [json.loads(line) for line in whole.splitlines()]
        except ValueError:
            raise InputError(f"{self.path} is damaged; give another folder, or delete it") from None
        if not read:
            self._write({"settings": settings})
            _sync(folder)
            return
        kept = read[0].get("settings") if isinstance(read[0], dict) else None
        if not isinstance(kept, dict):
            raise InputError(f"{self.path} holds something else than results of this command; give another folder")
        other = sorted(name for name in {*kept, *settings} if kept.get(name) != settings.get(name))
        if other:
            was = "; ".join(f"{name} was {json.dumps(kept.get(name), ensure_ascii=False)[:80]}" for name in other)
            raise InputError(f"{folder} holds results of other settings ({was}); give another folder for these")
        if not all(isinstance(line, dict) and line.keys() >= set(fields) for line in read[1:]):
            raise InputError(f"{self.path} is damaged; give another folder, or delete it")
        self.lines = read[1:]

    def _write(self, line: dict[str, Any]) -> None:
        data = json.dumps(line, allow_nan=False).encode() + b"\n"
        try:
            with open(self.path, "ab") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise StoreError(f"cannot write {self.path}: {error.strerror or error}") from error


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Keep a folder for this process: no other may write results into it meanwhile. Where a process is killed, the
    system lets go of it.

    Raises:
        InputError: another process works in it.
        StoreError: the disk refused.
    """
    path = folder / _LOCK
    lock = FileLock(path)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=0)
    except Timeout:
        raise InputError(f"another process writes into {folder}; wait for it") from None
    except OSError as error:
        raise StoreError(f"cannot write into {folder}: {error.strerror or error}") from error
    try:
        yield
    finally:
        with suppress(OSError):
            path.unlink()  # while it is held: whoever has opened it meanwhile sees that it is gone
        lock.release()


def _sync(folder: Path) -> None:
    """Put a new file's name on the disk, where folders can be synchronised."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
