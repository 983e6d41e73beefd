"""Weights that are replaced in their folder while the process lives are noticed; what was only touched is kept."""

import os

import numpy as np
import pytest
from safetensors.torch import load_file, save_file

from spex_core.errors import ModelError
from spex_core.models import folders
from spex_core.models.base import ModelSpec
from spex_core.models.folders import folder_fingerprint, quiet, told_fingerprint
from spex_core.models.language import loading
from spex_core.models.registry import load_backend
from spex_core.models.shared import shared
from spex_core.runs.loaded import LoadedModels
from tests.support.language_models import TEXT, save, save_classifier

KINDS = {
    "hf-classifier": (lambda folder: save_classifier(folder), {"label": "POSITIVE"}),
    "hf-causal-lm": (lambda folder: save(folder, "qwen2"), {"answer": "True"}),
}


@pytest.fixture(params=KINDS)
def case(request, tmp_path):
    make, options = KINDS[request.param]
    with quiet():
        make(tmp_path)
    yield request.param, tmp_path, {**options, "model": str(tmp_path), "precision": "float32"}
    shared.release()


def train(folder):
    """One step further: every file as long as before."""
    path = folder / "model.safetensors"
    weights = {name: weight * 1.5 for name, weight in load_file(path).items()}
    save_file(weights, path, metadata={"format": "pt"})


def test_a_backend_that_is_loaded_again_has_the_new_weights(case):
    name, folder, options = case
    old = load_backend(name, **options)
    before = old.score([TEXT])
    assert not old.is_outdated
    train(folder)
    assert old.is_outdated
    new = load_backend(name, **options)
    assert new.fingerprint != old.fingerprint
    assert new.fingerprint == folder_fingerprint(folder)
    assert not np.allclose(new.score([TEXT]), before)
    np.testing.assert_array_equal(old.score([TEXT]), before)  # a run that still uses it goes on with what it began
    assert not new.is_outdated


def test_the_next_run_notices(case):
    name, folder, options = case
    kept = LoadedModels(lambda spec: load_backend(spec.name, **spec.options), free=lambda: None)
    spec = ModelSpec(name, options)
    first = kept.get(spec)
    assert kept.get(spec) is first
    train(folder)
    second = kept.get(spec)
    assert second is not first
    assert second.fingerprint != first.fingerprint
    assert kept.get(spec) is second
    assert kept.keep(spec, first) is second
    assert not np.allclose(second.score([TEXT]), first.score([TEXT]))


def test_a_touched_folder_is_hashed_again_and_kept(case, monkeypatch):
    name, folder, options = case
    first = load_backend(name, **options)
    model = first.classifier if name == "hf-classifier" else first.language
    os.utime(folder / "model.safetensors", ns=(1, 1))
    assert told_fingerprint(folder) == ""
    assert not first.is_outdated
    second = load_backend(name, **options)
    assert (second.classifier if name == "hf-classifier" else second.language) is model
    assert second.fingerprint == first.fingerprint

    def refuse(*_):
        raise AssertionError("read again")

    monkeypatch.setattr(folders.hashlib, "file_digest", refuse)
    assert not first.is_outdated


def test_a_folder_that_is_gone_leaves_the_loaded_model_at_work(case):
    name, folder, options = case
    backend = load_backend(name, **options)
    for path in folder.iterdir():
        path.unlink()
    assert not backend.is_outdated
    assert np.isfinite(backend.score([TEXT])).all()


def test_files_that_change_while_they_are_read_are_never_mixed(case, monkeypatch):
    name, folder, options = case
    whole = loading.load_weights

    def slow(*arguments):
        found = whole(*arguments)
        train(folder)
        return found

    with monkeypatch.context() as patch:
        patch.setattr(loading, "load_weights", slow)
        with pytest.raises(ModelError, match="were changed while they were read; load it again"):
            load_backend(name, **options)
    assert load_backend(name, **options).fingerprint == folder_fingerprint(folder)
