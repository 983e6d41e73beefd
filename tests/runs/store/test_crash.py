"""Store: what was acknowledged is there after the process was killed, at every moment of it and at any time."""

import os
import random
import shutil
import sqlite3
import tempfile
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import Engine

import spex_core
from spex_core.arrays import Samples
from spex_core.runs.store.records import RunRecord
from spex_core.runs.store.run_store import RunStore
from tests.support.store_faults import at_moment, forked

KEY, N, BATCHES, ROWS = "5ca1ab1e", 21, 3, 16
LEAST_MOMENTS = 25


def _batch(number):
    """Masks that say themselves which batch they are of; values that follow from the masks."""
    positions = np.arange(number * ROWS, (number + 1) * ROWS)
    masks = (positions[:, None] >> np.arange(N)) % 2 == 1
    return Samples(masks, masks @ np.arange(1.0, N + 1))


@pytest.fixture(scope="module")
def explanation():
    return spex_core.explain(lambda m: m[:, 0] * 1.0, 4, budget=16)


def _run(store, explanation, acknowledge, batches=BATCHES):
    """A run as the manager has it: created, passes appended, finished, renamed."""
    line = RunRecord(id="one", title="t", kind="text", model="m", target="x", unit="word", estimator="auto", budget=99)
    store.create(line, {"budget": 99}, b"the text", "me")
    acknowledge("created")
    store.update("one", state="running")
    acknowledge("running")
    for number in range(batches):
        store.append(KEY, _batch(number))
        acknowledge(f"batch {number}")
    store.finish("one", explanation, "done")
    acknowledge("done")
    store.rename("one", "named")
    acknowledge("named")


def _check(folder, explanation, lines):
    """Everything acknowledged is there, nothing twice, and the store goes on."""
    with sqlite3.connect(folder / "runs.sqlite3") as raw:
        assert raw.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert raw.execute("PRAGMA foreign_key_check").fetchall() == []
    raw.close()
    store = RunStore(folder)
    told = sum(line.startswith("batch") for line in lines)
    paid = store.samples(KEY, N)
    assert len(paid) in (told * ROWS, (told + 1) * ROWS)  # the batch in hand may have arrived, whole
    whole = [_batch(number) for number in range(len(paid) // ROWS)]
    assert np.array_equal(paid.masks, np.concatenate([Samples.empty(N).masks, *(batch.masks for batch in whole)]))
    assert np.array_equal(paid.values, np.concatenate([np.zeros(0), *(batch.values for batch in whole)]))
    if "created" in lines:
        record = store.record("one")
        assert store.request("one") == ({"budget": 99}, b"the text")
        assert record.state == "done" or "done" not in lines
        assert record.state != "queued" or "running" not in lines
        if record.state == "done":  # state and result are written together
            assert store.load("one").to_json() == explanation.to_json()
        assert record.name == "named" or "named" not in lines
    missing = range(len(paid) // ROWS, BATCHES + 1)
    for number in missing:
        store.append(KEY, _batch(number))
    after = store.samples(KEY, N)
    assert len(after) == len(np.unique(after.masks, axis=0)) == (BATCHES + 1) * ROWS
    store.close()


@pytest.fixture
def home(tmp_path):
    """A folder in memory where there is one: a killed process loses nothing that the system has taken, disk or not."""
    memory = Path("/dev/shm")
    if not os.access(memory, os.W_OK):
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(prefix="spex-", dir=memory) as folder:
        yield Path(folder)


@pytest.fixture
def made(home):
    """Makes folders that hold a new, empty store."""
    template = home / "template"
    store = RunStore(template)
    store.list()
    store.close()
    return lambda name: Path(shutil.copytree(template, home / name))


def _moments(folder, explanation):
    """How many moments such a run has, counted in a child."""

    def work(acknowledge):
        store = RunStore(folder)
        count = at_moment(store, 0)
        _run(store, explanation, lambda line: None)
        acknowledge(str(count()))

    lines, status = forked(work)
    assert status == 0
    return int(lines[0])


def test_killed_at_every_moment_of_a_run(made, explanation):
    moments = _moments(made("counted"), explanation)
    assert moments >= LEAST_MOMENTS
    reached = set()
    for number in range(1, moments + 1):
        folder = made(str(number))

        def work(acknowledge, folder=folder, number=number):
            store = RunStore(folder)
            at_moment(store, number)
            _run(store, explanation, acknowledge)

        lines, status = forked(work)
        assert status == -9, f"not killed at moment {number}: {lines}"
        reached.add(len(lines))
        _check(folder, explanation, lines)
    assert reached == set(range(BATCHES + 4))  # kills fell between any two acknowledgements


def test_killed_while_the_tables_are_made(home, explanation):
    for number in range(1, 200, 2):
        folder = home / str(number)

        def work(acknowledge, folder=folder, number=number):
            at_moment(Engine, number)
            RunStore(folder).list()
            acknowledge("open")

        lines, status = forked(work)
        _check(folder, explanation, lines)
        if status == 0:  # the store was open before this moment came
            break
        assert status == -9
    assert lines == ["open"]
    assert number > 15


@pytest.mark.parametrize("seed", range(3))
def test_killed_at_any_time_again_and_again(home, seed):
    """The same store is killed eight times, by its parent, while it is written to."""
    rng = random.Random(seed)
    told = 0

    def work(acknowledge, start):
        store = RunStore(home)
        for number in range(start, start + 4000):
            store.append(KEY, _batch(number))
            acknowledge(str(number))

    for _ in range(8):
        known = len(RunStore(home).samples(KEY, N)) // ROWS
        assert known in (told, told + 1)
        lines, status = forked(lambda acknowledge, start=known: work(acknowledge, start), rng.uniform(0.0, 0.05))
        assert status == -9
        done = [int(line) for line in lines]
        told = known + len(done)
        assert done == list(range(known, told))
    paid = RunStore(home).samples(KEY, N)
    assert len(paid) == len(np.unique(paid.masks, axis=0))
    assert np.array_equal(paid.masks[: told * ROWS], np.concatenate([_batch(at).masks for at in range(told)]))
