"""Notes on a run and on groups of its features: kept with it, bounded, and taken along in a bundle."""

import io
import json
import zipfile

import numpy as np
import pytest

import spex_core
from spex_core.arrays import Samples
from spex_core.errors import StoreError
from spex_core.runs.store.bundle import read_bundle, write_bundle
from spex_core.runs.store.notes import MOST_CHARACTERS, MOST_NOTES, from_plain, plain
from spex_core.runs.store.run_store import RunStore
from tests.support.filled_store import put

NASTY = "<b>x</b> \ud800 \0 =1+1 ‮"


@pytest.fixture
def store(place):
    opened = RunStore(place)
    put(opened, "one")
    put(opened, "two")
    yield opened
    opened.close()


def test_notes_are_kept_with_their_run_replaced_and_taken_away(store, place):
    store.notes.write("one", (3, 7), "  both of them  ")
    store.notes.write("one", (), "the whole run")
    store.notes.write("two", (), "another")
    assert store.notes.of("one") == {(): "the whole run", (3, 7): "both of them"}
    assert list(store.notes.of("one")) == [(), (3, 7)]  # the run first
    store.notes.write("one", (), "said anew")
    store.notes.write("one", (3, 7), " ")
    assert RunStore(place).notes.of("one") == {(): "said anew"}
    store.delete("one")
    store.restore("one")
    assert store.notes.of("one") == {(): "said anew"}


def test_what_a_person_writes_is_kept_as_every_database_takes_it(store):
    store.notes.write("one", (), NASTY)
    assert store.notes.of("one") == {(): "<b>x</b> ?  =1+1 ‮"}


def test_notes_are_bounded_in_length_and_in_number(store):
    store.notes.write("one", (), "x" * MOST_CHARACTERS)
    with pytest.raises(StoreError, match="2,001 characters; 2,000 is the limit"):
        store.notes.write("one", (), "x" * (MOST_CHARACTERS + 1))
    store.notes.put("one", {(at,): "x" for at in range(MOST_NOTES - 1)})
    with pytest.raises(StoreError, match="at most 100 notes"):
        store.notes.write("one", (500,), "one too many")
    store.notes.write("one", (0,), "")
    store.notes.write("one", (500,), "now there is room")
    assert len(store.notes.of("one")) == MOST_NOTES


@pytest.mark.parametrize("features", [(3, 1), (2, 2), (-1,), (1 << 40,), tuple(range(21))])
def test_a_note_is_about_features_that_a_run_can_have(store, features):
    with pytest.raises(StoreError, match="a note is about"):
        store.notes.write("one", features, "x")


def test_a_note_needs_its_run(store):
    with pytest.raises(StoreError, match="there is no run three"):
        store.notes.write("three", (), "x")
    store.delete("two")
    with pytest.raises(StoreError, match="there is no run two"):
        store.notes.write("two", (), "x")


@pytest.fixture
def explanation():
    return spex_core.explain(lambda masks: masks[:, 0] * masks[:, 2] * 1.0, 3, budget=8, estimator="exact")


def _samples():
    masks = np.array([[1, 0, 1], [0, 1, 1]], dtype=bool)
    return Samples(masks, np.array([1.0, 0.0]))


def test_name_and_notes_go_along_in_a_bundle(explanation):
    notes = {(): "look at this", (0, 2): NASTY}
    read = read_bundle(write_bundle(explanation, _samples(), "k", "My run", notes))
    assert read.name == "My run"
    assert read.notes == {(): "look at this", (0, 2): "<b>x</b> ?  =1+1 ‮"}
    bare = write_bundle(explanation, _samples(), "k")
    assert (read_bundle(bare).name, read_bundle(bare).notes) == ("", {})
    with zipfile.ZipFile(io.BytesIO(bare)) as archive:
        assert "notes.json" not in archive.namelist()  # as older versions read them


@pytest.mark.parametrize(
    "data",
    [
        None,
        [[]],
        [{"features": [0]}],
        [{"features": [3], "text": "x"}],
        [{"features": [True], "text": "x"}],
        [{"features": [2, 0], "text": "x"}],
        [{"features": [], "text": "x" * (MOST_CHARACTERS + 1)}],
        [{"features": [], "text": "x"}] * (MOST_NOTES + 1),
    ],
)
def test_notes_of_a_file_that_are_none_are_refused(data):
    with pytest.raises(StoreError):
        from_plain(data, 3)


def test_notes_survive_json():
    notes = {(): "a", (0, 2): "b"}
    assert from_plain(json.loads(json.dumps(plain(notes))), 3) == notes
