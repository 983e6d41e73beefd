"""What is damaged in a store's SQLite file, and a new store of what is whole in it.

The file is never written to: it is copied, with its log, and the copy is read row by row. A result is whole where it
can be opened, a batch of masked passes where its checksum fits. Who may ask about a set function now is not saved:
whoever asks first in the new store may.
"""

from __future__ import annotations

import sqlite3
import tempfile
from argparse import Namespace
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from shutil import copyfile
from typing import Any

from spex_core.errors import StoreError
from spex_core.explanation.result import Explanation
from spex_core.runs.store.batches import Batch
from spex_core.runs.store.run_store import RunStore, default_root, unpacked

FILE = "runs.sqlite3"
_TABLES = {
    "inputs": "input",
    "questions": "question",
    "samples": "batch of masked passes",
    "runs": "line of a run",
    "results": "result",
    "notes": "note",
}
"""Table -> what a row of it is, in the order in which they are written."""
_MOST_PROBES = 200_000  # rows between the damaged pages that are looked for one at a time

Row = dict[str, Any]


@dataclass
class Findings:
    """What was found.

    Attributes:
        problems: one line for each thing that is damaged; none where the store is whole.
        rows: table -> the rows that are whole.
        orphans: id -> result, of runs whose line is lost.
    """

    problems: list[str] = field(default_factory=list)
    rows: dict[str, list[Row]] = field(default_factory=lambda: {table: [] for table in _TABLES})
    orphans: dict[str, Explanation] = field(default_factory=dict)

    def lines(self) -> Iterator[str]:
        """What there is, then what is damaged."""
        passes = sum(row["rows"] for row in self.rows["samples"])
        whole = f"{len(self.rows['runs'])} runs, {len(self.rows['results'])} results, {passes:,} masked passes"
        yield f"{whole} can be read"
        yield from self.problems or ["nothing is damaged"]


def add_doctor(commands: Any) -> None:
    """The command of the command line."""
    parser = commands.add_parser("doctor", help="say what is damaged in the store of runs, and save what is whole")
    parser.add_argument("--store", type=Path, help="folder of the store; default the app's own")
    parser.add_argument("--save", type=Path, help="folder for a new store of all that can be read")


def run_doctor(options: Namespace) -> int:
    """Look, say, save; returns the exit status: 0 where nothing is damaged, else 1.

    Raises:
        StoreError: see `examine` and `save_whole`.
    """
    found = examine(options.store or default_root())
    print("\n".join(found.lines()))
    if options.save is not None:
        save_whole(found, options.save)
        print(f"saved in {options.save}")
    return 1 if found.problems else 0


def examine(folder: Path) -> Findings:
    """Read everything that can be read of the store in a folder.

    Raises:
        StoreError: there is no store, or not even its tables can be told.
    """
    file = folder / FILE
    try:
        with tempfile.TemporaryDirectory(prefix="spex-explorer-", ignore_cleanup_errors=True) as copy:
            copied = Path(copy) / FILE
            copyfile(file, copied)
            log = file.with_name(f"{FILE}-wal")
            if log.exists():
                copyfile(log, copied.with_name(log.name))
            with closing(sqlite3.connect(copied)) as connection:
                connection.row_factory = sqlite3.Row
                return _examined(connection)
    except OSError as error:
        raise StoreError(f"the store in {folder} cannot be read: {error.strerror or error}") from error
    except sqlite3.Error as error:
        raise StoreError(f"nothing of the store in {folder} can be read: {error}") from error


def save_whole(found: Findings, folder: Path) -> None:
    """Write what is whole into a new store.

    Raises:
        StoreError: there is a store in that folder already, or the disk refuses.
    """
    if (folder / FILE).exists():
        raise StoreError(f"there is a store in {folder} already; name another folder")
    store = RunStore(folder)
    store.list()  # makes the tables
    store.close()
    try:
        with closing(sqlite3.connect(folder / FILE)) as connection, connection:
            for table, rows in found.rows.items():
                for row in rows:
                    names = ", ".join(f'"{name}"' for name in row)
                    places = ", ".join("?" * len(row))
                    connection.execute(f"INSERT INTO {table} ({names}) VALUES ({places})", tuple(row.values()))
    except sqlite3.Error as error:
        raise StoreError(f"what is whole could not be saved in {folder}: {error}") from error
    for run_id, explanation in found.orphans.items():
        store.save(run_id, explanation)
    store.close()


def _examined(connection: sqlite3.Connection) -> Findings:
    found = Findings()
    there = {str(row["name"]) for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if "runs" not in there:
        raise StoreError("the file is no store of SPEX Explorer")
    try:
        said = [str(row[0]) for row in connection.execute("PRAGMA quick_check(10)")]
    except sqlite3.Error as error:
        said = [str(error)]
    found.problems += [f"the file: {' '.join(line.split())}" for line in said if line != "ok"]
    for table in _TABLES:
        found.rows[table] = _rows(connection, table, found) if table in there else []
    _check_samples(found)
    _check_results(found)
    kept = {row["id"] for row in found.rows["runs"]}
    found.rows["notes"] = [row for row in found.rows["notes"] if row["run_id"] in kept]
    digests = {row["digest"] for row in found.rows["inputs"]}
    for run in found.rows["runs"]:
        if run["input_digest"] is not None and run["input_digest"] not in digests:
            found.problems.append(f"run {run['id']}: its input is lost")
            run["input_digest"] = None
    return found


def _rows(connection: sqlite3.Connection, table: str, found: Findings) -> list[Row]:
    """Every row that can be read: from the first on, from the last back, and what lies between one by one."""
    rows: dict[int, Row] = {}
    query = f'SELECT rowid AS "#", * FROM {table}'

    def read(more: str, *values: int) -> bool:
        try:
            for row in connection.execute(f"{query} {more}", values):
                rows.setdefault(row["#"], {name: row[name] for name in row.keys() if name != "#"})  # noqa: SIM118
        except (sqlite3.Error, UnicodeDecodeError):
            return False
        return True

    if not read("ORDER BY rowid"):
        ahead = max(rows, default=0)
        read("WHERE rowid > ? ORDER BY rowid DESC", ahead)
        behind = min((number for number in rows if number > ahead), default=ahead + 1_000)
        for number in range(ahead + 1, min(behind, ahead + _MOST_PROBES)):
            read("WHERE rowid = ?", number)
        found.problems.append(f"{table}: not every {_TABLES[table]} can be read")
    return [rows[number] for number in sorted(rows)]


def _check_samples(found: Findings) -> None:
    features = {row["id"]: row["n_features"] for row in found.rows["questions"]}
    whole = []
    for row in found.rows["samples"]:
        batch = Batch(row["rows"], row["masks"], row["values"], row["checksum"])
        if row["question_id"] in features and batch.intact(features[row["question_id"]]):
            whole.append(row)
    lost = len(found.rows["samples"]) - len(whole)
    if lost:
        found.problems.append(f"masked passes: {lost} of {len(found.rows['samples'])} batches are damaged")
    found.rows["samples"] = whole


def _check_results(found: Findings) -> None:
    known, whole = {row["id"] for row in found.rows["runs"]}, []
    for row in found.rows["results"]:
        try:
            explanation = Explanation.from_json(unpacked(row["explanation"], row["run_id"]))
        except (StoreError, TypeError) as error:
            found.problems.append(f"run {row['run_id']}: its result is lost ({error})")
            continue
        if row["run_id"] in known:
            whole.append(row)
        else:
            found.orphans[str(row["run_id"])] = explanation
            found.problems.append(f"run {row['run_id']}: its line in the list is lost, its result is whole")
    found.rows["results"] = whole
