import pytest

from spex_core import model_machine
from spex_core.errors import InputError
from spex_core.model_machine import best_device, check_precision, choose_precision, flops_per_second, free_bytes


def test_free_memory_is_the_least_of_machine_and_container(tmp_path):
    meminfo = tmp_path / "meminfo"
    meminfo.write_text("MemTotal: 900 kB\nMemAvailable:     500 kB\n")
    assert free_bytes("cpu", meminfo, tmp_path) == 500 * 1024
    (tmp_path / "memory.max").write_text("300000\n")
    (tmp_path / "memory.current").write_text("250000\n")
    (tmp_path / "memory.stat").write_text("anon 1\ninactive_file 40000\n")
    assert free_bytes("cpu", meminfo, tmp_path) == 90000
    (tmp_path / "memory.max").write_text("max\n")
    assert free_bytes("cpu", meminfo, tmp_path) == 500 * 1024
    assert free_bytes("cpu", tmp_path / "none", tmp_path / "none") is None


def test_precisions_are_checked():
    assert check_precision("") == "auto"
    with pytest.raises(InputError, match="precision='float8' does not exist"):
        check_precision("float8")


def test_float32_gives_way_only_to_memory(monkeypatch):
    monkeypatch.setattr(model_machine, "free_bytes", lambda device: 10 * 10**9)
    assert choose_precision("auto", "cpu", 1e9) == "float32"
    assert choose_precision("auto", "cpu", 3e9) == "bfloat16"
    assert choose_precision("float32", "cpu", 3e9) == "float32"


def test_the_probe_measures_something():
    assert flops_per_second("cpu", "float32") > 1e8
    assert best_device() in ("cpu", "cuda", "mps")
