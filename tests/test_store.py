"""Store: atomic runs, samples that survive a killed process, refused names, full disks."""

import numpy as np
import pytest

import spex_core
from spex_core.errors import StoreError
from spex_core.protocols import ModelSpec
from spex_core.samples import Samples
from spex_core.store import RunStore, picture_key, sample_key

KEY = "0123abcd"


def _samples(seed, m=7, n=13):
    rng = np.random.default_rng(seed)
    return Samples(rng.random((m, n)) < 0.5, rng.normal(size=m))


@pytest.fixture
def store(tmp_path):
    return RunStore(tmp_path / "home")


@pytest.fixture(scope="module")
def explanation():
    return spex_core.explain(lambda m: m[:, 0] * 1.0 - (m[:, 1] & m[:, 2]), 4, budget=16)


def test_runs_round_trip_and_list_newest_first(store, explanation):
    store.save("one", explanation)
    store.save("two", explanation)
    assert store.load("one").to_json() == explanation.to_json()
    assert {run.id for run in store.list()} == {"one", "two"}
    store.delete("one")
    assert [run.id for run in store.list()] == ["two"]
    with pytest.raises(StoreError, match="no run one"):
        store.load("one")


@pytest.mark.parametrize("name", ["", "..", "../x", "a/b", "a\\b", "C:x", ".hidden", "a" * 65, "a\n", "é", "con.json"])
def test_names_with_path_parts_are_refused(store, explanation, name):
    for call in (lambda: store.save(name, explanation), lambda: store.load(name), lambda: store.delete(name)):
        with pytest.raises(StoreError, match="refused"):
            call()


def test_samples_append_and_come_back(store):
    one, two = _samples(1), _samples(2)
    store.append(KEY, one)
    store.append(KEY, two)
    read = store.samples(KEY, 13)
    assert np.array_equal(read.masks, np.concatenate([one.masks, two.masks]))
    assert np.array_equal(read.values, np.concatenate([one.values, two.values]))
    assert len(store.samples("missing", 13)) == 0
    assert len(store.samples(KEY, 14)) == 0


@pytest.mark.parametrize("torn", [1, 5, 13])
def test_a_torn_record_is_dropped_and_the_log_goes_on(store, torn):
    store.append(KEY, _samples(1))
    path = store.root / "samples" / f"{KEY}.log"
    path.write_bytes(path.read_bytes()[:-torn])
    assert np.array_equal(store.samples(KEY, 13).values, _samples(1).values[:-1])
    store.append(KEY, _samples(2))
    expected = np.concatenate([_samples(1).values[:-1], _samples(2).values])
    assert np.array_equal(store.samples(KEY, 13).values, expected)


def test_a_flipped_bit_is_noticed(store):
    store.append(KEY, _samples(1))
    path = store.root / "samples" / f"{KEY}.log"
    data = bytearray(path.read_bytes())
    data[-20] ^= 4
    path.write_bytes(data)
    assert len(store.samples(KEY, 13)) < 7


def test_a_full_disk_is_a_store_error_and_keeps_the_old(store, explanation, monkeypatch):
    store.save("one", explanation)
    store.append(KEY, _samples(1))

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(StoreError, match="No space left"):
        store.save("one", explanation)
    with pytest.raises(StoreError, match="No space left"):
        store.append(KEY, _samples(2))
    monkeypatch.undo()
    assert store.load("one").to_json() == explanation.to_json()
    assert len(store.samples(KEY, 13)) >= 7


def test_corrupt_runs_are_refused(store, explanation):
    store.save("one", explanation)
    (store.root / "runs" / "one.json").write_bytes(b"\xff\xfe{")
    with pytest.raises(StoreError):
        store.load("one")


def test_sample_keys_tell_functions_apart():
    base = ("text", ModelSpec("m", {"query": "q"}), "word", "unk")
    keys = {
        sample_key(*base),
        sample_key("text2", *base[1:]),
        sample_key("text", ModelSpec("m", {"query": "p"}), "word", "unk"),
        sample_key("text", base[1], "sentence", "unk"),
        sample_key("text", base[1], "word", "removal"),
    }
    assert len(keys) == 5


def test_picture_keys_tell_functions_apart_too():
    base = ("d" * 64, ModelSpec("m", {"answer": "yes"}), (8, 6), "blur", False)
    changed = [("e" * 64,), (ModelSpec("m", {"answer": "no"}),), ((6, 8),), ("mean",), (True,)]
    keys = {picture_key(*base), sample_key("d" * 64, base[1], "patch", "blur")}
    for position, (value,) in enumerate(changed):
        keys.add(picture_key(*base[:position], value, *base[position + 1 :]))
    assert len(keys) == 7
    assert picture_key(base[0], base[1], [8, 6], "blur", False) in keys
