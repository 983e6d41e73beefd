"""Fingerprints: other weights, another fingerprint; the same file is never read twice."""

import os

import pytest

from spex_core.models import folders
from spex_core.models.folders import file_digest, folder_fingerprint
from spex_core.models.registry import load_backend
from spex_core.runs.store.keys import target_of
from tests.support import language_models


@pytest.fixture
def folder(tmp_path):
    for name, content in (("config.json", "{}"), ("model.safetensors", "weights"), ("tokenizer.json", "[]")):
        (tmp_path / name).write_text(content)
    return tmp_path


def test_weights_config_and_tokenizer_count_and_nothing_else(folder, tmp_path_factory):
    first = folder_fingerprint(folder)
    (folder / "README.md").write_text("about it")
    assert folder_fingerprint(folder) == first
    seen = {first}
    for name in ("config.json", "model.safetensors", "tokenizer.json"):
        (folder / name).write_text("something else")
        seen.add(folder_fingerprint(folder))
    assert len(seen) == 4
    moved = tmp_path_factory.mktemp("moved")
    for path in folder.iterdir():
        (moved / path.name).write_bytes(path.read_bytes())
    assert folder_fingerprint(moved) == folder_fingerprint(folder)


def test_a_folder_of_the_hubs_cache_is_its_commit(tmp_path):
    commit = "0123456789abcdef0123456789abcdef01234567"
    folder = tmp_path / "models--owner--name" / "snapshots" / commit
    folder.mkdir(parents=True)
    assert folder_fingerprint(folder) == f"commit {commit}"  # nothing is read


def test_a_file_is_read_once_until_it_changes(folder, monkeypatch):
    path = folder / "model.safetensors"
    first = file_digest(path)

    def refuse(*_):
        raise AssertionError("read again")

    with monkeypatch.context() as patch:
        patch.setattr(folders.hashlib, "file_digest", refuse)
        assert file_digest(path) == first
        os.utime(path, ns=(1, 1))
        with pytest.raises(AssertionError, match="read again"):
            file_digest(path)
    path.write_text("WEIGHTS")  # as long as before
    os.utime(path, ns=(2, 2))
    assert file_digest(path) != first


def test_a_model_that_was_trained_further_is_another_and_a_moved_one_is_not(tmp_path):
    found = []
    for name, seed in (("first", 0), ("moved", 0), ("trained", 1)):
        language_models.save_classifier(tmp_path / name, seed=seed)
        found.append(load_backend("hf-classifier", model=str(tmp_path / name), label="POSITIVE"))
    first, moved, trained = found
    assert first.fingerprint == moved.fingerprint
    assert trained.fingerprint != first.fingerprint
    assert target_of(moved) == target_of(first)  # where it lies is no part of the question
