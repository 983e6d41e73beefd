import errno
import os
import shutil
import subprocess
import sys
import threading
from collections import namedtuple

import numpy as np
import pytest
from safetensors.torch import load_file

from spex_core.errors import InputError, ModelError
from spex_core.models.gguf import cache, conversion
from spex_core.models.gguf.cache import MANIFEST, clear, converted_root, copies, is_whole
from spex_core.models.gguf.conversion import converted, gguf_file
from spex_core.models.registry import backends, load_backend
from spex_core.models.shared import shared
from tests.support.gguf_files import write_gguf
from tests.support.language_models import INSTRUCTION, QUESTION, TEXT, plain_log_probability, tokenizer
from tests.support.places import ROOT


@pytest.fixture(autouse=True)
def _a_cache_of_its_own(tmp_path, monkeypatch):
    monkeypatch.setenv("SPEX_EXPLORER_CACHE", str(tmp_path / "cache"))
    yield
    shared.release()


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    """(file, the network in it)."""
    path = tmp_path_factory.mktemp("gguf") / "small model.gguf"
    return path, write_gguf(path)


@pytest.fixture
def made(original, monkeypatch):
    """The file, and a list that a line is added to whenever weights are read."""
    counted, convert = [], conversion._convert

    def counting(*arguments):
        counted.append(1)
        convert(*arguments)

    monkeypatch.setattr(conversion, "_convert", counting)
    return original[0], counted


def test_the_copy_has_the_networks_weights(original):
    folder = converted(original[0])
    assert folder.parent == converted_root()
    kept = load_file(folder / "model.safetensors")
    for name, weight in original[1].state_dict().items():
        if name in kept:
            np.testing.assert_array_equal(kept[name].numpy(), weight.numpy(), err_msg=name)
    assert len(kept) >= len(original[1].state_dict()) - 1


@pytest.mark.parametrize("template", ["chat", "plain"])
def test_a_file_is_scored_as_a_plain_pass_of_its_network(original, template):
    options = {"instruction": INSTRUCTION, "question": QUESTION, "answer": "True", "against": "False"}
    backend = load_backend("hf-causal-lm", model=str(original[0]), template=template, precision="float32", **options)
    for text in (TEXT, "I cried", ""):
        (prompt,) = backend.prompter.ids([text])
        logs = [plain_log_probability(original[1], prompt, answer) for answer in backend._answers]
        assert backend.score([text])[0] == pytest.approx(logs[0] - logs[1], abs=1e-4)
    ids = tokenizer("llama")(TEXT, add_special_tokens=False)["input_ids"]
    assert backend.language.tokenizer(TEXT, add_special_tokens=False)["input_ids"] == ids
    assert backend.language.model == "small model.gguf"


def test_quantized_weights_are_rounded_and_no_more(tmp_path):
    network = write_gguf(tmp_path / "q.gguf", quantized=True)
    kept = load_file(converted(tmp_path / "q.gguf") / "model.safetensors")
    for name, weight in kept.items():
        before = network.state_dict()[name]
        step = before.abs().max() / 127
        assert (weight - before).abs().max() <= 0.51 * step + 1e-6, name


def test_it_is_converted_once(made):
    path, counted = made
    first = converted(path)
    assert converted(path) == first
    assert counted == [1]


@pytest.mark.parametrize("fault", ["changed", "short", "gone", "more", "no manifest", "bad manifest"])
def test_a_copy_that_is_not_as_it_was_made_is_made_again(made, fault):
    path, counted = made
    folder = converted(path)
    weights, manifest = folder / "model.safetensors", folder / MANIFEST
    before = weights.read_bytes()
    if fault == "changed":
        data = bytearray(before)
        data[-100] ^= 1
        weights.write_bytes(data)
    elif fault == "short":
        os.truncate(weights, 1000)
    elif fault == "gone":
        (folder / "tokenizer.json").unlink()
    elif fault == "more":
        (folder / "added.json").write_text("{}")
    elif fault == "no manifest":
        manifest.unlink()
    else:
        manifest.write_text("[]")
    assert not is_whole(folder)
    assert converted(path) == folder
    assert counted == [1, 1]
    assert is_whole(folder)
    assert weights.read_bytes() == before


def test_another_file_of_the_same_name_has_another_copy(made, tmp_path):
    path, _ = made
    other = tmp_path / path.name
    write_gguf(other, seed=1)
    assert converted(other) != converted(path)
    assert len(copies()) == 2
    assert {copy.name for copy in copies()} == {path.name}


def test_a_file_that_is_replaced_is_noticed_by_a_loaded_backend(tmp_path):
    path = tmp_path / "own.gguf"
    write_gguf(path)
    backend = load_backend("hf-causal-lm", model=str(path), answer="True", precision="float32")
    assert not backend.is_outdated
    write_gguf(path, seed=2)
    assert backend.is_outdated
    again = load_backend("hf-causal-lm", model=str(path), answer="True", precision="float32")
    assert again.fingerprint != backend.fingerprint
    assert again.score([TEXT]) != backend.score([TEXT])


