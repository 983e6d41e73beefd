"""Model folders whose JSON breaks the form: one typed error each, in no time."""

import json
import time

import pytest

from spex_core.errors import InputError
from spex_core.models.folder_files import read_json, weight_files
from spex_core.models.folders import check_folder, fetch_folder, find_folder, quiet
from spex_core.models.language.cost import forecast
from spex_core.models.vision.loading import read_config
from tests.support.language_models import save

INDEX = "model.safetensors.index.json"


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole")
    with quiet():
        save(folder, "qwen2")
    return folder


@pytest.fixture
def folder(whole, tmp_path):
    for path in whole.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    return tmp_path


@pytest.mark.parametrize(
    "content",
    [
        '{"weight_map": []}',
        '{"weight_map": {"a": ["x"]}}',
        '{"weight_map": {"a": {}}}',
        '{"weight_map": {"a": null}}',
        '{"weight_map": {}}',
        '{"weight_map": "model.safetensors"}',
        '{"weight_map": 7}',
        '{"a": ["x"]}',
        "{}",
        "[]",
        "null",
        "",
        "{",
        "\udcff",
        "[" * 100_000,
        '{"weight_map": ' + '{"a":' * 100_000,
        '{"weight_map": {"a": "' + "x" * 5000 + '"}}',
        '{"weight_map": {"a": "x\\u0000.safetensors"}}',
        '{"weight_map": {"a": "\\ud800.safetensors"}}',
        '{"weight_map": {"a": "../model.safetensors"}}',
        '{"weight_map": {"a": "/etc/passwd"}}',
        '{"weight_map": {"a": ""}}',
        '{"weight_map": {"a": "."}}',
        '{"weight_map": {"a": "config.json"}}',
        '{"weight_map": {' + '"a": "x",' * 3_000_000 + '"a": "x"}}',
    ],
)
def test_a_broken_index_is_one_typed_error(folder, content):
    (folder / INDEX).write_bytes(content.encode("utf-8", "surrogateescape"))
    began = time.process_time()
    assert weight_files(folder) == []
    with pytest.raises(InputError, match="index") as caught:
        check_folder(folder, "it")
    assert time.process_time() - began < 1
    assert str(caught.value).isprintable()
    assert find_folder(str(folder)) == folder
    assert "index" in forecast(str(folder), "auto", "causal-lm", lambda at: 7, None).problem


@pytest.mark.parametrize(
    "content",
    [
        "[" * 100_000,
        '{"a":' * 100_000 + "1" + "}" * 100_000,
        '{"model_type": ' + "[" * 500 + "]" * 500 + "}",
        '{"hidden_size": ' + "9" * 5000 + "}",
        "[" + "[]," * 5_000_000 + "[]]",
        "x" * 70_000_000,
        "7",
        "",
        "\udcff",
    ],
)
def test_a_config_that_cannot_be_read_is_one_typed_error(folder, content):
    (folder / "config.json").write_bytes(content.encode("utf-8", "surrogateescape"))
    began = time.process_time()
    assert read_json(folder / "config.json") == {}
    for check in (check_folder, read_config):
        with pytest.raises(InputError, match=r"no readable config\.json"):
            check(folder, "it")
    assert time.process_time() - began < 2
    assert "config.json" in forecast(str(folder), "auto", "causal-lm", lambda at: 7, None).problem


@pytest.mark.parametrize(
    "changes",
    [
        {"model_type": [], "auto_map": {}},
        {"model_type": {"a": 1}, "auto_map": {}},
        {"model_type": None, "auto_map": {}},
        {"model_type": []},
        {"num_hidden_layers": 10**9},
        {"num_hidden_layers": 10**9, "text_config": {"num_hidden_layers": 10**9}},
        {"num_hidden_layers": "many"},
        {"num_hidden_layers": -3},
        {"num_hidden_layers": 1e300},
        {"hidden_size": 10**30},
        {"hidden_size": []},
        {"vocab_size": None},
    ],
)
def test_a_config_of_other_values_is_one_typed_error(folder, changes):
    config = json.loads((folder / "config.json").read_text()) | changes
    (folder / "config.json").write_text(json.dumps(config))
    began = time.process_time()
    problem = forecast(str(folder), "auto", "causal-lm", lambda at: 7, None).problem
    assert problem
    assert "\n" not in problem
    assert time.process_time() - began < 20


def test_a_config_that_is_a_device_or_a_folder_is_not_read(folder):
    (folder / "config.json").unlink()
    (folder / "config.json").symlink_to("/dev/zero")
    with pytest.raises(InputError, match=r"no readable config\.json"):
        fetch_folder(str(folder))
