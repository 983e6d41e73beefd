import struct
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spex_core.errors import InputError
from spex_core.models.gguf import header
from spex_core.models.gguf.header import read_header
from tests.support.gguf_files import write_gguf


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    path = tmp_path_factory.mktemp("gguf") / "small.gguf"
    return path, write_gguf(path)


def test_it_tells_the_models_size(made):
    path, network = made
    read = read_header(path)
    assert read.architecture == "llama"
    assert read.parameters == sum(weight.numel() for weight in network.parameters())
    assert read.embedded == network.get_input_embeddings().weight.numel()
    assert read.number("block_count") == network.config.num_hidden_layers
    assert read.number("embedding_length") == network.config.hidden_size
    assert read.items >= 2 * network.config.vocab_size
    assert read.file_bytes == path.stat().st_size


def test_a_quantized_file_has_as_many_weights(made, tmp_path):
    write_gguf(tmp_path / "small.gguf", quantized=True)
    whole, small = read_header(made[0]), read_header(tmp_path / "small.gguf")
    assert small.parameters == whole.parameters
    assert small.file_bytes < 0.6 * whole.file_bytes


def refused(path, data, match):
    (path / "bad.gguf").write_bytes(data)
    with pytest.raises(InputError, match=match) as caught:
        read_header(path / "bad.gguf")
    assert "bad.gguf" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_what_is_none_is_refused(tmp_path):
    refused(tmp_path, b"", "no GGUF file")
    refused(tmp_path, b"PK\x03\x04" + bytes(100), "no GGUF file")
    refused(tmp_path, b"GGUF", "cut off")
    refused(tmp_path, b"GGUF" + struct.pack("<I", 1) + bytes(99), "version 1")
    refused(tmp_path, b"GGUF" + struct.pack(">I", 3) + bytes(99), "version")
    refused(tmp_path, b"GGUF" + struct.pack("<IQQ", 3, 0, 0), "no model")
    with pytest.raises(InputError, match="cannot be read"):
        read_header(tmp_path / "absent.gguf")


def test_numbers_beyond_any_model_are_refused_before_anything_is_read(tmp_path):
    refused(tmp_path, b"GGUF" + struct.pack("<IQQ", 3, 1 << 60, 1), "tensors, above the limit")
    refused(tmp_path, b"GGUF" + struct.pack("<IQQ", 3, 1, 1 << 60), "settings, above the limit")
    start = b"GGUF" + struct.pack("<IQQ", 3, 1, 1)
    refused(tmp_path, start + struct.pack("<Q", 1 << 50), "bytes of a text, above the limit")
    setting = start + struct.pack("<Q", 1) + b"a" + struct.pack("<I", 9)
    refused(tmp_path, setting + struct.pack("<IQ", 8, 1 << 62), "elements of arrays, above the limit")
    refused(tmp_path, setting + struct.pack("<IQ", 4, header.MOST_ITEMS), "cut off")
    refused(tmp_path, start + struct.pack("<Q", 1) + b"a" + struct.pack("<I", 77), "unknown kind 77")


def test_a_file_that_was_cut_off_is_refused(made, tmp_path):
    data = made[0].read_bytes()
    for left in (len(data) - 1, len(data) // 2):
        refused(tmp_path, data[:left], "does not lie in it whole")
    refused(tmp_path, data[:2000], "cut off")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(4, 6000), st.binary(min_size=1, max_size=12))
def test_no_change_of_the_header_raises_anything_else(made, tmp_path, place, changed):
    data = bytearray(made[0].read_bytes())
    data[place : place + len(changed)] = changed
    (tmp_path / "changed.gguf").write_bytes(data)
    with suppress(InputError):  # nothing else
        read_header(tmp_path / "changed.gguf")
