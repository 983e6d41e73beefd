"""Paid passes outlive the process when `append` returns; the disk is waited for once a second or every 512 of them."""

import numpy as np
import pytest
from sqlalchemy import event

from spex_core.arrays import Samples
from spex_core.runs.store import run_store
from spex_core.runs.store.run_store import RunStore


class Clock:
    """Time that stands still unless it is moved."""

    now = 100.0

    def monotonic(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(run_store, "time", clock)
    return clock


@pytest.fixture
def store(tmp_path):
    with_levels = RunStore(tmp_path)
    with_levels.list()
    levels = []
    engine = with_levels._open().engine()

    def note(connection):
        levels.append(connection.exec_driver_sql("PRAGMA synchronous").scalar())

    event.listen(engine, "commit", note)
    with_levels.levels = levels
    yield with_levels
    with_levels.close()


def _samples(count, seed=0):
    rng = np.random.default_rng(seed)
    return Samples(rng.random((count, 30)) < 0.5, rng.normal(size=count))


FULL, NORMAL = 2, 1


def test_the_disk_is_waited_for_once_a_second(store, clock):
    for seed in range(5):
        store.append("key", _samples(3, seed))
    clock.now += 0.9
    store.append("key", _samples(3, 5))
    clock.now += 0.2
    store.append("key", _samples(3, 6))
    store.append("key", _samples(3, 7))
    assert store.levels == [FULL, *[NORMAL] * 5, FULL, NORMAL]


def test_or_for_every_512_passes(store, clock):
    for seed in range(7):
        store.append("key", _samples(200, seed))
    assert store.levels == [FULL, NORMAL, NORMAL, FULL, NORMAL, NORMAL, FULL]


def test_another_write_takes_them_along(store, clock):
    store.append("key", _samples(3))
    clock.now += 0.9
    store.release(lambda owner: True)  # changes nothing, so it is no write
    store.renew("somebody")
    clock.now += 0.9
    store.append("key", _samples(3, 1))
    assert store.levels[-2:] == [FULL, NORMAL]


def test_they_are_seen_at_once_by_others(store, clock, tmp_path):
    store.append("key", _samples(3))
    store.append("key", _samples(4, 1))
    assert store.levels == [FULL, NORMAL]
    other = RunStore(tmp_path)
    assert len(other.samples("key", 30)) == 7
    other.close()
