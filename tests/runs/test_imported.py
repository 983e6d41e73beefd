"""Runs from somebody's file: they go on from its passes, and what the file says never reaches a run of one's own."""

import numpy as np
import pytest

from spex_core.arrays import Samples
from spex_core.errors import StoreError
from spex_core.models.base import ModelSpec
from spex_core.runs.manager import RunManager
from spex_core.runs.requests import TextRequest
from spex_core.runs.store.bundle import read_bundle, write_bundle
from spex_core.runs.store.run_store import RunStore
from tests.support.waiting import done

REQUEST = TextRequest(text="not a bad film but far too long", model=ModelSpec("minilm-sentiment"), budget=40)


@pytest.fixture(scope="module")
def manager(tmp_path_factory):
    return RunManager(RunStore(tmp_path_factory.mktemp("store")))


@pytest.fixture(scope="module")
def exported(manager):
    run = done(manager.start(REQUEST))
    samples, key = manager.paid_for(run.id, run.explanation.n_features)
    assert len(samples) == run.explanation.evaluations == run.paid
    return run, samples, key


def _imported(manager, data):
    bundle = read_bundle(data)
    manager.store.append(bundle.samples_key, bundle.samples)
    manager.store.save(bundle.samples_key, bundle.explanation)
    return bundle.samples_key


def test_an_imported_run_is_extended_for_the_difference(exported, tmp_path):
    run, samples, key = exported
    elsewhere = RunManager(RunStore(tmp_path / "elsewhere"))
    imported = _imported(elsewhere, write_bundle(run.explanation, samples, key))
    assert elsewhere.paid_for(imported, 8)[1] == imported
    before = elsewhere.store.record(imported).paid
    longer = done(elsewhere.extend(imported, 60))
    assert (longer.explanation.evaluations, longer.paid - before) == (60, 60 - len(samples))
    again, name = elsewhere.paid_for(imported, 8)
    assert (len(again), name) == (60, imported)
    # What was paid for here serves every later run on the question; what the file brought does not.
    assert len(elsewhere.store.samples(key, 8)) == 60 - len(samples)


def test_a_file_that_lies_changes_no_run_but_its_own(manager, exported):
    run, samples, key = exported
    lies = Samples(samples.masks, samples.values + 100.0)
    imported = _imported(manager, write_bundle(run.explanation, lies, key))
    assert np.array_equal(manager.store.samples(key, 8).values, samples.values)
    own = done(manager.start(REQUEST))
    assert own.paid == 0
    assert own.explanation.output_full == run.explanation.output_full
    assert manager.paid_for(imported, 8)[0].values.min() > 50


def test_a_run_file_without_passes_finds_those_of_ones_own(exported, tmp_path):
    run, samples, key = exported
    manager = RunManager(RunStore(tmp_path))
    manager.store.append(key, samples)
    manager.store.save("imported-json", run.explanation)
    before = manager.store.record("imported-json").paid
    longer = done(manager.extend("imported-json", 50))
    assert longer.paid - before == 50 - len(samples)


def test_an_unknown_run_has_no_passes(manager):
    assert not manager.knows_passes_of("nothing")
    with pytest.raises(StoreError):
        manager.paid_for("nothing", 8)
