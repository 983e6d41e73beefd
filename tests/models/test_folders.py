import json
import warnings

import pytest
import torch
from transformers.utils import logging

from spex_core.errors import InputError, ModelError
from spex_core.models.folder_files import weight_files
from spex_core.models.folders import check_name, fetch_folder, find_folder, load_part, one_line, quiet
from spex_core.models.shared import MOST_IDLE, Shared
from tests.support.language_models import save


@pytest.fixture
def folder(tmp_path):
    with quiet():
        save(tmp_path, "qwen2")
    return tmp_path


def test_a_folder_is_found_and_accepted(folder):
    assert fetch_folder(f" {folder} ") == folder
    assert weight_files(folder) == [folder / "model.safetensors"]


@pytest.mark.parametrize("name", ["/no/such/folder", "../up", "two words", "a/b/c", "~nobody/x", "-x"])
def test_what_is_neither_folder_nor_id_is_refused(name):
    with pytest.raises(InputError, match="neither a folder on this machine nor a Hugging Face id"):
        check_name(name)


def test_an_empty_name_is_refused():
    with pytest.raises(InputError, match="model is empty"):
        check_name("  ")


def test_pickled_weights_are_never_read(folder):
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(InputError, match="no safetensors weights"):
        fetch_folder(str(folder))


def test_a_missing_shard_is_noticed(folder):
    shards = {"a": "model-1.safetensors", "b": "model-2.safetensors"}
    (folder / "model.safetensors").rename(folder / "model-1.safetensors")
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": shards}))
    said = r"is not whole: 1 of its 2 files of weights are missing, model-2\.safetensors first"
    with pytest.raises(InputError, match=said):
        fetch_folder(str(folder))


@pytest.mark.parametrize(
    "shards", [[], {}, {"a": ["x"]}, {"a": 3}, {"a": "../model.safetensors"}, {"a": ""}, None, "model.safetensors"]
)
def test_an_index_without_sense_is_one_sentence(folder, shards):
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": shards}))
    assert weight_files(folder) == []
    with pytest.raises(InputError, match=r"an index .* that does not say which of its files"):
        fetch_folder(str(folder))


@pytest.mark.parametrize("name", ["config.json", "model.safetensors.index.json", "tokenizer_config.json"])
def test_json_that_is_nested_without_end_is_no_json(folder, name):
    (folder / name).write_text('{"a":' * 100_000 + "1" + "}" * 100_000)
    with pytest.raises(InputError, match=r"no readable (tokenizer_)?config|does not say which of its files"):
        fetch_folder(str(folder))


def test_no_config_is_refused(tmp_path):
    (tmp_path / "config.json").write_text("[")
    with pytest.raises(InputError, match=r"no readable config\.json"):
        fetch_folder(str(tmp_path))


def test_an_id_that_is_not_here_is_one_line(monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    assert find_folder("no-such-owner/no-such-model") is None
    with pytest.raises(ModelError, match="is not on this machine and could not be downloaded") as caught:
        fetch_folder("no-such-owner/no-such-model")
    assert "\n" not in str(caught.value)
    assert "local folder" in str(caught.value)


def test_what_a_loader_raises_becomes_one_line(folder):
    def loader(name, **arguments):
        assert arguments == {"trust_remote_code": False, "local_files_only": True}
        raise KeyError("first\nsecond")

    with pytest.raises(ModelError, match="it could not be loaded: 'first") as caught:
        load_part(loader, folder, "it")
    assert isinstance(caught.value.__cause__, KeyError)
    assert one_line(ValueError("a\n b")) == "a b"
    assert one_line(ValueError()) == "ValueError"


def test_quiet_is_quiet_and_gives_back_what_it_found():
    before = logging.get_verbosity(), logging.is_progress_bar_enabled()
    with quiet():
        assert not logging.is_progress_bar_enabled()
        warnings.warn("unheard", UserWarning, stacklevel=1)
    assert (logging.get_verbosity(), logging.is_progress_bar_enabled()) == before


def _fits():
    pass


def _load():
    return torch.nn.Linear(2, 2)


def test_shared_models_live_as_long_as_someone_uses_them_or_they_are_the_last_ones():
    shared = Shared()
    first = shared.get("first", _fits, _load)
    assert shared.get("first", _fits, _load) is first
    for k in range(MOST_IDLE):
        shared.get(k, _fits, _load)
    assert all(map(shared.holds, ["first", *range(MOST_IDLE)]))
    del first
    assert not shared.holds("first")
    shared.release()
    assert not any(map(shared.holds, range(MOST_IDLE)))


def test_idle_models_are_let_go_where_another_does_not_fit():
    shared = Shared()
    shared.get("idle", _fits, _load)
    used = shared.get("used", _fits, _load)

    def check():
        if shared.holds("idle"):
            raise InputError("too large")

    assert shared.get("new", check, _load) is not used
    assert shared.holds("used")

    def refuse():
        raise InputError("too large")

    with pytest.raises(InputError, match="too large"):
        shared.get("larger", refuse, _load)
    assert not shared.holds("larger")
