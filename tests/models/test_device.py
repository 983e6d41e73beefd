import pytest

from spex_core.errors import InputError
from spex_core.models import device as model_machine
from spex_core.models.device import best_device, check_precision, choose_precision, flops_per_second, free_bytes


def test_free_memory_of_a_processor_is_the_systems(monkeypatch):
    monkeypatch.setattr(model_machine, "available_bytes", lambda: 12345)
    assert free_bytes("cpu") == 12345


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
