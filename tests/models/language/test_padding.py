"""A text is scored in a batch as it is alone, whatever its folder says of padding."""

import numpy as np
import pytest
import torch
import transformers

from spex_core.errors import ModelError
from spex_core.models.folders import quiet
from spex_core.models.language.classifier import Classifier
from spex_core.models.registry import load_backend
from tests.support.language_models import TEXT, classifier_tokenizer, save_classifier, tokenizer

TEXTS = [TEXT, "slow", "I cried at the end!", "", "Her acting never fails", "the first hour", TEXT[:60], "the film"]
DECODER = {
    "vocab_size": 640,
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "initializer_range": 0.3,
    "bos_token_id": 1,
    "eos_token_id": 2,
}
GPT = {"vocab_size": 640, "n_embd": 32, "n_layer": 2, "n_head": 4, "initializer_range": 0.3}
ENCODER = {
    "vocab_size": 640,
    "hidden_size": 32,
    "embedding_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "max_position_embeddings": 130,
    "initializer_range": 0.3,
}
DECODERS = {
    "Llama": DECODER,
    "Mistral": {**DECODER, "sliding_window": 24},
    "Qwen2": DECODER,
    "Qwen3": {**DECODER, "head_dim": 8},
    "Gemma2": {**DECODER, "head_dim": 8},
    "Mixtral": {**DECODER, "num_local_experts": 4},
    "GPT2": GPT,
    "GPTNeoX": DECODER,
    "GPTJ": {**GPT, "rotary_dim": 4},
    "Bloom": GPT,
    "OPT": {**DECODER, "ffn_dim": 48, "word_embed_proj_dim": 32, "init_std": 0.3},
    "Phi": DECODER,
}
ENCODERS = {
    "Bert": ENCODER,
    "Roberta": ENCODER,
    "DistilBert": {
        "vocab_size": 640,
        "dim": 32,
        "hidden_dim": 48,
        "n_layers": 2,
        "n_heads": 4,
        "initializer_range": 0.3,
    },
    "XLMRoberta": ENCODER,
    "Camembert": ENCODER,
    "Deberta": {**ENCODER, "relative_attention": True, "pos_att_type": ["c2p", "p2c"]},
    "DebertaV2": {**ENCODER, "relative_attention": True, "pos_att_type": ["c2p", "p2c"], "conv_kernel_size": 3},
    "Electra": ENCODER,
    "Albert": ENCODER,
    "MPNet": ENCODER,
    "RemBert": ENCODER,
    "RobertaPreLayerNorm": ENCODER,
    "XLMRobertaXL": ENCODER,
    "MegatronBert": ENCODER,
    "Ernie": ENCODER,
    "Data2VecText": ENCODER,
}
OTHERS = {
    "ModernBert": {**ENCODER, "pad_token_id": 1},
    "ConvBert": ENCODER,
    "FNet": ENCODER,
    "XLNet": {"vocab_size": 640, "d_model": 32, "n_layer": 2, "n_head": 4, "d_inner": 48, "initializer_range": 0.3},
    "XLM": {"vocab_size": 640, "emb_dim": 32, "n_layers": 2, "n_heads": 4, "embed_init_std": 0.3, "init_std": 0.3},
    "SqueezeBert": {**ENCODER, "embedding_size": 32},
}


def built(name, settings, **more):
    with quiet():
        config = getattr(transformers, f"{name}Config")(**{**settings, "num_labels": 3, **more})
        torch.manual_seed(0)
        return getattr(transformers, f"{name}ForSequenceClassification")(config).eval()


@pytest.fixture(scope="module", params=[*DECODERS, *ENCODERS, *OTHERS])
def network(request):
    settings = {**DECODERS, **ENCODERS, **OTHERS}[request.param]
    return built(request.param, settings)


def words(side="right", kind="roberta"):
    found = tokenizer("qwen2") if kind == "qwen2" else classifier_tokenizer(kind)
    copy = transformers.PreTrainedTokenizerFast(tokenizer_object=found.backend_tokenizer, pad_token=found.pad_token)
    copy.padding_side = side
    copy.model_max_length = 100
    return copy


def alone(network, tokens):
    """One pass per text, without padding and without this library."""
    rows = [tokens(text)["input_ids"] or [tokens.pad_token_id] for text in TEXTS]
    with quiet(), torch.no_grad():
        return np.concatenate([one_pass(network, row) for row in rows])


def one_pass(network, row):
    ids = torch.tensor([row])
    return network(input_ids=ids, attention_mask=torch.ones_like(ids)).logits.double().numpy()


def found_in_batches(network, tokens):
    with quiet():
        return Classifier(network, tokens, "it", "float32", "cpu").logits(TEXTS)


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("padding", [None, -1, 0, 1, 300])
def test_a_batch_is_scored_as_each_text_alone(network, padding, side):
    tokens = words(side)
    network.config.pad_token_id = padding
    expected = alone(network, tokens)
    assert np.ptp(expected, axis=0).min() > 1e-2  # texts differ, so a wrong token would show
    np.testing.assert_allclose(found_in_batches(network, tokens), expected, rtol=0, atol=1e-4)


@pytest.mark.parametrize("name", ["Llama", "GPT2", "Bert"])
@pytest.mark.parametrize("padding", [None, -1, 5])
def test_a_tokenizer_without_special_tokens_of_its_own_will_do(name, padding):
    network = built(name, {**DECODERS, **ENCODERS}[name], pad_token_id=padding)
    tokens = transformers.PreTrainedTokenizerFast(tokenizer_object=tokenizer("qwen2").backend_tokenizer)
    texts = [text for text in TEXTS if text]
    with quiet(), torch.no_grad():
        expected = [one_pass(network, tokens(text)["input_ids"])[0] for text in texts]
    with quiet():
        found = Classifier(network, tokens, "it", "float32", "cpu").logits(texts)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-4)


@pytest.mark.parametrize("name", ["Llama", "GPT2"])
def test_padding_that_a_text_itself_holds_is_no_padding(name):
    """Hidden words may be written as the token that a folder pads with."""
    tokens = words(kind="qwen2")
    network = built(name, DECODERS[name], pad_token_id=None)
    texts = [f"{TEXT} {tokens.pad_token}", TEXT, f"slow{tokens.pad_token * 3}"]
    with quiet(), torch.no_grad():
        expected = [one_pass(network, tokens(text)["input_ids"])[0] for text in texts]
    with quiet():
        found = Classifier(network, tokens, "it", "float32", "cpu").logits(texts)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-4)


@pytest.mark.parametrize(
    ("kind", "labels"),
    [("regression", 1), ("regression", 3), ("multi_label_classification", 1), ("multi_label_classification", 3)],
)
@pytest.mark.parametrize("name", ["Llama", "Roberta"])
def test_the_kind_of_labels_changes_nothing(name, labels, kind):
    network = built(name, {**DECODERS, **ENCODERS}[name], problem_type=kind, num_labels=labels)
    tokens = words()
    expected = alone(network, tokens)
    assert expected.shape == (len(TEXTS), labels)
    np.testing.assert_allclose(found_in_batches(network, tokens), expected, rtol=0, atol=1e-4)


def test_what_a_network_cannot_read_is_one_sentence(tmp_path):
    with quiet():
        backend = load_backend("hf-classifier", model=save_classifier(tmp_path), label="0")
    backend.classifier._start = backend.classifier._padding = 10**6
    with pytest.raises(ModelError, match=r"could not read a text: ") as caught:
        backend.score(["a", "a b c d"])
    assert "\n" not in str(caught.value)