def test_those_who_want_it_at_once_wait_for_one(made):
    path, counted = made
    found = []
    threads = [threading.Thread(target=lambda: found.append(converted(path))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 1
    assert len(found) == 3
    assert counted == [1]


def test_a_process_that_was_killed_leaves_nothing_that_counts(made):
    path, counted = made
    script = (
        "import os, signal, sys; from pathlib import Path; from spex_core.models.gguf import conversion;"
        "conversion._check_kind = lambda *_: None;"  # saves it importing transformers
        "conversion._convert = lambda _, making, *__: ("
        "(making / 'model.safetensors').write_bytes(b'half'), os.kill(os.getpid(), signal.SIGKILL));"
        "conversion.converted(Path(sys.argv[1]))"
    )
    ended = subprocess.run([sys.executable, "-c", script, str(path)], cwd=ROOT, capture_output=True, check=False)
    assert ended.returncode < 0, ended.stderr
    (left,) = copies()
    assert left.folder.name.startswith(".")
    folder = converted(path)
    assert counted == [1]
    assert [copy.folder for copy in copies()] == [folder]


def test_a_full_disk_is_one_sentence_and_leaves_nothing(made, monkeypatch):
    path, _ = made

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(conversion, "seal", full)
    with pytest.raises(ModelError, match=r"the disk of .* is full; free some") as caught:
        converted(path)
    assert "\n" not in str(caught.value)
    assert copies() == []


def test_a_disk_without_room_is_told_before_anything_is_read(made, monkeypatch):
    path, counted = made
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10, 10, 0))
    with pytest.raises(ModelError, match="is full"):
        converted(path)
    assert counted == []


def test_too_little_memory_is_told_before_anything_is_read(made, monkeypatch):
    path, counted = made
    monkeypatch.setattr("spex_core.models.device.available_bytes", lambda: 1000)
    with pytest.raises(InputError, match=r"needs about .* free on this machine"):
        converted(path)
    assert counted == []


def test_a_place_that_cannot_be_written_is_one_sentence(original, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("SPEX_EXPLORER_CACHE", str(tmp_path / "file"))
    with pytest.raises(ModelError, match="SPEX_EXPLORER_CACHE"):
        converted(original[0])
    assert copies() == []


def test_what_is_told_names_sizes_time_and_place(original):
    lines = []
    converted(original[0], told=lines.append)
    size = f"{original[0].stat().st_size / 1e6:.0f} MB"
    assert f"small model.gguf ({size}) is converted once" in lines[0]
    assert str(converted_root()) in lines[0]
    assert any("of 29 tensors" in line for line in lines)


def test_a_forecast_says_what_converting_takes_until_it_is_done(original):
    kind = backends()["hf-causal-lm"]
    options = {"model": str(original[0]), "precision": "float32"}
    before = kind.forecast(options)
    assert "is converted once before its first use, in about" in before.preparation
    assert before.problem == ""
    assert not converted_root().exists()
    converted(original[0])
    after = kind.forecast(options)
    assert after.preparation == ""
    assert abs(after.memory_bytes - before.memory_bytes) < 1e6


def test_a_large_file_is_known_again_without_being_read(original, monkeypatch):
    monkeypatch.setattr(cache, "_QUICK", 0)
    path = original[0]
    assert cache.likely_copy(path, "float32") is None
    folder = converted(path)
    monkeypatch.setattr(cache, "file_digest", None)
    assert cache.likely_copy(path, "float32") == folder
    assert cache.likely_copy(path, "bfloat16") is None


@pytest.mark.parametrize("name", ["t5", "tokenizer", "whisper"])
def test_another_architecture_is_refused_at_once(tmp_path, name):
    write_gguf(tmp_path / "other.gguf", architecture=name)
    with pytest.raises(InputError, match=name):
        load_backend("hf-causal-lm", model=str(tmp_path / "other.gguf"), answer="True")


def test_which_models_are_files(tmp_path):
    assert gguf_file("Qwen/Qwen2.5-0.5B") is None
    (tmp_path / "folder.gguf").mkdir()
    assert gguf_file(str(tmp_path / "folder.gguf")) is None
    with pytest.raises(InputError, match=r"none\.gguf does not exist"):
        gguf_file(str(tmp_path / "none.gguf"))
    (tmp_path / "x.gguf").write_bytes(b"GGUF")
    with pytest.raises(InputError, match="GGUF file"):
        load_backend("hf-classifier", model=str(tmp_path / "x.gguf"), label="a")


def test_copies_are_cleared(made):
    path, _ = made
    folder = converted(path)
    (copy,) = copies()
    assert copy.size == sum(file.stat().st_size for file in folder.iterdir())
    assert clear() == copy.size
    assert copies() == []
    assert clear() == 0


def test_a_copy_that_is_being_made_is_not_cleared(made):
    path, _ = made
    folder = converted(path)
    with cache.lock_of(folder.name):
        assert clear() == 0
    assert copies()
