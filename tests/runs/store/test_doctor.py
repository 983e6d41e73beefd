"""The doctor: what is damaged is said, what is whole is saved, and the file itself stays as it is."""

import sqlite3

import numpy as np
import pytest

import spex_core
from spex_core.arrays import Samples
from spex_core.cli import main
from spex_core.errors import StoreError
from spex_core.runs.store import database
from spex_core.runs.store.doctor import examine, save_whole
from spex_core.runs.store.leases import Seen
from spex_core.runs.store.records import RunRecord
from spex_core.runs.store.run_store import RunStore

RUNS = 60


@pytest.fixture(scope="module")
def explanation():
    return spex_core.explain(lambda m: m[:, 0] * 1.0, 4, budget=16)


def _batch(number):
    rng = np.random.default_rng(number)
    return Samples(rng.random((64, 60)) < 0.5, rng.normal(size=64))


@pytest.fixture
def home(tmp_path, explanation):
    folder = tmp_path / "home"
    store = RunStore(folder)
    line = RunRecord(id="r0", title="t", kind="text", model="m", target="x", unit="word", estimator="auto", budget=9)
    store.create(line, {"a": 1}, bytes(5000), "me")
    for number in range(1, RUNS):
        store.save(f"r{number}", explanation, name=f"run {number}")
    for number in range(20):
        store.append("key", _batch(number))
    store.close()
    return folder


def _sql(folder, statement, *values):
    with sqlite3.connect(folder / "runs.sqlite3") as raw:
        raw.execute(statement, values)
    raw.close()


def test_a_whole_store_is_whole_and_its_copy_the_same(home, tmp_path, capsys, explanation):
    assert main(["doctor", "--store", str(home), "--save", str(tmp_path / "new")]) == 0
    assert "nothing is damaged" in capsys.readouterr().out
    old, new = RunStore(home), RunStore(tmp_path / "new")
    assert new.list() == old.list()
    assert new.request("r0") == old.request("r0") == ({"a": 1}, bytes(5000))
    assert new.load("r7").to_json() == explanation.to_json()
    assert np.array_equal(new.samples("key", 60).values, old.samples("key", 60).values)
    with pytest.raises(StoreError, match="already"):
        save_whole(examine(home), home)


def test_whose_turn_it_is_to_ask_is_not_saved(home, tmp_path):
    store = RunStore(home)
    question = store.leases.number("key", 60)
    store.leases.take(question, 60, "elsewhere", Seen())
    store.close()
    save_whole(examine(home), tmp_path / "new")
    new = RunStore(tmp_path / "new")
    assert new.leases.take(question, 60, "me", Seen()).holder == "me"
    new.close()


def test_a_store_of_the_first_version_is_whole_and_saved_as_one_of_today(tmp_path, monkeypatch):
    steps = database.STEPS
    monkeypatch.setattr(database, "STEPS", steps[:1])
    older = RunStore(tmp_path / "older")
    older.append("key", _batch(0))
    older.close()
    monkeypatch.setattr(database, "STEPS", steps)
    found = examine(tmp_path / "older")
    assert not found.problems
    save_whole(found, tmp_path / "new")
    new = RunStore(tmp_path / "new")
    assert np.array_equal(new.samples("key", 60).values, _batch(0).values)
    new.close()


def test_single_damages_are_named(home, tmp_path, capsys):
    _sql(home, "UPDATE results SET explanation = ? WHERE run_id = 'r3'", b"xx")
    _sql(home, "UPDATE results SET explanation = 'text' WHERE run_id = 'r4'")
    _sql(home, "UPDATE samples SET masks = zeroblob(length(masks)) WHERE id = 2")
    _sql(home, "DELETE FROM inputs")
    _sql(home, "DELETE FROM runs WHERE id = 'r5'")
    assert main(["doctor", "--store", str(home), "--save", str(tmp_path / "new")]) == 1
    said = capsys.readouterr().out
    for words in ("r3: its result", "r4: its result", "1 of 20 batches", "r0: its input is lost", "r5: its line"):
        assert words in said
    new = RunStore(tmp_path / "new")
    assert len(new.list()) == RUNS
    assert new.load("r5").n_features == 4
    assert len(new.samples("key", 60)) == 19 * 64


def test_pages_of_rubbish_cost_what_stood_on_them(home, tmp_path, explanation):
    file = home / "runs.sqlite3"
    data = bytearray(file.read_bytes())
    pages = len(data) // 4096
    saved = []
    for page in range(1, pages):
        broken = bytearray(data)
        broken[page * 4096 : (page + 1) * 4096] = b"\xa5" * 4096
        file.write_bytes(broken)
        try:
            found = examine(home)
        except StoreError:
            continue
        assert file.read_bytes() == broken
        assert found.problems, page
        target = tmp_path / f"new-{page}"
        save_whole(found, target)
        store = RunStore(target)
        runs = store.list()
        for run in runs[-2:]:
            if run.id != "r0" and any(row["run_id"] == run.id for row in found.rows["results"]):
                assert store.load(run.id).to_json() == explanation.to_json()
        saved.append(len(runs) + len(store.samples("key", 60)) / 64)
        store.close()
    assert len(saved) > 0.8 * pages
    assert np.median(saved) >= RUNS + 15


@pytest.mark.parametrize("content", [None, b"", b"a letter\n" * 900])
def test_what_is_no_store_is_one_line(tmp_path, capsys, content):
    if content is not None:
        (tmp_path / "runs.sqlite3").write_bytes(content)
    assert main(["doctor", "--store", str(tmp_path)]) == 1
    said = capsys.readouterr().err
    assert said.startswith("spex_core: error: ")
    assert said.count("\n") == 1
