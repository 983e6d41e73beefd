"""Store: a disk without room costs one readable line, nothing that was there, and nothing once there is room again."""

import resource
import shutil
import signal
import subprocess

import numpy as np
import pytest

import spex_core
from spex_core.arrays import Samples
from spex_core.errors import StoreError
from spex_core.runs.store.records import RunRecord
from spex_core.runs.store.run_store import RunStore
from tests.support.store_faults import forked, full_disk

KEY, N, ROWS = "f0115d15c", 600, 64


def _batch(number):
    rng = np.random.default_rng(number)
    return Samples(rng.random((ROWS, N)) < 0.5, rng.normal(size=ROWS))


def _fill(store, first=0):
    """The first batch that the disk refused, and what was said then."""
    for number in range(first, 500):
        try:
            store.append(KEY, _batch(number))
        except StoreError as error:
            return number, str(error)
    raise AssertionError("the disk never got full")


def _check(store, acknowledged):
    paid = store.samples(KEY, N)
    assert np.array_equal(paid.values, np.concatenate([_batch(number).values for number in range(acknowledged)]))


@pytest.fixture(scope="module")
def explanation():
    return spex_core.explain(lambda m: m[:, 0] * 1.0, 4, budget=16)


def test_a_full_disk_is_one_line_and_keeps_what_was_there(tmp_path, explanation):
    store = RunStore(tmp_path)
    store.save("one", explanation)
    store.append(KEY, _batch(0))
    line = RunRecord(id="two", title="t", kind="text", model="m", target="x", unit="word", estimator="auto", budget=9)
    with full_disk(store):
        number, said = _fill(store, first=1)
        assert said == "could not save paid samples, so the run stops: database or disk is full"
        with pytest.raises(StoreError, match="could not save the run: database or disk is full"):
            store.create(line, {}, bytes(100_000), "me")
        assert [run.id for run in store.list()] == ["one"]
        assert store.load("one").to_json() == explanation.to_json()
        _check(store, number)
    store.append(KEY, _batch(number))
    _check(store, number + 1)
    store.create(line, {}, bytes(100_000), "me")
    assert store.request("two")[1] == bytes(100_000)


def test_a_write_that_the_system_refuses_halfway(tmp_path):
    """The log grows to a limit of the system in the middle of a batch, is read, and goes on."""

    def work(acknowledge):
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        store = RunStore(tmp_path)
        store.append(KEY, _batch(0))
        log = (tmp_path / "runs.sqlite3-wal").stat().st_size
        resource.setrlimit(resource.RLIMIT_FSIZE, (log + 20_001, resource.RLIM_INFINITY))
        acknowledged, said = _fill(store, first=1)
        acknowledge(said)
        _check(store, acknowledged)
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        store.append(KEY, _batch(acknowledged))
        _check(store, acknowledged + 1)
        acknowledge(str(acknowledged + 1))

    lines, status = forked(work)
    assert status == 0
    assert lines[0].startswith("could not save paid samples, so the run stops: ")
    _check(RunStore(tmp_path), int(lines[1]))


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 700 kB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if shutil.which("mount") is None:
        pytest.skip("no mount here")
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=700k", "tmpfs", folder], capture_output=True)
    if mounted.returncode:
        pytest.skip("a small file system cannot be mounted here")
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_a_disk_that_is_really_full(small_disk, explanation):
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(200_000))
    store = RunStore(small_disk)
    store.save("one", explanation)
    acknowledged, said = _fill(store)
    assert acknowledged > 5
    assert said.startswith("could not save paid samples, so the run stops: ")
    _check(store, acknowledged)
    store.close()
    store = RunStore(small_disk)  # a restart on the full disk
    _check(store, acknowledged)
    assert store.load("one").to_json() == explanation.to_json()
    ballast.unlink()
    store.append(KEY, _batch(acknowledged))
    _check(store, acknowledged + 1)
    store.close()


def test_no_room_for_a_store_at_all(small_disk):
    (small_disk / "ballast").write_bytes(bytes(690_000))
    with pytest.raises(StoreError, match="could not save paid samples, so the run stops: ") as caught:
        RunStore(small_disk).append(KEY, _batch(0))
    assert "\n" not in str(caught.value)
    (small_disk / "ballast").unlink()
    store = RunStore(small_disk)
    store.append(KEY, _batch(0))
    _check(store, 1)
    store.close()


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="could not list the runs"):
        RunStore(tmp_path / "file" / "home").list()
