"""What really stands for a hidden feature in a language model's input, in words."""

from __future__ import annotations

from typing import Any


def hidden_notes(masking: str, written: str, tokenizer: Any) -> tuple[str, ...]:
    """A sentence where masking="unk" writes something else than the tokenizer's unknown token.

    Args:
        masking: of the run; "" before any.
        written: what stands for a hidden feature, see `language_prompts.stand_in`.
        tokenizer: the model's.
    """
    if masking != "unk" or written == tokenizer.unk_token:
        return ()
    return (f"a hidden feature is written as “{written}”: the model's tokenizer has no unknown token of its own",)
