"""Store: what every database must do: runs, leases, paid passes, refusals in one line."""

import dataclasses
import json
import threading
import time
import tracemalloc
import zlib

import numpy as np
import pytest

import spex_core
from spex_core.arrays import Samples
from spex_core.errors import StoreError
from spex_core.explanation.sources import PictureSource, TextSource
from spex_core.models.base import ModelSpec
from spex_core.runs.store.records import RunRecord
from spex_core.runs.store.run_store import RunStore
from tests.support.store_faults import sql

KEY = "0123abcd"
LINE = {"title": "not bad", "kind": "text", "model": "minilm-sentiment", "target": "positive", "unit": "word"}


def _samples(seed, m=7, n=13):
    rng = np.random.default_rng(seed)
    return Samples(rng.random((m, n)) < 0.5, rng.normal(size=m))


def _record(run_id, **changes):
    return RunRecord(**({"id": run_id, "estimator": "auto", "budget": 100} | LINE | changes))


def _count(store, table):
    return sql(store, f"SELECT count(*) FROM {table}").scalar_one()


@pytest.fixture
def store(place):
    store = RunStore(place)
    yield store
    store.close()


@pytest.fixture(scope="module")
def explanation():
    found = spex_core.explain(lambda m: m[:, 0] * 1.0 - (m[:, 1] & m[:, 2]), ["not", "so", "very", "bad"], budget=16)
    return dataclasses.replace(
        found,
        source=TextSource("not so very bad", ((0, 3), (4, 6), (7, 11), (12, 15)), "word", "unk"),
        model=ModelSpec("minilm-sentiment"),
        value_unit="log-odds",
        toward=("negative", "positive"),
    )


def test_a_run_from_start_to_end(store, explanation):
    store.create(_record("one"), {"budget": 100, "odd": "\0é"}, b"not so very bad", "me")
    begun = store.record("one")
    assert (begun.state, begun.n_features, begun.r2) == ("queued", None, None)
    assert abs(begun.created_at - time.time()) < 60
    with pytest.raises(StoreError, match="no result yet"):
        store.load("one")
    store.update("one", state="running", n_features=4, paid=3)
    assert store.record("one") == dataclasses.replace(
        begun, state="running", n_features=4, paid=3, updated_at=store.record("one").updated_at
    )
    store.finish("one", explanation, "done", paid=11)
    done = store.record("one")
    assert (done.state, done.paid, done.evaluations, done.r2) == ("done", 11, 16, explanation.faithfulness)
    assert done.updated_at >= begun.updated_at
    assert store.load("one").to_json() == explanation.to_json()
    assert store.request("one") == ({"budget": 100, "odd": "\0é"}, b"not so very bad")


def test_a_result_of_shares_of_replies_says_what_was_in_reach(store, explanation):
    report = dataclasses.replace(explanation.faithfulness_report, r2=0.2, ceiling=0.25)
    store.create(_record("one"), {}, b"", "me")
    assert store.record("one").explained is None
    store.finish("one", dataclasses.replace(explanation, faithfulness_report=report), "done", paid=16)
    assert (store.record("one").ceiling, store.record("one").explained) == (0.25, pytest.approx(0.8))


def test_a_run_is_created_once(store):
    store.create(_record("one"), {"first": 1}, b"", "me")
    with pytest.raises(StoreError, match="run one already"):
        store.create(_record("one"), {"second": 1}, b"other", "you")
    assert store.request("one") == ({"first": 1}, b"")


def test_an_input_is_kept_once(store, explanation):
    for name in ("one", "two", "three"):
        store.create(_record(name), {}, b"the same text", "me")
    store.save("four", explanation)
    assert _count(store, "inputs") == 2
    assert store.request("three")[1] == b"the same text"


def test_a_result_alone_is_saved_listed_and_replaced(store, explanation):
    store.save("one", explanation, name="first")
    record = store.record("one")
    assert (record.title, record.kind, record.unit) == ("not so very bad", "text", "word")
    assert (record.target, record.model, record.state) == ("positive (log-odds)", "minilm-sentiment", "done")
    assert store.request("one") == ({}, b"not so very bad")
    store.pin("one", True)
    stopped = dataclasses.replace(explanation, complete=False, seed=5)
    store.save("one", stopped)
    assert store.load("one").seed == 5
    assert store.record("one").state == "cancelled"
    assert store.record("one").name == "first"
    assert store.record("one").pinned
    assert store.record("one").created_at == record.created_at
    assert len(store.list()) == 1


