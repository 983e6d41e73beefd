"""The embedded reasoning model: a Llama of the smallest kind that knows the words of the switch-track puzzles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spex_core.switchyard import vocabulary

if TYPE_CHECKING:
    from transformers import LlamaConfig, PreTrainedTokenizerFast

SPECIAL = ("[UNK]", "<s>", "</s>", "<pad>")
SIZES = {"width": 96, "inner": 256, "depth": 4, "heads": 4, "key_heads": 2}


def words() -> dict[str, int]:
    """Word -> token id."""
    return {word: k for k, word in enumerate((*SPECIAL, *vocabulary()))}


def make_tokenizer() -> PreTrainedTokenizerFast:
    """One token per word or mark, lower-cased, behind <s>; every other word is [UNK]."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    ids = words()
    core = Tokenizer(models.WordLevel(ids, unk_token="[UNK]"))
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


def make_config(**sizes: Any) -> LlamaConfig:
    """Configuration of the model; `sizes` replace entries of `SIZES`."""
    from transformers import LlamaConfig

    size = {**SIZES, **sizes}
    ids = words()
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
    )
