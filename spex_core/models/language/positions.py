"""Where a network begins to count positions: RoBERTa's kin do after the number of their padding."""

from __future__ import annotations

from typing import Any


def padding_of(network: Any, tokenizer: Any) -> int:
    """A token that may stand for padding where padding is masked out: the tokenizer's, else the config's, else any."""
    known = int(network.get_input_embeddings().num_embeddings)
    for token in (tokenizer.pad_token_id, getattr(network.config, "pad_token_id", None)):
        if token is not None and 0 <= token < known:
            return int(token)
    return 0


def first_position(network: Any, padding: int) -> int:
    """The position of a text's first token, 0 for most networks.

    One that counts from its padding on and was told none, or a number that no token has, is given `padding`: its
    weights were trained with the tokenizer's.
    """
    first = 0
    for module in network.modules():
        table = getattr(module, "position_embeddings", None)
        told = getattr(table, "padding_idx", None) is not None
        if table is None or not (told or hasattr(module, "create_position_ids_from_input_ids")):
            continue
        number = getattr(module, "padding_idx", None)
        if number is None or number < 0:
            module.padding_idx = table.padding_idx = padding
        first = max(first, int(module.padding_idx) + 1)
    return first