def test_a_picture_keeps_its_bytes(store, explanation):
    from spex_core.inputs.pictures import png_bytes
    from tests.support.fake_pictures import scene

    picture = png_bytes(scene())
    source = PictureSource(picture, (2, 2), "blur", "is there a dog?")
    store.save("one", dataclasses.replace(explanation, source=source))
    record = store.record("one")
    assert (record.kind, record.unit, record.title) == ("picture", "2x2", "is there a dog?")
    assert store.request("one")[1] == picture
    assert store.load("one").source.picture == picture


def test_the_list_is_pinned_first_then_newest(store, explanation):
    for age, name in enumerate(["oldest", "old", "new"]):
        store.create(_record(name, created_at=1000.0 + age), {}, b"", "me")
    store.pin("old", True)
    assert [run.id for run in store.list()] == ["old", "new", "oldest"]
    store.update("oldest", state="running")
    store.rename("oldest", "  a   name ")
    assert [run.name for run in store.list()] == ["", "", "a name"]
    store.pin("old", False)
    assert [run.id for run in store.list()] == ["new", "old", "oldest"]


def test_a_deleted_run_comes_back_and_is_forgotten_after_thirty_days(store, place, explanation):
    store.save("one", explanation)
    store.save("two", dataclasses.replace(explanation, source=None))
    store.append(KEY, _samples(1))
    for name in ("one", "two", "nothing"):
        store.delete(name)
    assert store.list() == []
    for call in (store.load, store.record, store.request):
        with pytest.raises(StoreError, match="no run one"):
            call("one")
    store.restore("one")
    assert [run.id for run in store.list()] == ["one"]
    store.delete("one")
    sql(store, "UPDATE runs SET deleted_at = deleted_at - 30 * 86400 - 1 WHERE id = 'one'")
    store.close()
    store = RunStore(place)
    with pytest.raises(StoreError, match="no run one"):
        store.restore("one")
    assert (_count(store, "inputs"), _count(store, "results"), _count(store, "runs")) == (0, 1, 1)
    assert len(store.samples(KEY, 13)) == 7  # paid for, whoever asked
    store.restore("two")
    store.close()


def test_a_forgotten_text_is_not_left_in_the_file(tmp_path):
    store = RunStore(tmp_path)
    store.create(_record("one", title="my diary"), {}, b"dear diary " * 2000, "me")
    store.append(KEY, _samples(1))
    store.delete("one")
    store.close()
    assert b"diary" in (tmp_path / "runs.sqlite3").read_bytes()
    sql(store, "UPDATE runs SET deleted_at = 0")
    store.close()
    store.list()
    store.close()
    assert b"diary" not in (tmp_path / "runs.sqlite3").read_bytes()
    assert [path.name for path in tmp_path.iterdir()] == ["runs.sqlite3"]


@pytest.mark.parametrize("name", ["", "..", "../x", "a/b", "a\\b", "C:x", ".hidden", "a" * 65, "a\n", "é", "con.json"])
def test_names_with_path_parts_are_refused(tmp_path, explanation, name):
    store = RunStore(tmp_path / "home")
    calls = [
        lambda: store.create(_record(name), {}, b"", "me"),
        lambda: store.save(name, explanation),
        lambda: store.finish(name, explanation, "done"),
        lambda: store.update(name, paid=1),
        lambda: store.rename(name, "x"),
        lambda: store.claim(name, "me"),
        *(lambda call=call: call(name) for call in (store.load, store.record, store.request, store.delete)),
        lambda: store.samples(name, 13),
        lambda: store.append(name, _samples(1)),
    ]
    for call in calls:
        with pytest.raises(StoreError, match="refused"):
            call()
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize(
    "change",
    [
        {"r2": float("nan")},
        {"seconds": float("inf")},
        {"state": "asleep"},
        {"kind": "song"},
        {"budget": 2**40},
        {"paid": None},
        {"pinned": 1},
        {"title": 5},
        {"id": "two"},
        {"owner": "me"},
    ],
)
def test_what_no_run_can_have_is_refused(store, change):
    store.create(_record("one"), {}, b"", "me")
    before = store.record("one")
    with pytest.raises(StoreError, match=next(iter(change))):
        store.update("one", **change)
    assert store.record("one") == before
    with pytest.raises(StoreError, match="no run two"):
        store.update("two", paid=1)


