"""Results of a benchmark by length group, budget and method: mean and standard error over the examples."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import nan, sqrt
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

from spex_core.bench.settings import BenchSettings, group_of
from spex_core.errors import StoreError

MEASURES = {
    "r2": "R² on unseen masks",
    "normalised": "|change| / |output with everything kept|",
    "share": "|change| / |output with everything kept - with everything hidden|",
    "recovery": "Recovery@r",
}
"""What is averaged, in words; a table holds those that its experiment has."""
_BLIND = ("chance", "Groups drawn blindly", None)
OF_EXPERIMENT = {"faithfulness": ("r2",), "removal": ("normalised", "share"), "recovery": ("recovery",)}


@dataclass(frozen=True)
class Cell:
    """A mean over the examples of one length group.

    Attributes:
        measure: one of `MEASURES`.
        group: fewest and most features.
        budget: masked passes.
        method, title, order: as in `methods.Method`.
        r: how many features or interactions, 0 where that does not matter.
        mean: over examples, of each example's mean over its seeds; NaN where no example has it.
        error: standard error of `mean`: standard deviation over sqrt(examples); NaN for fewer than two.
        examples: how many.
        reason: why the others have none, "" where all do.
    """

    measure: str
    group: tuple[int, int]
    budget: int
    method: str
    title: str
    order: int | None
    r: int
    mean: float
    error: float
    examples: int
    reason: str = ""


def summarise(experiment: str, lines: Iterable[dict[str, Any]]) -> list[Cell]:
    """Means of all lines of one experiment, in the order of their groups and then as the lines come."""
    values: dict[tuple[Any, ...], dict[str, list[float]]] = {}
    reasons: dict[tuple[Any, ...], str] = {}
    for line in lines:
        place = (group_of(line["n"]), line["budget"], line["method"], line["title"], line["order"])
        for measure, r, value in _values(experiment, line):
            by_example = values.setdefault((measure, r, *place), {})
            if value is not None:
                by_example.setdefault(line["example"], []).append(value)
            elif line.get("reason"):
                reasons[(measure, r, *place)] = line["reason"]
            if measure == "recovery" and r:
                by_chance = values.setdefault((measure, r, *place[:2], *_BLIND), {})
                by_chance.setdefault(line["example"], []).append(line["chance"])
    cells = [_cell(key, found, reasons.get(key, "")) for key, found in values.items()]
    measures, last = OF_EXPERIMENT[experiment], _BLIND[0]
    return sorted(cells, key=lambda cell: (measures.index(cell.measure), cell.group, cell.budget, cell.method == last))


def write_tables(settings: BenchSettings, cells: Sequence[Cell], notes: Sequence[str], examples: int) -> list[Path]:
    """Write table.csv and table.md into the folder of the results; each appears whole or not at all.

    Raises:
        StoreError: the disk refused.
    """
    written = {"table.csv": as_csv(cells), "table.md": as_markdown(settings, cells, notes, examples)}
    for name, text in written.items():
        put(settings.out / name, text.encode())
    return [settings.out / name for name in written]


def as_csv(cells: Iterable[Cell]) -> str:
    """One row per cell; empty where there is no number."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    head = "measure n_low n_high budget method order r mean standard_error examples reason"
    table.writerow(head.split())
    for cell in cells:
        order = "" if cell.order is None else cell.order
        row = [cell.measure, *cell.group, cell.budget, cell.method, order, cell.r or ""]
        table.writerow([*row, _number(cell.mean), _number(cell.error), cell.examples, cell.reason])
    return text.getvalue()


