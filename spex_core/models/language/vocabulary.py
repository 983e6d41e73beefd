"""What a tokenizer does not know: its files, and the shares of texts and answers that it reads as nothing."""

from __future__ import annotations

import unicodedata
from pathlib import Path
from typing import Any

import numpy as np

from spex_core.errors import InputError
from spex_core.models.folder_files import read_json

MOST_UNKNOWN = 0.5
"""Share of a text from which on its scores would be those of another text."""
_VOCABULARIES = ("tokenizer.json", "*.model", "vocab*", "*.spm", "*.tiktoken", "tekken.json")
_BPE_NEEDS = ("tokenizer.json", "merges*", "*.codes", "vocab.bpe", "*.model", "*.spm", "*.txt")
# Their vocabulary is every byte, or every character: they come without a file for it.
_WITHOUT_FILES = ("byt5", "canine", "perceiver")


def check_files(folder: Path, model: str) -> None:
    """Refuse a folder without a vocabulary: the library would make up one of special tokens alone.

    Raises:
        InputError: says which files are missing.
    """
    settings = read_json(folder / "tokenizer_config.json")
    named = f"{settings.get('tokenizer_class') or ''} {read_json(folder / 'config.json').get('model_type')}".lower()
    if any(kind in named for kind in _WITHOUT_FILES):
        return
    advice = "save the tokenizer there too (tokenizer.save_pretrained)"
    if not _has(folder, _VOCABULARIES):
        raise InputError(f"the tokenizer files are missing from {model}; {advice}")
    if (folder / "vocab.json").is_file() and not _has(folder, _BPE_NEEDS):
        raise InputError(f"the tokenizer files are missing from {model} in part (no merges.txt); {advice}")


def check_vocabulary(tokenizer: Any, model: str) -> None:
    """Refuse a tokenizer that has nothing but special tokens.

    Raises:
        InputError: its files are missing, or of another kind.
    """
    if set(tokenizer.get_vocab()) <= {*tokenizer.all_special_tokens, *tokenizer.get_added_vocab()}:
        raise InputError(
            f"the tokenizer files are missing from {model}, or of another kind than the model's: "
            "its vocabulary has special tokens only"
        )


def _has(folder: Path, patterns: tuple[str, ...]) -> bool:
    return any(path.is_file() and path.stat().st_size for pattern in patterns for path in folder.glob(pattern))


def unknown_share(tokenizer: Any, text: str) -> float:
    """Share of a text that a tokenizer reads as its unknown token or leaves out, 0 to 1.

    Of the characters that can be seen where the tokenizer tells which characters a token stands for, else of its
    tokens. An unknown token that the text itself spells out is known.
    """
    seen = np.array([not char.isspace() and unicodedata.category(char)[0] not in "CM" for char in text], dtype=bool)
    if not seen.any():
        return 0.0
    unknown = _unknown_tokens(tokenizer)
    if not getattr(tokenizer, "is_fast", False):
        ids = tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"]
        lost = sum(map(ids.count, unknown.values())) - sum(map(text.count, unknown))
        return max(0, lost) / len(ids) if ids else 1.0
    found = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True, verbose=False)
    known = np.zeros(len(text), dtype=bool)
    for token, (start, end) in zip(found["input_ids"], found["offset_mapping"], strict=True):
        if token not in unknown.values() or text[start:end].strip() in unknown:
            known[start:end] = True
    return float(1.0 - known[seen].mean())


def _unknown_tokens(tokenizer: Any) -> dict[str, int]:
    """Token -> id of what stands for the unknown: the tokenizer's own, and its model's, which its settings may lack."""
    model = getattr(getattr(tokenizer, "backend_tokenizer", None), "model", None)
    names = {tokenizer.unk_token, getattr(model, "unk_token", None)} - {None, ""}
    found = {str(name): tokenizer.convert_tokens_to_ids(str(name)) for name in names}
    return {name: int(token) for name, token in found.items() if token is not None}


def check_text(tokenizer: Any, text: str, model: str) -> None:
    """Refuse a text that a tokenizer mostly does not know.

    Raises:
        InputError: it does not know most of it.
    """
    share = unknown_share(tokenizer, text)
    if share >= MOST_UNKNOWN:
        raise InputError(
            f"{_percent(share)} of the text is unknown to the tokenizer of {model}: its scores would say nothing about "
            "the text; use a model that knows this language, or give the folder the model's own tokenizer files"
        )


def check_answer(tokenizer: Any, answer: str) -> None:
    """Refuse an answer that a tokenizer does not know, or only in part.

    Raises:
        InputError: names the answer.
    """
    share = unknown_share(tokenizer, answer)
    if share > 0:
        raise InputError(
            f"the model's tokenizer does not know {'' if share > 0.999 else 'all of '}the answer “{answer}”, so it has "
            "no probability; give another answer, or the folder the model's own tokenizer files"
        )


def unknown_notes(share: float) -> tuple[str, ...]:
    """A sentence where a share of the text is unknown."""
    if not share:
        return ()
    return (f"{_percent(share)} of the text is unknown to the model's tokenizer: to the model it is hidden already",)


def _percent(share: float) -> str:
    if share > 0.999:
        return "all"
    return "less than 1 %" if share < 0.01 else f"{100 * share:.0f} %"
