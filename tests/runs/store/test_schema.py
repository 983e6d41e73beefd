"""Tables: today's are what the steps lead to, steps are all or nothing, and a newer store is left alone."""

import sqlite3
import threading

import pytest
from sqlalchemy import inspect, text

from spex_core.errors import StoreError
from spex_core.runs.store import database, schema
from spex_core.runs.store.run_store import RunStore
from spex_core.runs.store.schema import STEPS, metadata
from tests.support.store_faults import engine_of


def _shape(columns):
    return {str(column["name"]): (column["type"].python_type, column["nullable"]) for column in columns}


def test_the_steps_lead_to_the_tables_that_the_queries_use(place):
    store = RunStore(place)
    found = inspect(engine_of(store))
    assert set(found.get_table_names()) == set(metadata.tables)
    for name, table in metadata.tables.items():
        declared = {c.name: (c.type.python_type, bool(c.nullable)) for c in table.columns}
        assert _shape(found.get_columns(name)) == declared, name
    store.close()


def _add_a_note(connection):
    connection.execute(text("ALTER TABLE runs ADD COLUMN note TEXT NOT NULL DEFAULT 'none'"))


def _fail(connection):
    connection.execute(text("CREATE TABLE half_done (id INTEGER)"))
    connection.execute(text("ALTER TABLE no_such_table ADD COLUMN x TEXT"))


@pytest.fixture
def steps(monkeypatch):
    """Sets the steps that the code knows, as a later version would."""

    def set_steps(*more):
        monkeypatch.setattr(database, "STEPS", STEPS + more)

    return set_steps


def _version(store):
    with engine_of(store).begin() as connection:
        return schema.version_of(connection)


def test_an_older_store_goes_forward_step_by_step(place, steps):
    older = RunStore(place)
    older.list()
    assert _version(older) == len(STEPS)
    older.close()
    steps(_add_a_note)
    newer = RunStore(place)
    assert _version(newer) == len(STEPS) + 1
    assert "note" in {column["name"] for column in inspect(engine_of(newer)).get_columns("runs")}
    newer.close()
    again = RunStore(place)  # the step is not taken twice
    assert again.list() == []
    again.close()


def test_a_step_that_fails_changes_nothing(place, steps):
    older = RunStore(place)
    older.list()
    older.close()
    steps(_add_a_note, _fail)
    broken = RunStore(place)
    with pytest.raises(StoreError, match=r"could not list the runs: .*no_such_table"):
        broken.list()
    steps(_add_a_note)
    fixed = RunStore(place)
    assert _version(fixed) == len(STEPS) + 1  # the first step stands
    assert "half_done" not in inspect(engine_of(fixed)).get_table_names()
    fixed.close()


def test_a_newer_store_is_refused_in_plain_words_and_left_as_it_is(place, steps, tmp_path):
    steps(_add_a_note)
    newer = RunStore(place)
    newer.list()
    newer.close()
    steps()
    file = tmp_path / "home" / "runs.sqlite3"
    before = file.read_bytes() if file.exists() else None
    older = RunStore(place)
    for call in (older.list, lambda: older.delete("one")):
        with pytest.raises(StoreError, match="written by a newer version of SPEX Explorer") as caught:
            call()
        assert "\n" not in str(caught.value)
    older.close()
    if before is not None:
        assert file.read_bytes() == before
        assert [path.name for path in file.parent.iterdir()] == ["runs.sqlite3"]
    steps(_add_a_note)
    assert _version(RunStore(place)) == len(STEPS) + 1


def test_a_store_without_a_version_is_somebody_elses(tmp_path):
    with sqlite3.connect(tmp_path / "runs.sqlite3") as raw:
        raw.execute("CREATE TABLE schema_version (version INTEGER)")
    raw.close()
    with pytest.raises(StoreError, match="not written by SPEX Explorer"):
        RunStore(tmp_path).list()


def test_many_open_a_new_store_at_once(place):
    together, failed = threading.Barrier(6), []

    def work():
        store = RunStore(place)
        together.wait(20)
        try:
            store.list()
        except StoreError as error:
            failed.append(error)
        store.close()

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failed == []
    assert _version(RunStore(place)) == len(STEPS)