def test_odd_text_does_not_stop_a_run(store):
    store.create(_record("one", title="a\0b\ud800" + "x" * 300, name="‮<b>"), {}, "\0é".encode(), "me")
    record = store.record("one")
    assert record.title.startswith("ab?x")
    assert len(record.title) == 200
    assert record.name == "‮<b>"
    assert store.request("one")[1] == "\0é".encode()


# leases


def test_a_run_whose_process_is_gone_reads_interrupted_and_is_taken_over_once(store):
    store.create(_record("one"), {}, b"", "gone")
    store.create(_record("two"), {}, b"", "alive")
    store.update("one", state="running", error="")
    assert not store.claim("one", "me")  # somebody works on it
    sql(store, "UPDATE runs SET lease_until = lease_until - 61")
    store.renew("alive")
    assert {run.id: run.state for run in store.list()} == {"one": "interrupted", "two": "queued"}
    assert store.record("one").state == "interrupted"
    taken = [store.claim("one", "me"), store.claim("one", "you"), store.claim("two", "you")]
    assert taken == [True, False, False]
    assert store.record("one").state == "queued"
    store.renew("gone")  # came back too late: the run is not its own any more
    sql(store, "UPDATE runs SET lease_until = lease_until - 61 WHERE id = 'one'")
    store.renew("gone")
    assert store.record("one").state == "interrupted"


def test_a_run_that_is_over_is_taken_up_again_and_a_deleted_one_is_not(store, explanation):
    store.save("one", explanation)
    assert store.claim("one", "me")
    assert not store.claim("one", "you")
    assert store.load("one").to_json() == explanation.to_json()  # until there is a new one
    store.finish("one", explanation, "cancelled")
    store.delete("one")
    assert not store.claim("one", "you")
    assert not store.claim("nothing", "you")


def test_one_of_many_takes_a_run_over(store):
    store.create(_record("one"), {}, b"", "gone")
    store.update("one", state="failed", error="power cut")
    taken, together = [], threading.Barrier(8)

    def take(number):
        together.wait(20)
        if store.claim("one", f"p{number}"):
            taken.append(number)

    threads = [threading.Thread(target=take, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(taken) == 1
    assert store.record("one").error == ""


# results that cannot be read


def test_damaged_results_are_refused_in_one_line(store, explanation):
    store.save("one", explanation)
    whole = sql(store, "SELECT explanation FROM results").scalar_one()
    document = json.loads(zlib.decompress(whole))
    document["output"]["full"] = float("nan")
    bad = {
        "damaged": b"\xff\xfe{",
        "cut off": bytes(whole[:-9]),
        "not a readable": zlib.compress(b"{"),
        "NaN": zlib.compress(json.dumps(document).encode()),
        "schema": zlib.compress(b"[]"),
    }
    for words, data in bad.items():
        sql(store, "UPDATE results SET explanation = :data", data=data)
        with pytest.raises(StoreError, match=words) as caught:
            store.load("one")
        assert "\n" not in str(caught.value)
    assert len(store.list()) == 1


def test_a_small_result_does_not_inflate_without_bound(tmp_path, explanation, monkeypatch):
    monkeypatch.setattr("spex_core.runs.store.run_store.MAX_JSON_BYTES", 1_000_000)
    store = RunStore(tmp_path)
    store.save("one", explanation)
    bomb = zlib.compress(b" " * 40_000_000)
    assert len(bomb) < 100_000
    sql(store, "UPDATE results SET explanation = :data", data=bomb)
    tracemalloc.start()
    try:
        with pytest.raises(StoreError, match="larger than 1000000"):
            store.load("one")
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
    finally:
        tracemalloc.stop()


def test_errors_hold_no_text_of_a_person(store):
    sql(store, "DROP TABLE runs CASCADE" if "postgres" in str(store._where) else "DROP TABLE runs")
    with pytest.raises(StoreError) as caught:
        store.create(_record("one", title="my secret diary"), {}, b"my secret diary", "me")
    error: BaseException | None = caught.value
    while error is not None:
        assert "diary" not in str(error)
        error = error.__cause__
