"""Kinds of models beyond the four in tests/support/language_models.py, each with something of its own."""

import numpy as np
import pytest
import torch
import transformers

from spex_core.models.folders import quiet
from spex_core.models.language.causal import ANSWER_TOKENS, LanguageModel
from tests.support.language_models import plain_log_probability, tokenizer

SIZE = {
    "vocab_size": 640,
    "hidden_size": 64,
    "intermediate_size": 96,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "initializer_range": 0.15,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "pad_token_id": 0,
}
ENDS = {"bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 0}
DYNAMIC = {"rope_type": "dynamic", "rope_theta": 1e4, "factor": 8.0}
# name -> (class, its config, whether the shared beginning can be kept)
KINDS = {
    "Gemma 2: capped logits, every other layer a sliding window": (
        "Gemma2ForCausalLM",
        lambda: transformers.Gemma2Config(**SIZE, head_dim=16, sliding_window=24),
        True,
    ),
    "Qwen 3: normalised queries": ("Qwen3ForCausalLM", lambda: transformers.Qwen3Config(**SIZE, head_dim=16), True),
    "Granite: scaled logits": (
        "GraniteForCausalLM",
        lambda: transformers.GraniteConfig(**SIZE, logits_scaling=3),
        True,
    ),
    "Mixtral: experts": ("MixtralForCausalLM", lambda: transformers.MixtralConfig(**SIZE, num_local_experts=4), True),
    "GPT-2: learned positions": (
        "GPT2LMHeadModel",
        lambda: transformers.GPT2Config(vocab_size=640, n_embd=64, n_layer=2, n_head=4, initializer_range=0.15, **ENDS),
        True,
    ),
    "dynamic rotary positions: they change with the length": (
        "LlamaForCausalLM",
        lambda: transformers.LlamaConfig(**SIZE, rope_parameters=DYNAMIC, max_position_embeddings=160),
        False,
    ),
    "Mamba: a state instead of keys and values": (
        "MambaForCausalLM",
        lambda: transformers.MambaConfig(
            vocab_size=640, hidden_size=64, num_hidden_layers=2, initializer_range=0.15, **ENDS
        ),
        None,
    ),
}


@pytest.fixture(scope="module", params=KINDS)
def case(request):
    name, config, caches = KINDS[request.param]
    torch.manual_seed(0)
    with quiet():
        network = getattr(transformers, name)(config()).eval()
    return network, LanguageModel(network, tokenizer("qwen2"), request.param, "float32", "cpu"), caches


def test_scores_are_those_of_plain_passes(case):
    network, language, caches = case
    rng = np.random.default_rng(0)
    prefix = rng.integers(5, 300, 40).tolist()
    prompts = [prefix + rng.integers(5, 300, length).tolist() for length in (5, 17, 17, 60, 1)]
    answers = [[7, 8, 9], [7, 8], [11], [12, 13]]
    with quiet():
        expected = [[plain_log_probability(network, prompt, answer) for answer in answers] for prompt in prompts]
        found = language.log_probabilities(prompts, answers, prefix)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-4)
    if caches is not None:
        assert (language._prefix[1] is not None) == caches


def test_the_own_answer_takes_the_likeliest_token_each_time(case):
    network, language, _ = case
    prompt = list(range(20, 50))
    ids = list(prompt)
    with quiet(), torch.no_grad():
        for _ in range(ANSWER_TOKENS):
            token = int(network(torch.tensor([ids]), use_cache=False).logits[0, -1].argmax())
            if token in (2, tokenizer("qwen2").eos_token_id):
                break
            ids.append(token)
        said = language.answer(prompt)
    expected = tokenizer("qwen2").decode(ids[len(prompt) :], skip_special_tokens=True)
    assert said == expected.rstrip("\ufffd").strip()


def test_nothing_to_score_is_no_score(case):
    _, language, _ = case
    assert language.log_probabilities([], [[1]]).shape == (0, 1)
    assert language.log_probabilities([[5, 6]], []).shape == (1, 0)
