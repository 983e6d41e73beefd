"""Files of the versions before the database: `tests/data/stores/0` was written by the last of them."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from spex_core.arrays import Samples
from spex_core.explanation.result import Explanation
from spex_core.runs.store.run_store import RunStore
from tests.support.places import DATA

OLDER = DATA / "stores" / "0"
KEY, N = "1f8225591927ed8977d6468b7bf833d1", 11


def _files(folder):
    return {
        path.relative_to(folder): path.read_bytes() for part in ("runs", "samples") for path in folder.glob(f"{part}/*")
    }


@pytest.fixture
def home(tmp_path):
    return Path(shutil.copytree(OLDER, tmp_path / "home"))


def test_runs_and_samples_are_taken_over_and_the_files_stay(home):
    before = _files(home)
    store = RunStore(home)
    assert {run.id: (run.kind, run.unit, run.state) for run in store.list()} == {
        "older-text": ("text", "word", "done"),
        "older-picture": ("picture", "2x2", "done"),
    }
    text = Explanation.from_json((OLDER / "runs" / "older-text.json").read_text())
    assert store.load("older-text").to_json() == text.to_json()
    assert store.request("older-text") == ({}, text.source.text.encode())
    picture = store.record("older-picture")
    assert (picture.title, picture.model) == ("is there a dog?", "scenes")
    assert abs(picture.created_at - (home / "runs" / "older-picture.json").stat().st_mtime) < 1
    paid = store.samples(KEY, N)
    assert len(paid) == len(np.unique(paid.masks, axis=0)) == 38  # of 40 that were written, two a second time
    assert np.array_equal(paid.values, paid.masks @ np.arange(N) * 0.5)
    assert _files(home) == before


def test_a_torn_log_gives_what_is_whole(home):
    assert np.array_equal(RunStore(home).samples("torn", 9).values, np.arange(4.0))


def test_they_are_taken_over_once(home):
    store = RunStore(home)
    store.delete("older-text")
    store.append(KEY, Samples(np.eye(N, dtype=bool), np.arange(float(N))))
    kept = len(store.samples(KEY, N))
    store.close()
    again = RunStore(home)
    assert [run.id for run in again.list()] == ["older-picture"]
    assert len(again.samples(KEY, N)) == kept


def test_damaged_files_are_left_out_and_the_others_come(home):
    (home / "runs" / "older-text.json").write_bytes(b"\xff\xfe{")
    (home / "runs" / "bad name.json").write_text((home / "runs" / "older-picture.json").read_text())
    for name, data in {
        "empty": b"",
        "odd": b"SPEXLOG1",
        "zero": b"SPEXLOG1" + bytes(4),
        "huge": b"SPEXLOG1" + b"\xff" * 60,
    }.items():
        (home / "samples" / f"{name}.log").write_bytes(data)
    log = bytearray((home / "samples" / f"{KEY}.log").read_bytes())
    log[-20] ^= 4
    (home / "samples" / f"{KEY}.log").write_bytes(log)
    store = RunStore(home)
    assert [run.id for run in store.list()] == ["older-picture"]
    assert 30 < len(store.samples(KEY, N)) < 38


def test_the_folder_that_was_the_default_is_looked_into_too(monkeypatch, tmp_path):
    for name in ("SPEX_EXPLORER_HOME", "SPEX_EXPLORER_STORE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("spex_core.runs.store.run_store.default_root", lambda: tmp_path / "new")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    shutil.copytree(OLDER, tmp_path / "spex-explorer")
    assert len(RunStore().list()) == 2
    assert RunStore(tmp_path / "chosen").list() == []  # somebody chose another place: nothing is copied there


def test_a_database_of_a_team_gets_no_files_of_one_person(monkeypatch, home, tmp_path):
    monkeypatch.setenv("SPEX_EXPLORER_HOME", str(home))
    monkeypatch.setenv("SPEX_EXPLORER_STORE", f"sqlite:///{tmp_path}/team.sqlite3")
    assert RunStore().list() == []