def as_markdown(settings: BenchSettings, cells: Sequence[Cell], notes: Sequence[str], examples: int) -> str:
    """A table per measure and budget, methods down, length groups across; where there is an r, per group, r across."""
    parts = [
        f"# {settings.experiment.capitalize()}",
        f"{settings.model} on {_plain(settings.data.name)}, by {settings.unit}, {examples} examples, seeds "
        f"{', '.join(map(str, settings.seeds))}. Mean ± standard error over the examples (how many). A budget counts "
        "every masked pass, those of the unseen masks included.",
        *[f"- {_plain(note)}" for note in notes],
    ]
    reasons: dict[str, None] = {}
    for measure in OF_EXPERIMENT[settings.experiment]:
        for budget in sorted({cell.budget for cell in cells}):
            of_table = [cell for cell in cells if cell.measure == measure and cell.budget == budget]
            by_group = measure == "r2"  # columns: length groups, else the numbers r, a table for each group
            if of_table:
                parts += [f"## {MEASURES[measure]}, {budget:,} passes"]
                parts += [_grid(of_table, by_group)] if by_group else _grids(of_table)
            reasons |= dict.fromkeys(f"{cell.title}: {cell.reason}" for cell in of_table if cell.reason)
    if reasons:
        parts += ["## Where a method could not run", "\n".join(f"- {_plain(reason)}" for reason in reasons)]
    return "\n\n".join(parts) + "\n"


def put(path: Path, data: bytes) -> None:
    """Replace a file in one step.

    Raises:
        StoreError: the disk refused.
    """
    try:
        replace_file(path, data)
    except OSError as error:
        raise StoreError(f"cannot write {path}: {error.strerror or error}") from error


def replace_file(path: Path, data: bytes) -> None:
    """Write aside and rename: a disk that is full leaves an older file as it was. A pipe or a device is written as it
    is.

    Raises:
        OSError: the disk refused.
    """
    if path.exists() and not path.is_file():
        path.write_bytes(data)
        return
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        aside.write_bytes(data)
        aside.replace(path.resolve())
    finally:
        aside.unlink(missing_ok=True)


def _values(experiment: str, line: dict[str, Any]) -> Iterable[tuple[str, int, float | None]]:
    """(measure, r, value) of a line; one value of None for each measure where the method could not run."""
    if experiment == "faithfulness":
        yield "r2", 0, line["r2"]
        return
    steps = line.get(experiment, [])
    for measure in OF_EXPERIMENT[experiment]:
        for step in steps:
            yield measure, step["r"], step[measure]
        if not steps:
            yield measure, 0, None


def _cell(key: tuple[Any, ...], by_example: dict[str, list[float]], reason: str) -> Cell:
    measure, r, group, budget, method, title, order = key
    means = [fmean(seeds) for seeds in by_example.values()]
    error = stdev(means) / sqrt(len(means)) if len(means) > 1 else nan
    mean = fmean(means) if means else nan
    return Cell(measure, group, budget, method, title, order, r, mean, error, len(means), reason)


def _grids(cells: Sequence[Cell]) -> list[str]:
    parts = []
    for low, high in sorted({cell.group for cell in cells}):
        parts += [f"### n {low}-{high}", _grid([cell for cell in cells if cell.group == (low, high)], False)]
    return parts


def _grid(cells: Sequence[Cell], by_group: bool) -> str:
    columns = sorted({(cell.group, cell.r) for cell in cells if cell.examples})
    heads = [f"n {low}-{high}" if by_group else f"r={r}" for (low, high), r in columns]
    rows: dict[str, dict[tuple[tuple[int, int], int], Cell]] = {}
    for cell in cells:
        rows.setdefault(cell.title, {})[(cell.group, cell.r)] = cell
    lines = [["method", *heads], ["---", *["---:"] * len(heads)]]
    lines += [[_plain(title), *[_shown(row.get(column)) for column in columns]] for title, row in rows.items()]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _shown(cell: Cell | None) -> str:
    if cell is None or not cell.examples:
        return "–"
    error = "" if cell.error != cell.error else f" ± {cell.error:.3f}"
    return f"{cell.mean:.3f}{error} ({cell.examples})"


def _number(value: float) -> str:
    return "" if value != value else repr(value)


def _plain(text: str) -> str:
    """Text of a file, without what Markdown would make of it."""
    return " ".join(text.replace("|", "/").replace("<", "‹").replace(">", "›").replace("`", "'").split())
