"""Runs of two people: each thing that can be done is tried on the other's, before and after it is shared."""

import threading

import pytest

from spex_core.errors import InputError, StoreError
from spex_core.models.base import ModelSpec
from spex_core.runs.manager import RunManager
from spex_core.runs.owned import OwnedRuns, imported_id
from spex_core.runs.requests import TextRequest
from spex_core.runs.store.run_store import RunStore
from tests.support.counting_model import TEXT, Counting
from tests.support.store_faults import engine_of
from tests.support.waiting import done, over, until

REQUEST = TextRequest(
    text=TEXT, model=ModelSpec("counting", {"answer": "yes"}), budget=60, masking="removal", estimator="banzhaf"
)
CHANGES = {
    "resume": lambda runs, run_id: runs.resume(run_id, {}),
    "extend": lambda runs, run_id: runs.extend(run_id, 120, {}),
    "cancel": lambda runs, run_id: runs.cancel(run_id),
    "note": lambda runs, run_id: runs.note(run_id, (), "mine"),
    "rename": lambda runs, run_id: runs.rename(run_id, "mine"),
    "pin": lambda runs, run_id: runs.pin(run_id, True),
    "share": lambda runs, run_id: runs.share(run_id, True),
    "unshare": lambda runs, run_id: runs.share(run_id, False),
    "delete": lambda runs, run_id: runs.delete(run_id),
    "restore": lambda runs, run_id: runs.restore(run_id),
    "export": lambda runs, run_id: runs.exported(run_id, 14),
}


@pytest.fixture(autouse=True)
def model(monkeypatch):
    return Counting.fresh(monkeypatch)


@pytest.fixture
def manager(tmp_path):
    return RunManager(RunStore(tmp_path))


@pytest.fixture
def people(manager):
    return OwnedRuns(manager, "ann", True), OwnedRuns(manager, "bob", True)


@pytest.fixture
def hers(people):
    return done(people[0].start(REQUEST)).id


def _line(manager, run_id):
    return manager.store.record(run_id), len(manager.store.samples(manager._ledger.key_of(run_id), 14))


def test_what_one_has_is_hers_and_nobody_elses_to_see(people, hers, manager):
    ann, bob = people
    for runs in (ann, OwnedRuns(RunManager(manager.store), "ann", True)):  # also in another process
        assert [record.id for record in runs.records()] == [record.id for record in runs.stored()] == [hers]
        assert runs.get(hers).explanation is not None
        assert runs.load(hers).evaluations == 60
        assert runs.knows_passes_of(hers)
        assert len(runs.paid_for(hers, 14)[0]) == 60
        assert runs.why_not_read(hers) == runs.why_not_change(hers) == ""
        runs.note(hers, (0, 3), "hers alone")
        assert runs.notes(hers) == {(0, 3): "hers alone"}
    assert [run.id for run in ann.list()] == [hers]
    for runs in (bob, OwnedRuns(RunManager(manager.store), "bob", True)):
        assert runs.records() == runs.stored() == runs.list() == []
        assert runs.get(hers) is None
        assert runs.notes(hers) == {}
        assert not runs.knows_passes_of(hers)
        for look in (lambda runs=runs: runs.load(hers), lambda runs=runs: runs.paid_for(hers, 14)):
            with pytest.raises(InputError, match="there is no such run here, or it belongs to somebody else"):
                look()
        assert runs.why_not_read(hers) == runs.why_not_read("0123456789abcdef") == runs.why_not_read("../x")


@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize("change", CHANGES)
def test_nobody_else_changes_it_shared_or_not(people, hers, manager, change, shared):
    ann, bob = people
    ann.share(hers, shared)
    before = _line(manager, hers)
    said = "shares it for reading; only they" if shared else "no such run here, or it belongs to somebody else"
    with pytest.raises(InputError, match=said):
        CHANGES[change](bob, hers)
    assert _line(manager, hers) == before
    assert bob.why_not_change(hers)


@pytest.mark.parametrize("change", CHANGES)
def test_its_owner_does(people, hers, change):
    ann, _ = people
    done_ = CHANGES[change](ann, hers)
    if change in ("resume", "extend"):
        done(done_)
        assert ann.get(hers).belongs_to == "ann"


