import json

import pytest

from spex_core.errors import InputError
from spex_core.models import cost
from spex_core.models.device import memory_problem
from spex_core.models.folders import quiet
from spex_core.models.language.cost import TextFigures, download_bytes, forecast, measure, precision_notes
from tests.support.language_models import network, save, save_classifier


def test_sizes_are_those_of_the_model_itself(tmp_path):
    with quiet():
        save(tmp_path, "olmo2")
    figures = measure(tmp_path, "causal-lm")
    real = network("olmo2")
    assert figures.parameters == real.num_parameters()
    linear = [m.weight.numel() for name, m in real.named_modules() if "proj" in name]
    assert figures.active == sum(linear)
    assert (figures.layers, figures.width) == (3, 64)
    assert figures.weight_bytes("bfloat16") == 2 * figures.parameters


def test_tied_embeddings_count_once_and_classifiers_are_measured_too(tmp_path):
    with quiet():
        save(tmp_path / "tied", "llama")
        save_classifier(tmp_path / "classifier")
    assert measure(tmp_path / "tied", "causal-lm").parameters == network("llama").num_parameters()
    assert measure(tmp_path / "classifier", "classifier").layers == 2


def test_the_published_sizes_of_a_known_config(tmp_path):
    """Llama 3.2 1B: 1.23 billion parameters by its model card, 0.97 billion without the embeddings."""
    config = {
        "model_type": "llama",
        "vocab_size": 128256,
        "hidden_size": 2048,
        "intermediate_size": 8192,
        "num_hidden_layers": 16,
        "num_attention_heads": 32,
        "num_key_value_heads": 8,
        "head_dim": 64,
        "tie_word_embeddings": True,
    }
    (tmp_path / "config.json").write_text(json.dumps(config))
    figures = measure(tmp_path, "causal-lm")
    assert figures.parameters == pytest.approx(1.23e9, rel=0.01)
    assert figures.active == pytest.approx(0.97e9, rel=0.01)


def test_arithmetic_grows_with_tokens_and_their_square():
    figures = TextFigures(parameters=150, active=100, layers=2, width=10)
    assert figures.flops(1) == 2 * 100 + 4 * 2 * 10
    assert figures.flops(10) == 2 * 100 * 10 + 4 * 2 * 10 * 100


def test_a_config_of_nothing_is_refused(tmp_path):
    (tmp_path / "config.json").write_text('{"model_type": "distilbert"}')
    with pytest.raises(InputError, match="no causal-lm model that can be built"):
        measure(tmp_path, "causal-lm")


def test_only_the_files_that_would_be_fetched_count():
    files = [("model.safetensors", 100), ("config.json", 2), ("pytorch_model.bin", 100), ("original/x.json", 7)]
    assert download_bytes([*files, ("consolidated.safetensors", 100)]) == 102


def test_too_little_memory_is_a_problem_with_both_numbers(tmp_path, monkeypatch):
    assert memory_problem(3, None, "cpu", "wait") == ""
    found = memory_problem(3 * 10**9, 2 * 10**9, "cpu", "wait")
    assert found == "the model needs about 3.0 GB and 2.0 GB are free on this machine; wait"
    with quiet():
        save(tmp_path, "qwen2")
    monkeypatch.setattr(cost, "free_bytes", lambda device: 10**6)
    told = forecast(str(tmp_path), "float32", "causal-lm", lambda folder: 10, None)
    assert "choose a smaller model" in told.problem
    assert told.passes_per_second is None
    assert told.memory_bytes > 10**6


def test_a_lowered_precision_is_said():
    assert "rounded to bfloat16" in precision_notes("auto", "bfloat16", "cpu")[0]
    assert precision_notes("bfloat16", "bfloat16", "cpu") == precision_notes("auto", "float32", "cpu") == ()
