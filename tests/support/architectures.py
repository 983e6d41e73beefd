"""The architectures of transformers that a person would meet, small and random, each scored in batches and alone.

`verdicts` saves a model of a kind, loads it as a person does, and compares every text of a batch with the same text
read alone by transformers itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers

from spex_core.errors import SpexError
from spex_core.models.folders import quiet
from spex_core.models.registry import load_backend
from tests.support.language_models import TEXT, classifier_tokenizer, plain_log_probability, tokenizer

TEXTS = [TEXT, "slow", "I cried at the end!", "Her acting never fails", TEXT[:60], "the film", "a b"]
TOLERANCE = 1e-4
_VOCABULARY = 640
_SIZE = {
    "vocab_size": _VOCABULARY,
    "hidden_size": 16,
    "intermediate_size": 24,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "initializer_range": 0.5,
    "max_position_embeddings": 160,
}
_ENCODER = {**_SIZE, "embedding_size": 16, "pad_token_id": 1}
_DECODER = {**_SIZE, "num_key_value_heads": 1, "bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 0}
_WIDE = {**_DECODER, "head_dim": 8, "sliding_window": 24}
_GPT = {
    "vocab_size": _VOCABULARY,
    "n_embd": 16,
    "n_layer": 2,
    "n_head": 2,
    "n_positions": 160,
    "initializer_range": 0.5,
}
_DISENTANGLED = {"relative_attention": True, "pos_att_type": ["c2p", "p2c"]}
_BYTES = {"bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 0}


@dataclass(frozen=True)
class Architecture:
    """One kind of model.

    Attributes:
        config: name of its config's class.
        settings: arguments of that.
        classifier: name of its sequence classifier's class, "" where there is none.
        causal: name of its causal language model's class, "" where there is none.
        decoder: settings that make it causal.
    """

    config: str
    settings: dict[str, Any]
    classifier: str = ""
    causal: str = ""
    decoder: dict[str, Any] = field(default_factory=dict)


def _of(name: str, settings: dict[str, Any], causal: str = "", **decoder: Any) -> Architecture:
    return Architecture(f"{name}Config", settings, f"{name}ForSequenceClassification", causal, decoder)


def _causal(name: str, settings: dict[str, Any]) -> Architecture:
    return _of(name, settings, f"{name}ForCausalLM")


_DISTIL = {
    "vocab_size": _VOCABULARY,
    "dim": 16,
    "hidden_dim": 24,
    "n_layers": 2,
    "n_heads": 2,
    "initializer_range": 0.5,
}
_BLOOM = {"vocab_size": _VOCABULARY, "hidden_size": 16, "n_layer": 2, "n_head": 2, "initializer_range": 0.5, **_BYTES}
_T5 = {"vocab_size": _VOCABULARY, "d_model": 16, "d_kv": 8, "d_ff": 24, "num_layers": 2, "num_heads": 2}
_T5 |= {"pad_token_id": 1, "eos_token_id": 2, "decoder_start_token_id": 1}
_OPT = {**_DECODER, "ffn_dim": 24, "word_embed_proj_dim": 16, "init_std": 0.5}
_GEMMA3 = {**_WIDE, "layer_types": ["sliding_attention", "full_attention"], "query_pre_attn_scalar": 8}
ARCHITECTURES: dict[str, Architecture] = {
    "BERT": _of("Bert", _ENCODER, "BertLMHeadModel", is_decoder=True),
    "DistilBERT": _of("DistilBert", {**_DISTIL, "pad_token_id": 1, "max_position_embeddings": 160}),
    "RoBERTa": _of("Roberta", _ENCODER, "RobertaForCausalLM", is_decoder=True),
    "XLM-R": _of("XLMRoberta", _ENCODER, "XLMRobertaForCausalLM", is_decoder=True),
    "DeBERTa": _of("Deberta", {**_ENCODER, **_DISENTANGLED}),
    "DeBERTa v2, v3": _of("DebertaV2", {**_ENCODER, **_DISENTANGLED}),
    "ELECTRA": _of("Electra", _ENCODER, "ElectraForCausalLM", is_decoder=True),
    "ALBERT": _of("Albert", _ENCODER),
    "MPNet": _of("MPNet", _ENCODER),
    "GPT-2": _of("GPT2", {**_GPT, **_BYTES}, "GPT2LMHeadModel"),
    "GPT-NeoX": _causal("GPTNeoX", {**_DECODER, "rotary_pct": 0.5}),
    "OPT": _causal("OPT", _OPT),
    "BLOOM": _causal("Bloom", _BLOOM),
    "Llama": _causal("Llama", _DECODER),
    "Mistral": _causal("Mistral", {**_DECODER, "sliding_window": 24}),
    "Qwen2": _causal("Qwen2", _DECODER),
    "Qwen3": _causal("Qwen3", {**_DECODER, "head_dim": 8}),
    "Gemma 2": _causal("Gemma2", _WIDE),
    "Gemma 3": Architecture(
        "Gemma3TextConfig", _GEMMA3, "Gemma3TextForSequenceClassification", "Gemma3ForCausalLM"
    ),
    "Phi": _causal("Phi", _DECODER),
    "Phi-3": _causal("Phi3", _DECODER),
    "OLMo2": _causal("Olmo2", _DECODER),
    "Falcon": _causal("Falcon", {**_SIZE, **_BYTES, "alibi": False, "multi_query": True}),
    "Falcon with ALiBi": _causal("Falcon", {**_SIZE, **_BYTES, "alibi": True, "multi_query": False}),
    "StableLM": _causal("StableLm", _DECODER),
    "ModernBERT": _of("ModernBert", {**_ENCODER, "global_attn_every_n_layers": 2, "local_attention": 16}),
    "T5": _of("T5", _T5),
}  # fmt: skip


@dataclass(frozen=True)
class Folder:
    """What a folder says of padding and labels.

    Attributes:
        padding: of its config: "" for what it was made with, else "missing", or a number.
        side: on which its tokenizer pads.
        labels: how many.
        problem: its config's `problem_type`.
    """

    padding: str | int = ""
    side: str = "right"
    labels: int = 3
    problem: str | None = None


CLASSIFIERS = (
    Folder("", "left", 3),
    Folder("missing", "right", 2, "single_label_classification"),
    Folder(-1, "left", 1, "regression"),
    Folder(300, "right", 3, "multi_label_classification"),
)
CAUSAL = (Folder("", "left"), Folder("missing", "right"), Folder(-1, "left"), Folder(300, "right"))


@dataclass(frozen=True)
class Verdict:
    """How one folder was scored.

    Attributes:
        folder: what it says.
        difference: largest difference between a text in a batch and alone; None where it was refused.
        spread: by how much the texts differ among each other.
        reason: of the refusal, one sentence.
    """

    folder: Folder
    difference: float | None = None
    spread: float = 0.0
    reason: str = ""

    @property
    def right(self) -> bool:
        """Scored as alone."""
        return self.difference is not None and self.difference <= TOLERANCE


def verdicts(name: str, kind: str, where: Path, folders: tuple[Folder, ...] = ()) -> Iterator[Verdict]:
    """An architecture as a "classifier" or as "causal", once for each of what folders say.

    Args:
        name: one of `ARCHITECTURES`.
        kind: which backend.
        where: an empty folder.
        folders: what they say; default all that are tried.
    """
    for number, folder in enumerate(folders or (CLASSIFIERS if kind == "classifier" else CAUSAL)):
        place = where / str(number)
        _save(ARCHITECTURES[name], kind, folder, place)
        with quiet():
            try:
                found = _in_batches(kind, folder, place)
            except SpexError as error:
                yield Verdict(folder, reason=str(error).replace(place.name, "it"))
                continue
            alone = _alone(kind, folder, place)
        yield Verdict(folder, float(np.abs(found - alone).max()), float(np.ptp(alone)))


def _save(architecture: Architecture, kind: str, folder: Folder, place: Path) -> None:
    settings = dict(architecture.settings)
    if kind == "classifier":
        built = architecture.classifier
        settings |= {"num_labels": folder.labels, "problem_type": folder.problem}
    else:
        built = architecture.causal
        settings |= architecture.decoder
    with quiet():
        torch.manual_seed(0)
        network = getattr(transformers, built)(getattr(transformers, architecture.config)(**settings)).eval()
        network.save_pretrained(place)
        encoder = "pad_token_id" in settings and settings["pad_token_id"] == 1
        words = classifier_tokenizer("roberta") if encoder else tokenizer("qwen2")
        words = transformers.PreTrainedTokenizerFast(
            tokenizer_object=words.backend_tokenizer, padding_side=folder.side, **words.special_tokens_map
        )
        words.save_pretrained(place)
    if folder.padding == "":
        return
    path = place / "config.json"
    config = json.loads(path.read_text())
    config["pad_token_id"] = None if folder.padding == "missing" else folder.padding
    path.write_text(json.dumps(config))


def _in_batches(kind: str, folder: Folder, place: Path) -> np.ndarray:
    if kind == "causal":
        backend = load_backend("hf-causal-lm", model=str(place), question="So?", answer="True", against="False")
        return backend.score(TEXTS)
    columns = [load_backend("hf-classifier", model=str(place), label=str(k)) for k in _read_labels(folder)]
    return np.stack([column.settle(TEXT).score(TEXTS) for column in columns], axis=1)


def _read_labels(folder: Folder) -> list[int]:
    """The first and the last."""
    return sorted({0, folder.labels - 1})


def _alone(kind: str, folder: Folder, place: Path) -> np.ndarray:
    words = transformers.AutoTokenizer.from_pretrained(place)
    # RoBERTa counts positions from the number of its padding; where its config lacks it, the tokenizer has it.
    known = {"pad_token_id": words.pad_token_id} if folder.padding in ("missing", -1) else {}
    loader = transformers.AutoModelForCausalLM if kind == "causal" else transformers.AutoModelForSequenceClassification
    network = loader.from_pretrained(place, **known).eval()
    if kind == "causal":
        backend = load_backend("hf-causal-lm", model=str(place), question="So?", answer="True", against="False")
        answers = [backend.prompter.answer_ids(answer) for answer in ("True", "False")]
        rows = backend.prompter.ids(TEXTS)
        logs = [[plain_log_probability(network, row, answer) for answer in answers] for row in rows]
        return np.array(logs) @ [1.0, -1.0]
    with torch.no_grad():
        rows = [torch.tensor([words(text)["input_ids"]]) for text in TEXTS]
        logits = [network(input_ids=row, attention_mask=torch.ones_like(row)).logits for row in rows]
        return np.concatenate(logits)[:, _read_labels(folder)]
