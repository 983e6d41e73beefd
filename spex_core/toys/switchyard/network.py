"""The embedded reasoning model: a Llama of the smallest kind that knows the words of the switch-track puzzles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spex_core.toys import word_llama
from spex_core.toys.switchyard.world import vocabulary

if TYPE_CHECKING:
    from transformers import LlamaConfig, PreTrainedTokenizerFast


def words() -> dict[str, int]:
    """Word -> token id."""
    return word_llama.word_ids(vocabulary())


def make_tokenizer() -> PreTrainedTokenizerFast:
    """One token per word or mark, lower-cased, behind <s>; every other word is [UNK]."""
    return word_llama.make_tokenizer(words())


def make_config(**sizes: Any) -> LlamaConfig:
    """Configuration of the model; `sizes` replace entries of `word_llama.SIZES`."""
    return word_llama.make_config(words(), **sizes)
