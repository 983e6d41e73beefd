"""A small GGUF file of a Llama, as llama.cpp's converter would write it."""

import json

import numpy as np
from gguf import GGMLQuantizationType, GGUFWriter
from gguf.quants import quantize

from tests.support.language_models import LLAMA_TEMPLATE, network, tokenizer

_NAMES = {
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
    "input_layernorm": "attn_norm",
    "post_attention_layernorm": "ffn_norm",
}


def write_gguf(path, architecture="llama", quantized=False, seed=0, template=LLAMA_TEMPLATE):
    """Write the file; returns the network that is in it, as it is before anything is quantized."""
    model, tokens = network("llama", seed=seed, vocab_size=len(tokenizer("llama"))), tokenizer("llama")
    config = model.config
    writer = GGUFWriter(str(path), architecture)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_rope_freq_base(config.rope_parameters["rope_theta"])
    writer.add_rope_dimension_count(config.hidden_size // config.num_attention_heads)
    writer.add_vocab_size(config.vocab_size)
    core = json.loads(tokens.backend_tokenizer.to_str())["model"]
    writer.add_tokenizer_model("gpt2")
    names = sorted(core["vocab"], key=core["vocab"].get)
    writer.add_token_list(names)
    writer.add_token_types([3 if name in tokens.all_special_tokens else 1 for name in names])
    writer.add_token_merges([" ".join(pair) for pair in core["merges"]])
    writer.add_bos_token_id(tokens.bos_token_id)
    writer.add_eos_token_id(tokens.eos_token_id)
    if template:
        writer.add_chat_template(template)
    for name, value in model.state_dict().items():
        if name != "lm_head.weight":  # tied
            _add(writer, _gguf_name(name), _for_llama_cpp(name, value.numpy(), config), quantized)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return model


def _add(writer, name, value, quantized):
    if quantized and value.ndim > 1:
        kind = GGMLQuantizationType.Q8_0
        writer.add_tensor(name, quantize(value, kind), raw_dtype=kind)
    else:
        writer.add_tensor(name, value.astype(np.float32))


def _gguf_name(name):
    whole = {"model.embed_tokens.weight": "token_embd.weight", "model.norm.weight": "output_norm.weight"}
    if name in whole:
        return whole[name]
    _, _, layer, rest = name.split(".", 3)
    return f"blk.{layer}.{_NAMES[rest.removesuffix('.weight')]}.weight"


def _for_llama_cpp(name, value, config):
    """Its rotary embedding takes neighbouring pairs where transformers takes halves."""
    heads = {"q_proj": config.num_attention_heads, "k_proj": config.num_key_value_heads}.get(name.split(".")[-2])
    if heads is None:
        return value
    return value.reshape(heads, 2, -1, value.shape[-1]).swapaxes(1, 2).reshape(value.shape)
