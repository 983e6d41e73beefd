"""Means, standard errors, tables and pictures of a benchmark."""

import csv
import io
import sys
from math import isnan, sqrt
from pathlib import Path

import numpy as np
import pytest

from spex_core.bench.plots import write_plots
from spex_core.bench.settings import BenchSettings
from spex_core.bench.tables import as_csv, as_markdown, put, summarise, write_tables
from spex_core.errors import StoreError

SETTINGS = BenchSettings("faithfulness", Path("some|<data>.csv"), Path("out"), "model", unit="word", seeds=(0, 1))


def _line(example, r2, n=9, seed=0, budget=100, method="lime", **more):
    reason = "" if r2 is not None else "too few passes"
    line = {"example": example, "n": n, "seed": seed, "budget": budget, "method": method, "order": 1, "r2": r2}
    return line | {"title": method.upper(), "reason": reason} | more


LINES = [
    _line("a", 0.5),
    _line("a", 0.7, seed=1),
    _line("b", 0.9),
    _line("c", 0.1, n=15),
    _line("d", None, n=12),
    _line("e", 0.4, n=16),
    _line("e", None, n=16, method="smt"),
    _line("a", -400.0, budget=200, method="stii"),
]


def _cell(cells, **wanted):
    return next(cell for cell in cells if all(getattr(cell, name) == value for name, value in wanted.items()))


def test_seeds_are_averaged_before_examples():
    cells = summarise("faithfulness", LINES)
    cell = _cell(cells, group=(8, 15), method="lime")
    means = [0.6, 0.9, 0.1]
    assert cell.mean == pytest.approx(np.mean(means))
    assert cell.error == pytest.approx(np.std(means, ddof=1) / sqrt(3))
    assert (cell.examples, cell.reason, cell.title) == (3, "too few passes", "LIME")
    one = _cell(cells, group=(16, 31), method="lime")
    assert (one.mean, one.examples) == (0.4, 1)
    assert isnan(one.error)
    none = _cell(cells, method="smt")
    assert isnan(none.mean)
    assert (none.examples, none.reason) == (0, "too few passes")


def test_removal_and_recovery_have_a_cell_for_every_r():
    removal = [{"r": 1, "normalised": 0.2, "share": None}, {"r": 2, "normalised": 0.6, "share": 0.5}]
    cells = summarise("removal", [_line("a", 0.5, removal=removal), _line("b", None)])
    assert [(cell.measure, cell.r, cell.mean) for cell in cells if cell.examples] == [
        ("normalised", 1, 0.2),
        ("normalised", 2, 0.6),
        ("share", 2, 0.5),
    ]
    recovery = [{"r": 1, "recovery": 1.0}, {"r": 2, "recovery": 0.75}]
    cells = summarise("recovery", [_line(name, 0.5, recovery=recovery, chance=0.25) for name in "ab"])
    assert [(cell.method, cell.r, cell.mean, cell.error) for cell in cells] == [
        ("lime", 1, 1.0, 0.0),
        ("lime", 2, 0.75, 0.0),
        ("chance", 1, 0.25, 0.0),
        ("chance", 2, 0.25, 0.0),
    ]


def test_the_csv_file_reads_back_in_full_precision():
    cells = summarise("faithfulness", LINES)
    rows = list(csv.DictReader(io.StringIO(as_csv(cells))))
    assert len(rows) == len(cells)
    for row, cell in zip(rows, cells, strict=True):
        assert (int(row["n_low"]), int(row["budget"]), int(row["examples"])) == (
            cell.group[0],
            cell.budget,
            cell.examples,
        )
        assert row["mean"] == ("" if isnan(cell.mean) else repr(cell.mean))
        assert row["standard_error"] == ("" if isnan(cell.error) else repr(cell.error))


def test_the_markdown_table_holds_means_errors_counts_and_reasons():
    text = as_markdown(SETTINGS, summarise("faithfulness", LINES), ["2 left out: <b>|x"], 5)
    assert "| LIME | 0.533 ± 0.233 (3) | 0.400 (1) |" in text
    assert "| SMT | – | – |" in text
    assert "- SMT: too few passes" in text
    assert "some/‹data›.csv" in text
    assert "- 2 left out: ‹b›/x" in text
    assert "## R² on unseen masks, 200 passes" in text


def test_tables_with_an_r_stand_group_by_group():
    lines = [
        _line(name, 0.5, n=n, recovery=[{"r": 1, "recovery": 1.0}, {"r": 5, "recovery": 0.4}], chance=0.2)
        for name, n in (("a", 9), ("b", 40))
    ]
    settings = BenchSettings("recovery", Path("q.json"), Path("out"), "model", unit="sentence")
    text = as_markdown(settings, summarise("recovery", lines), (), 2)
    table = "| method | r=1 | r=5 |\n| --- | ---: | ---: |\n| LIME | 1.000 (1) | 0.400 (1) |"
    assert f"### n 8-15\n\n{table}" in text
    assert f"### n 32-63\n\n{table}" in text


def test_tables_and_pictures_are_written_the_same_again(tmp_path):
    pytest.importorskip("matplotlib")
    from dataclasses import replace

    cells = summarise("faithfulness", LINES)
    settings = replace(SETTINGS, out=tmp_path)
    files = write_tables(settings, cells, (), 5)
    pictures, remark = write_plots(settings, cells)
    assert [path.name for path in [*files, *pictures]] == ["table.csv", "table.md", "faithfulness.svg"]
    assert remark == "means below -0.25 lie outside the picture; the tables hold them"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["faithfulness.svg", "table.csv", "table.md"]
    before = pictures[0].read_bytes()
    assert before.startswith(b"<?xml")
    write_plots(settings, cells)
    assert pictures[0].read_bytes() == before
    removal = [{"r": 1, "normalised": 0.2, "share": None}]
    drawn, remark = write_plots(
        replace(settings, experiment="removal"), summarise("removal", [_line("a", 0.5, removal=removal)])
    )
    assert ([path.name for path in drawn], remark) == (["normalised.svg"], "")  # nobody has a share


def test_without_matplotlib_it_says_so(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    written, remark = write_plots(SETTINGS, summarise("faithfulness", LINES))
    assert written == []
    assert "pip install" in remark
    assert "matplotlib" in remark


def test_a_disk_that_refuses_is_one_line(tmp_path):
    with pytest.raises(StoreError, match="cannot write"):
        put(tmp_path / "no" / "table.csv", b"")
