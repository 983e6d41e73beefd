"""Texts from a file that a spreadsheet wrote: bytes to cells, cells to texts, and every row that came apart named.

Such files do not say how they are written. The encoding, the separator and the column are told by the content where it
tells, and can be given where it does not (`Form`). A row is one that has the cells of the first line: a comma in a text
that nobody quoted makes more of them, a quote that is never closed swallows the rows after it. Either row is left out
and named by its line, and reading goes on at the next line.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from spex_core.errors import InputError

TEXT_COLUMNS = ("text", "review", "sentence", "input")
SEPARATORS = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}

_LONGEST_CELL = 10_000_000
_MOST_BROKEN = 100  # rows whose quotes go wrong: each is looked for to the end of the file
_NAMED = 5  # rows that a note spells out
_NO_SEPARATOR = "\x1f"  # for a file of one column: no spreadsheet writes it
_MARKS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_LETTER = re.compile("[A-Za-z]")
_TOLD = re.compile(r"sep=(.)[\r\n]*")  # how spreadsheets say it themselves, in a first line of its own


@dataclass(frozen=True)
class Form:
    """How a file of texts is written, as far as a person says so.

    Attributes:
        encoding: a name such as "cp1252"; "" for what the bytes show.
        separator: one of `SEPARATORS`, or the character itself; "" for what the first line shows.
        column: name of the column of texts, or its number from 1 on; "" for the first of `TEXT_COLUMNS`.
        header: whether the first line names the columns.
    """

    encoding: str = ""
    separator: str = ""
    column: str = ""
    header: bool = True


AS_SHOWN = Form()
"""Nothing is said; all is told by the content."""


@dataclass(frozen=True)
class _Row:
    """One row: the line it begins in, and its cells, or why it has none."""

    line: int
    cells: tuple[str, ...] = ()
    reason: str = ""


def decoded(data: bytes, path: Path, encoding: str = "") -> tuple[str, tuple[str, ...]]:
    """The text of a file, and what to say of how it was read.

    Raises:
        InputError: it is not in that encoding, or none is given and the bytes are neither UTF-8 nor surely another.
    """
    mark = next((name for start, name in _MARKS.items() if data.startswith(start)), "")
    named = encoding or mark or "utf-8-sig"
    try:
        return data.decode(named), (f"read as {named}",) * bool(encoding or mark)
    except LookupError:
        raise InputError(
            f"--encoding {encoding}: there is no such encoding; utf-8, cp1252 and utf-16 are some"
        ) from None
    except ValueError as error:
        if not encoding and not mark and _is_western(data):
            return data.decode("cp1252"), ("read as cp1252, since it is not UTF-8; --encoding names another",)
        what = "UTF-8" if named == "utf-8-sig" else named
        raise InputError(f"{path} is not {what} text: {error}; name its encoding with --encoding") from None


def _is_western(data: bytes) -> bool:
    """Whether bytes are text in the code page of western Windows: one letter with an accent, or one sign, among ASCII
    letters. Other code pages have whole words of such bytes, and must not be read as this one."""
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError:
        return False
    runs = list(re.finditer(r"[^\x00-\x7f]+", text))
    lone = [run for run in runs if len(run[0]) == 1 and _LETTER.search(text[max(0, run.start() - 1) : run.end() + 1])]
    return 2 * len(lone) > len(runs)


def read_texts(text: str, path: Path, form: Form = AS_SHOWN) -> tuple[list[tuple[int, str]], tuple[str, ...]]:
    """The texts of a file of rows.

    Args:
        text: the file's.
        path: for messages.
        form: how it is written.

    Returns:
        (number of the row from 1 on, text) of each row that has a text, and sentences a person should read: which
        column was taken, which rows were left out and why.

    Raises:
        InputError: no column of texts can be told, or hardly a row can be read.
    """
    told = _TOLD.match(text)
    separator = _given(form.separator) or (told[1] if told else "") or _shown(text, form)
    rows = _rows(text, separator, path)
    if told:
        next(rows)
    first = next(rows, _Row(1))
    if first.reason:
        raise InputError(f"{path} is not a CSV file: its line {first.line} cannot be read: {first.reason}")
    at, column = _column(first, form, path)
    found: list[tuple[int, str]] = []
    broken: list[_Row] = []
    empty = 0
    body = rows if form.header else _chain(first, rows)
    for number, row in enumerate(body, start=1):
        reason = row.reason or _apart(row, first)
        if reason:
            broken.append(_Row(row.line, (), reason))
        elif at < len(row.cells) and row.cells[at].strip():
            found.append((number, row.cells[at]))
        else:
            empty += 1
    between = next((name for name, sign in SEPARATORS.items() if sign == separator), separator)
    notes = [f"texts from the column {column!r}"]
    if separator not in (SEPARATORS["comma"], _NO_SEPARATOR):
        notes.append(f"cells are separated by a {between}; --separator names another")
    if empty:
        notes.append(f"{empty} rows without a text are left out")
    return found, (*notes, *_left_out(broken))


def _chain(first: _Row, rows: Iterator[_Row]) -> Iterator[_Row]:
    yield first
    yield from rows


def _given(separator: str) -> str:
    sign = SEPARATORS.get(separator, separator)
    if len(sign) > 1 or sign in ('"', "\r", "\n"):
        raise InputError(f"--separator {separator!r} is not one character, nor {', '.join(SEPARATORS)}")
    return sign


def _shown(text: str, form: Form) -> str:
    """The separator that the first line shows: the one that makes most cells, those with a known name first."""
    line = next(iter(io.StringIO(text, newline="")), "")
    wanted = {form.column.strip().lower()} if form.column else set(TEXT_COLUMNS)

    def cells(sign: str) -> tuple[bool, int]:
        try:
            found = next(csv.reader([line], delimiter=sign), [])
        except csv.Error:
            return False, 0
        return bool(wanted & {cell.strip().lower() for cell in found}), len(found)

    best = max(SEPARATORS.values(), key=cells)  # of equals the first: a comma
    return best if cells(best)[1] > 1 else _NO_SEPARATOR


def _rows(text: str, separator: str, path: Path) -> Iterator[_Row]:
    """The rows of a file, blank lines left out; one that cannot be read ends at its first line."""
    lines = list(io.StringIO(text, newline=""))
    start = broken = 0
    before = csv.field_size_limit(_LONGEST_CELL)
    try:
        while start < len(lines):
            reader = csv.reader(lines[start:] if start else lines, delimiter=separator, strict=True)
            begun = start
            try:
                for cells in reader:
                    if cells:
                        yield _Row(start + 1, tuple(cells))
                    start = begun + reader.line_num
            except csv.Error as error:
                reason = _reason(str(error))
                broken += 1
                if broken > _MOST_BROKEN:
                    raise InputError(
                        f"{path} has more than {_MOST_BROKEN} rows that cannot be read, the last in line {start + 1}: "
                        f"{reason}; is --separator right?"
                    ) from None
                yield _Row(start + 1, (), reason)
                start += 1
    finally:
        csv.field_size_limit(before)


def _reason(said: str) -> str:
    if "unexpected end of data" in said:
        return "its quote is never closed"
    if "expected after" in said:
        return "a quote in it is never closed, or stands in a quoted text without being doubled"
    if "field limit" in said:
        return f"a cell is longer than {_LONGEST_CELL:,} characters, or its quote is never closed"
    return said


def _apart(row: _Row, first: _Row) -> str:
    """Why a row is not one of this table; "" where it is: cells that are empty may be too many, or lack."""
    wanted, cells = len(first.cells), list(row.cells)
    while len(cells) > wanted and not cells[-1].strip():
        cells.pop()
    if len(cells) > wanted:
        return (
            f"it has {len(cells)} cells and the first line {wanted}; put quotes about a text that holds the separator"
        )
    if len(cells) < wanted and any("\n" in cell or "\r" in cell for cell in cells):
        return f"it has {len(cells)} of {wanted} cells and goes over several lines; is a quote never closed?"
    return ""


def _column(first: _Row, form: Form, path: Path) -> tuple[int, str]:
    """Position and name of the column of texts."""
    names = [cell.strip().lower() for cell in first.cells]
    wanted = form.column.strip()
    if form.header:
        for name in (wanted.lower(),) if wanted else TEXT_COLUMNS:
            if name in names:
                at = names.index(name)
                return at, first.cells[at]
    if wanted.isdecimal() and 1 <= int(wanted) <= max(1, len(names)):
        return int(wanted) - 1, wanted
    if not form.header and not wanted and len(names) == 1:
        return 0, "1"
    lacking = (
        f"column named {', '.join(TEXT_COLUMNS[:-1])} or {TEXT_COLUMNS[-1]}" if not wanted else f"column {wanted!r}"
    )
    reads = ", ".join(names)[:200] or "nothing"
    advice = "name one with --text-column, or give its number, with --no-header where the first line is a row"
    raise InputError(f"{path} has no {lacking}; its first line reads: {reads}; {advice}")


def _left_out(broken: Sequence[_Row]) -> Iterator[str]:
    """Sentences that name rows which cannot be read."""
    for row in broken[:_NAMED]:
        yield f"line {row.line} is left out: {row.reason}"
    more = broken[_NAMED:]
    if more:
        lines = ", ".join(str(row.line) for row in more[:20])
        yield f"{len(more)} more rows are left out for such reasons: lines {lines}{', …' if len(more) > 20 else ''}"