def test_what_is_shared_is_read_as_long_as_it_is_shared(people, hers):
    ann, bob = people
    ann.share(hers, True)
    assert [record.id for record in bob.records()] == [record.id for record in bob.stored()] == [hers]
    assert bob.list() == []
    assert bob.get(hers).explanation.evaluations == bob.load(hers).evaluations == 60
    assert len(bob.paid_for(hers, 14)[0]) == 60
    ann.share(hers, False)
    assert bob.records() == []
    assert bob.get(hers) is None


def test_a_run_that_goes_on_is_cancelled_by_its_owner_alone(people, model):
    ann, bob = people
    gate = threading.Event()
    model.on_batch = lambda inputs: gate.wait(30)
    run = ann.start(REQUEST)
    until(lambda: run.state == "running")
    with pytest.raises(InputError, match="no such run here"):
        bob.cancel(run.id)
    assert not run.stopping()
    ann.cancel(run.id)
    gate.set()
    assert over(run).state == "cancelled"


def test_a_run_that_was_deleted_comes_back_to_its_owner_alone(people, hers):
    ann, bob = people
    ann.share(hers, True)
    ann.delete(hers)
    with pytest.raises(InputError):
        bob.restore(hers)
    ann.restore(hers)
    assert [record.id for record in ann.records()] == [hers]


def test_passes_are_everybodys(people, hers):
    theirs = done(people[1].start(REQUEST))
    assert theirs.paid == 0
    assert theirs.explanation.evaluations == 60
    assert theirs.belongs_to == "bob"


def test_without_owners_everybody_does_everything(manager, hers):
    host = OwnedRuns(manager, "anybody", False)
    assert host.belongs_to == ""
    assert [run.id for run in host.list()] == [record.id for record in host.records()] == [hers]
    for change in ("rename", "pin", "delete", "restore", "export"):
        CHANGES[change](host, hers)
    assert host.start(REQUEST).belongs_to == ""


def test_runs_of_before_are_the_hosts(manager, people):
    run = done(manager.start(REQUEST))
    for runs in people:
        assert runs.records() == []
        assert runs.get(run.id) is None
    assert OwnedRuns(manager, "", False).get(run.id) is run


def test_a_run_that_the_disk_refused_is_its_owners(people, monkeypatch):
    def full(*_, **__):
        raise StoreError("could not save the run: database or disk is full")

    monkeypatch.setattr(RunStore, "create", full)
    run = people[0].start(REQUEST)
    assert run.state == "failed"
    assert people[0].get(run.id) is run
    assert people[1].get(run.id) is None


def test_who_asks_has_a_name_where_runs_have_owners(manager):
    with pytest.raises(ValueError, match="has a name"):
        OwnedRuns(manager, "", True)


def test_the_same_file_is_a_run_of_each_person():
    assert imported_id("imported-1", "") == "imported-1"
    ids = {imported_id("imported-1", person) for person in ("", "ann", "bob")} | {imported_id("imported-2", "ann")}
    assert len(ids) == 4
    assert all(run_id.startswith("imported-") and len(run_id) <= 64 for run_id in ids)


def test_a_store_of_before_goes_on_with_the_hosts_runs(place):
    from sqlalchemy import text

    from tests.support.filled_store import put

    store = RunStore(place)
    put(store, "old")
    with engine_of(store).begin() as connection:  # as the version before left it
        for column in ("belongs_to", "shared", "ceiling"):
            connection.execute(text(f"ALTER TABLE runs DROP COLUMN {column}"))
        for table in ("question_leases", "notes"):
            connection.execute(text(f"DROP TABLE {table}"))
        connection.execute(text("DROP INDEX samples_by_question"))
        connection.execute(text("CREATE INDEX samples_by_question ON samples (question_id)"))
        connection.execute(text("UPDATE schema_version SET version = 1"))
    store.close()
    store = RunStore(place)
    assert (store.record("old").belongs_to, store.record("old").shared) == ("", False)
    store.share("old", True)
    assert store.list()[0].shared
    store.notes.write("old", (), "from before")
    assert store.notes.of("old") == {(): "from before"}
    store.close()
