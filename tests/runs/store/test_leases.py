"""Leases of set functions: one process at a time, handed over on demand, free when its process is gone."""

import numpy as np
import pytest
from sqlalchemy import event, inspect

from spex_core.arrays import Samples
from spex_core.runs.store import database, leases
from spex_core.runs.store.leases import HANDED, LEASE, Seen
from spex_core.runs.store.owners import this_process
from spex_core.runs.store.run_store import RunStore
from tests.support.store_faults import Child, engine_of, sql

KEY, N = "ab12", 6


def _passes(*numbers):
    positions = np.array(numbers)
    return Samples((positions[:, None] >> np.arange(N)) % 2 == 1, positions / 3)


@pytest.fixture
def store(place):
    store = RunStore(place)
    yield store
    store.close()


@pytest.fixture
def question(store):
    return store.leases.number(KEY, N)


def _holder(store, question):
    return store.leases.look(question, N, Seen()).holder


def _lapse(store, seconds):
    sql(store, "UPDATE question_leases SET lease_until = lease_until - :seconds", seconds=seconds)


def test_one_has_it_until_it_gives_it_up(store, question):
    assert store.leases.number(KEY, N) == question != store.leases.number(KEY, N + 1)
    assert _holder(store, question) == ""
    assert store.leases.take(question, N, "a", Seen()).holder == "a"
    assert store.leases.take(question, N, "b", Seen()).holder == "a"
    assert store.leases.take(question, N, "a", Seen()).holder == "a"
    store.leases.release(question, "b")
    assert _holder(store, question) == "a"
    store.leases.release(question, "a")
    assert store.leases.take(question, N, "b", Seen()).holder == "b"


def test_it_is_handed_over_to_the_first_who_asked_for_it(store, question):
    store.leases.take(question, N, "a", Seen())
    assert store.leases.heir(question, "a") == ""
    store.leases.hand_over(question, "a")  # to nobody
    assert _holder(store, question) == "a"
    store.leases.want(question, "b")
    store.leases.want(question, "c")
    assert store.leases.look(question, N, Seen()).heir == store.leases.heir(question, "a") == "b"
    assert store.leases.renew(question, "a") == "b"
    store.leases.hand_over(question, "a")
    assert store.leases.heir(question, "a") is store.leases.renew(question, "a") is None
    assert store.leases.take(question, N, "c", Seen()).holder == "b"
    assert store.leases.take(question, N, "b", Seen()).heir == ""
    store.leases.want(question, "a")
    store.leases.release(question, "a")  # gives up the wish
    assert store.leases.heir(question, "b") == ""


def test_whoever_takes_it_does_not_want_it_any_more(store, question):
    store.leases.take(question, N, "a", Seen())
    store.leases.want(question, "b")
    store.leases.release(question, "a")
    assert store.leases.take(question, N, "b", Seen()).heir == ""
    assert store.leases.heir(question, "b") == ""


def test_it_lapses_unless_it_is_renewed(store, question):
    store.leases.take(question, N, "a", Seen())
    _lapse(store, LEASE - 10)
    assert store.leases.take(question, N, "b", Seen()).holder == "a"
    assert store.leases.renew(question, "a") == ""
    _lapse(store, LEASE - 10)
    assert store.leases.take(question, N, "b", Seen()).holder == "a"
    _lapse(store, 11)
    assert store.leases.take(question, N, "b", Seen()).holder == "b"
    assert store.leases.renew(question, "a") is None


def test_one_that_was_handed_over_to_somebody_who_is_away_lapses_soon(store, question):
    store.leases.take(question, N, "a", Seen())
    store.leases.want(question, "b")
    store.leases.hand_over(question, "a")
    _lapse(store, HANDED + 1)
    assert store.leases.take(question, N, "a", Seen()).holder == "a"


def test_that_of_a_process_that_is_gone_is_free_at_once(place):
    def work(acknowledge):
        store = RunStore(place)
        question = store.leases.number(KEY, N)
        store.leases.take(question, N, this_process(), Seen())
        acknowledge(this_process())

    (gone,), status = Child(work).end()
    assert status == 0
    store = RunStore(place)
    question = store.leases.number(KEY, N)
    assert sql(store, "SELECT owner FROM question_leases").scalar_one() == gone
    assert store.leases.take(question, N, "b", Seen()).holder == "b"
    sql(store, "UPDATE question_leases SET wanted_by = :gone", gone=gone)
    store.leases.want(question, "c")
    assert store.leases.heir(question, "b") == "c"
    store.close()


def test_only_what_is_new_is_read(store, question):
    store.append(KEY, _passes(1, 2))
    store.append("another", _passes(9))
    found = store.leases.look(question, N, Seen())
    assert found.news.values.tolist() == _passes(1, 2).values.tolist()
    assert len(store.leases.look(question, N, found.seen).news) == 0
    store.append(KEY, _passes(3))
    again = store.leases.take(question, N, "a", found.seen)
    assert np.array_equal(again.news.masks, _passes(3).masks)
    assert again.seen.count == found.seen.count + 1


def test_what_was_committed_late_under_a_lower_number_is_not_missed_by_whoever_takes_it(store, question):
    store.append(KEY, _passes(1))
    store.append(KEY, _passes(2))
    seen = store.leases.look(question, N, Seen()).seen
    missed = Seen(seen.last, seen.count - 1)  # as if the first had not been there yet
    assert len(store.leases.look(question, N, missed).news) == 0
    found = store.leases.take(question, N, "a", missed)
    assert found.news.values.tolist() == _passes(1, 2).values.tolist()
    assert found.seen == seen


def test_a_store_of_the_first_version_is_opened_and_keeps_what_was_paid(place, monkeypatch):
    steps = database.STEPS
    monkeypatch.setattr(database, "STEPS", steps[:1])
    older = RunStore(place)
    older.append(KEY, _passes(1, 2, 3))
    assert "question_leases" not in inspect(engine_of(older)).get_table_names()
    older.close()
    monkeypatch.setattr(database, "STEPS", steps)
    store = RunStore(place)
    question = store.leases.number(KEY, N)
    assert store.leases.take(question, N, "a", Seen()).news.values.tolist() == _passes(1, 2, 3).values.tolist()
    (index,) = inspect(engine_of(store)).get_indexes("samples")
    assert index["column_names"] == ["question_id", "id"]
    store.close()


def test_who_is_gone_is_asked_of_the_process_alone(store, question, monkeypatch):
    """A holder of another machine, of which nothing is known, keeps its lease as long as it renews it."""
    asked = []
    monkeypatch.setattr(leases, "is_gone", lambda owner: bool(asked.append(owner)))
    store.leases.take(question, N, "elsewhere|boot|space|1|1", Seen())
    assert store.leases.take(question, N, "b", Seen()).holder == "elsewhere|boot|space|1|1"
    assert "elsewhere|boot|space|1|1" in asked


def test_a_lease_does_not_wait_for_the_disk(tmp_path):
    store = RunStore(tmp_path)
    said = []

    def ask(connection):
        said.append(connection.exec_driver_sql("PRAGMA synchronous").scalar_one())

    question = store.leases.number(KEY, N)
    event.listen(engine_of(store), "commit", ask)
    store.append(KEY, _passes(1))  # the first to be kept, which the disk is waited for (test_syncing)
    store.leases.take(question, N, "a", Seen())
    store.leases.release(question, "a")
    full, normal = 2, 1
    assert said == [full, normal, normal]
    store.close()
