"""Llamas of the smallest kind over a tokenizer of whole words: the make of the embedded language models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from transformers import LlamaConfig, PreTrainedTokenizerFast

SPECIAL = ("[UNK]", "<s>", "</s>", "<pad>")
SIZES = {"width": 96, "inner": 256, "depth": 4, "heads": 4, "key_heads": 2}


def word_ids(vocabulary: Sequence[str]) -> dict[str, int]:
    """Word -> token id; the special tokens come first."""
    return {word: k for k, word in enumerate((*SPECIAL, *vocabulary))}


def make_tokenizer(ids: Mapping[str, int], lowercase: bool = True) -> PreTrainedTokenizerFast:
    """One token per word or mark, behind <s>; every other word is [UNK].

    Args:
        ids: see `word_ids`.
        lowercase: whether words are lower-cased first.
    """
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    core = Tokenizer(models.WordLevel(dict(ids), unk_token="[UNK]"))
    if lowercase:
        core.normalizer = normalizers.Lowercase()
    core.pre_tokenizer = pre_tokenizers.Whitespace()
    core.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", ids["<s>"])])
    return PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]  # as the library has it
        tokenizer_object=core,
        unk_token="[UNK]",
        bos_token="<s>",
        eos_token="</s>",
        pad_token="<pad>",
        clean_up_tokenization_spaces=False,
    )


def make_config(ids: Mapping[str, int], turn: float = 1e4, **sizes: Any) -> LlamaConfig:
    """Configuration of the model.

    Args:
        ids: see `word_ids`.
        turn: base of the rotary positions; the larger, the more of a head ignores the distance.
        sizes: replace entries of `SIZES`.
    """
    from transformers import LlamaConfig

    size = {**SIZES, **sizes}
    return LlamaConfig(
        vocab_size=len(ids),
        hidden_size=size["width"],
        intermediate_size=size["inner"],
        num_hidden_layers=size["depth"],
        num_attention_heads=size["heads"],
        num_key_value_heads=size["key_heads"],
        initializer_range=size["width"] ** -0.5,  # the usual 0.02 is for wide models: attention would start flat
        max_position_embeddings=4096,
        bos_token_id=ids["<s>"],
        eos_token_id=ids["</s>"],
        pad_token_id=ids["<pad>"],
        tie_word_embeddings=False,
        rope_parameters={"rope_type": "default", "rope_theta": turn},
    )
