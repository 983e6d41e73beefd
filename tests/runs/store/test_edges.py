"""Stores that cannot be opened as they should be: one sentence each, and what is there can be read."""

import os
import shutil
import sqlite3
import subprocess

import numpy as np
import pytest

import spex_core
from spex_core.arrays import Samples
from spex_core.errors import StoreError
from spex_core.runs.store import database
from spex_core.runs.store.records import RunRecord
from spex_core.runs.store.run_store import RunStore

PAID = Samples(np.eye(4, dtype=bool), np.arange(4.0))


@pytest.fixture(scope="module")
def explanation():
    return spex_core.explain(lambda m: m[:, 0] * 1.0, 4, budget=16)


@pytest.fixture
def filled(tmp_path, explanation):
    """A folder with a store of one run and its passes, closed."""
    store = RunStore(tmp_path / "home")
    store.save("one", explanation)
    store.append("key", PAID)
    store.close()
    return tmp_path / "home"


def _check_read(store, explanation):
    assert [run.id for run in store.list()] == ["one"]
    assert store.load("one").to_json() == explanation.to_json()
    assert np.array_equal(store.samples("key", 4).values, PAID.values)
    assert store.request("one") == ({}, b"")


def _check_refused(store):
    for call in (lambda: store.append("key", PAID), lambda: store.delete("one"), lambda: store.pin("one", True)):
        with pytest.raises(StoreError, match="could not ") as caught:
            call()
        assert str(caught.value).isprintable()


@pytest.mark.parametrize("version", ["text", "", "1; DROP TABLE runs", -3, -1, 1.5, None, b"\x00\xff", 10**15, "1e400"])
def test_a_version_that_is_none_is_one_sentence_and_nothing_is_changed(filled, version):
    file = filled / "runs.sqlite3"
    with sqlite3.connect(file) as raw:
        raw.execute("CREATE TABLE other (version)")
        raw.execute("INSERT INTO other VALUES (?)", (version,))
        raw.execute("DROP TABLE schema_version")
        raw.execute("ALTER TABLE other RENAME TO schema_version")
    raw.close()
    before = file.read_bytes()
    store = RunStore(filled)
    for call in (store.list, lambda: store.delete("one")):
        with pytest.raises(StoreError, match="version") as caught:
            call()
        assert str(caught.value).isprintable()
        assert len(str(caught.value)) < 300
    store.close()
    assert file.read_bytes() == before


def test_two_versions_are_none(filled):
    with sqlite3.connect(filled / "runs.sqlite3") as raw:
        raw.execute("INSERT INTO schema_version VALUES (1)")
    raw.close()
    with pytest.raises(StoreError, match="version"):
        RunStore(filled).list()


def _mount(folder, *options):
    if shutil.which("mount") is None or subprocess.run(["mount", *options, folder], capture_output=True).returncode:
        pytest.skip("nothing can be mounted here")


@pytest.fixture
def disk(tmp_path):
    """A small file system of its own."""
    folder = tmp_path / "disk"
    folder.mkdir()
    _mount(folder, "-t", "tmpfs", "-o", "size=900k", "tmpfs")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)  # also where a failed test holds it open


def _with_log(source, target):
    """A store as a killed process leaves it: what was last written stands in the log alone."""
    writer = RunStore(source)
    writer.append("key", PAID)
    for path in source.iterdir():
        if not path.name.endswith("-shm"):
            shutil.copy(path, target / path.name)
    assert (target / "runs.sqlite3-wal").stat().st_size > 0
    writer.close()


@pytest.mark.parametrize("killed", [False, True])
def test_a_read_only_disk_can_be_read(filled, disk, explanation, killed):
    if killed:
        _with_log(filled, disk)
    else:
        shutil.copy(filled / "runs.sqlite3", disk)
    _mount(disk, "-o", "remount,ro")
    store = RunStore(disk)
    _check_read(store, explanation)
    _check_refused(store)
    _check_read(store, explanation)
    _mount(disk, "-o", "remount,rw")
    store.append("key", Samples(~PAID.masks, PAID.values))  # it is opened again
    assert len(store.samples("key", 4)) == 8
    store.close()


@pytest.mark.parametrize("killed", [False, True])
def test_a_store_of_an_older_version_can_be_read_on_a_read_only_disk(tmp_path, disk, explanation, killed, monkeypatch):
    steps = database.STEPS
    monkeypatch.setattr(database, "STEPS", steps[:-1])
    older = RunStore(tmp_path / "older")
    older.save("one", explanation)
    older.append("key", PAID)
    older.close()
    if killed:
        _with_log(tmp_path / "older", disk)
    else:
        shutil.copy(tmp_path / "older" / "runs.sqlite3", disk)
    before = (disk / "runs.sqlite3").read_bytes()
    _mount(disk, "-o", "remount,ro")
    monkeypatch.setattr(database, "STEPS", steps)
    store = RunStore(disk)
    _check_read(store, explanation)
    _check_refused(store)
    store.close()
    assert (disk / "runs.sqlite3").read_bytes() == before


def test_a_list_on_a_read_only_disk_needs_no_lease_ended(filled, disk, explanation):
    """What the manager does before it lists: the runs of a killed process are interrupted."""
    store = RunStore(filled)
    line = RunRecord(id="r", title="t", kind="text", model="m", target="x", unit="word", estimator="auto", budget=9)
    store.create(line, {}, b"", "gone")
    store.close()
    shutil.copy(filled / "runs.sqlite3", disk)
    _mount(disk, "-o", "remount,ro")
    store = RunStore(disk)
    store.release(lambda owner: True)
    assert {run.id for run in store.list()} == {"one", "r"}
    assert store.load("one").to_json() == explanation.to_json()
    store.close()


@pytest.mark.parametrize("killed", [False, True])
def test_a_disk_without_a_free_byte_can_be_read(filled, disk, explanation, killed):
    if killed:
        _with_log(filled, disk)
    else:
        shutil.copy(filled / "runs.sqlite3", disk)
    with open(disk / "ballast", "wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            pass
    assert os.statvfs(disk).f_bavail == 0
    store = RunStore(disk)
    _check_read(store, explanation)
    with pytest.raises(StoreError, match="could not save paid samples"):
        store.append("key", Samples(np.random.default_rng(0).random((50_000, 4)) < 2, np.zeros(50_000)))
    _check_read(store, explanation)
    (disk / "ballast").unlink()
    store.append("key", Samples(~PAID.masks, PAID.values))
    assert len(store.samples("key", 4)) == 8
    store.close()


@pytest.mark.parametrize("damage", ["start", "short", "text", "middle"])
def test_a_damaged_file_is_one_sentence_that_says_so(filled, damage):
    file = filled / "runs.sqlite3"
    data = bytearray(file.read_bytes())
    if damage == "start":
        data[:64] = bytes(64)
    elif damage == "short":
        del data[5000:]
    elif damage == "middle":
        data[4096:] = b"\xff" * (len(data) - 4096)
    else:
        data[:] = b"a letter to my aunt\n" * 500
    file.write_bytes(data)
    store = RunStore(filled)
    for call in (store.list, lambda: store.delete("one")):
        with pytest.raises(StoreError, match=r"damaged.*python -m spex_core doctor") as caught:
            call()
        assert str(caught.value).isprintable()
    store.close()
    assert file.read_bytes() == data
