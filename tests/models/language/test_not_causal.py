"""What is no causal language model is refused before it is loaded, and what is one is taken."""

import json

import pytest
import torch
import transformers

from spex_core.errors import InputError
from spex_core.inputs.maskers.text import TextMasker
from spex_core.models.folders import quiet
from spex_core.models.registry import backends, load_backend
from tests.support.language_models import TEXT, classifier_tokenizer, network, save_classifier, tokenizer

SIZE = {
    "vocab_size": 640,
    "hidden_size": 32,
    "embedding_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "max_position_embeddings": 520,
}
PAIR = {
    "vocab_size": 640,
    "d_model": 32,
    "encoder_layers": 1,
    "decoder_layers": 1,
    "encoder_attention_heads": 4,
    "decoder_attention_heads": 4,
    "encoder_ffn_dim": 48,
    "decoder_ffn_dim": 48,
}
T5 = {"vocab_size": 640, "d_model": 32, "d_kv": 8, "d_ff": 48, "num_layers": 1, "num_heads": 4}
MASKED = {
    "BertForMaskedLM": ("BertConfig", SIZE),
    "BertForPreTraining": ("BertConfig", SIZE),
    "BertModel": ("BertConfig", SIZE),
    "BertLMHeadModel": ("BertConfig", SIZE),
    "RobertaForMaskedLM": ("RobertaConfig", SIZE),
    "XLMRobertaForMaskedLM": ("XLMRobertaConfig", SIZE),
    "CamembertForMaskedLM": ("CamembertConfig", SIZE),
    "ElectraForMaskedLM": ("ElectraConfig", SIZE),
    "DistilBertForMaskedLM": (
        "DistilBertConfig",
        {"vocab_size": 640, "dim": 32, "hidden_dim": 48, "n_layers": 1, "n_heads": 4},
    ),
    "DebertaV2ForMaskedLM": ("DebertaV2Config", SIZE),
    "AlbertForMaskedLM": ("AlbertConfig", SIZE),
    "MPNetForMaskedLM": ("MPNetConfig", SIZE),
    "ModernBertForMaskedLM": ("ModernBertConfig", {**SIZE, "pad_token_id": 1}),
    "XLMWithLMHeadModel": ("XLMConfig", {"vocab_size": 640, "emb_dim": 32, "n_layers": 1, "n_heads": 4}),
}
PAIRS = {
    "T5ForConditionalGeneration": ("T5Config", T5),
    "MT5ForConditionalGeneration": ("MT5Config", T5),
    "BartForConditionalGeneration": ("BartConfig", PAIR),
    "MBartForConditionalGeneration": ("MBartConfig", PAIR),
    "PegasusForConditionalGeneration": ("PegasusConfig", PAIR),
    "MarianMTModel": ("MarianConfig", {**PAIR, "pad_token_id": 1, "decoder_start_token_id": 1}),
}


def saved(folder, name, config, size, **more):
    with quiet():
        torch.manual_seed(0)
        getattr(transformers, name)(getattr(transformers, config)(**{**size, **more})).save_pretrained(folder)
        classifier_tokenizer("roberta").save_pretrained(folder)
    return str(folder)


def refusal(folder):
    """The one sentence that loading and the forecast both say."""
    with pytest.raises(InputError) as caught:
        load_backend("hf-causal-lm", model=str(folder), answer="True")
    problem = backends()["hf-causal-lm"].forecast({"model": str(folder)}, TextMasker(TEXT)).problem
    said = str(caught.value)
    assert problem.partition(" is ")[2] == said.partition(" is ")[2]
    assert "\n" not in said
    assert len(said) < 300
    return said


@pytest.mark.parametrize("name", MASKED)
def test_a_masked_language_model_is_refused(tmp_path, name):
    said = refusal(saved(tmp_path, name, *MASKED[name]))
    assert f"is a masked language model ({name}), not a decoder" in said
    assert "give a causal language model such as" in said


@pytest.mark.parametrize("name", PAIRS)
def test_an_encoder_decoder_is_refused(tmp_path, name):
    said = refusal(saved(tmp_path, name, *PAIRS[name]))
    assert f"is an encoder-decoder ({name})" in said
    assert "give a causal language model such as" in said


def test_a_config_that_leaves_out_what_its_type_has_by_itself_is_refused(tmp_path):
    saved(tmp_path, "T5ForConditionalGeneration", *PAIRS["T5ForConditionalGeneration"])
    config = json.loads((tmp_path / "config.json").read_text())
    del config["is_encoder_decoder"], config["architectures"]
    (tmp_path / "config.json").write_text(json.dumps(config))
    assert "is an encoder-decoder (t5)" in refusal(tmp_path)


def test_a_classifier_is_refused_and_its_backend_named(tmp_path):
    with quiet():
        save_classifier(tmp_path)
    assert "use hf-classifier" in refusal(tmp_path)


@pytest.mark.parametrize("changes", [{"is_causal": False}, {"use_bidirectional_attention": True}])
def test_a_decoder_that_reads_in_both_directions_is_refused(tmp_path, changes):
    with quiet():
        network("llama").save_pretrained(tmp_path)
        tokenizer("llama").save_pretrained(tmp_path)
    config = json.loads((tmp_path / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps({**config, **changes}))
    assert "reads in both directions" in str(refusal(tmp_path))


@pytest.mark.parametrize(
    ("name", "config", "size"),
    [
        ("BertLMHeadModel", "BertConfig", SIZE),
        ("RobertaForCausalLM", "RobertaConfig", SIZE),
        ("BartForCausalLM", "BartConfig", {**PAIR, "is_encoder_decoder": False}),
        (
            "GPT2LMHeadModel",
            "GPT2Config",
            {"vocab_size": 640, "n_embd": 32, "n_layer": 1, "n_head": 4},
        ),
        ("OPTForCausalLM", "OPTConfig", {**SIZE, "ffn_dim": 48, "word_embed_proj_dim": 32}),
        ("BloomForCausalLM", "BloomConfig", {"vocab_size": 640, "n_embd": 32, "n_layer": 1, "n_head": 4}),
    ],
)
def test_decoders_of_every_make_are_taken(tmp_path, name, config, size):
    more = {} if config in ("GPT2Config", "OPTConfig", "BloomConfig") else {"is_decoder": True}
    backend = load_backend("hf-causal-lm", model=saved(tmp_path, name, config, size, **more), answer="True")
    assert backend.score([TEXT])[0] < 0


@pytest.mark.parametrize(
    ("backend", "config", "said"),
    [
        ("hf-classifier", {"model_type": "vit"}, "is of type 'vit', which is no text classifier that hf-classifier"),
        ("hf-classifier", {"model_type": "marian"}, "is of type 'marian', which is no text classifier"),
        ("hf-causal-lm", {"model_type": "clip"}, "is of type 'clip', which is no language model that hf-causal-lm"),
        ("hf-causal-lm", {"model_type": "never-seen"}, "'never-seen', which the installed transformers does not know"),
        ("hf-causal-lm", {"vocab_size": 3}, "has no model_type"),
        ("hf-causal-lm", {"model_type": ["llama"]}, "has no model_type"),
    ],
)
def test_other_kinds_are_one_sentence(tmp_path, backend, config, said):
    with quiet():
        save_classifier(tmp_path)
    (tmp_path / "config.json").write_text(json.dumps(config))
    with pytest.raises(InputError) as caught:
        load_backend(backend, model=str(tmp_path))
    assert said in str(caught.value)
    assert len(str(caught.value)) < 250
