"""Sequence classifiers of Hugging Face: logits of texts in batches, each as if it were read alone.

Padding changes nothing where the first token is pooled and the attention leaves padding out: there, texts of similar
lengths are padded on the right. Everywhere else texts of one length are read together, without padding: a decoder pools
at the last token that is not its config's padding, which may be missing, or another than the tokenizer's; convolutions,
Fourier transforms and recurrent states read the padding too.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Sequence
from typing import Any

import numpy as np

from spex_core.arrays import FloatArray
from spex_core.cpu import torch_workers
from spex_core.errors import InputError, ModelError
from spex_core.models.folders import one_line
from spex_core.models.from_folder import Origin
from spex_core.models.language.loading import load_shared
from spex_core.models.language.positions import first_position, padding_of

_BATCH_TOKENS = {"cpu": 1024, "mps": 8192, "cuda": 16384}
# Encoders that pool the first token, mask padding out, and count positions from the left.
_PADDED_TYPES = (
    *("albert", "bert", "camembert", "data2vec-text", "deberta", "deberta-v2", "distilbert", "electra", "ernie"),
    *("megatron-bert", "mpnet", "rembert", "roberta", "roberta-prelayernorm", "xlm-roberta", "xlm-roberta-xl"),
)
_NO_PADDING = -1


class Classifier:
    """One loaded classifier, safe to use from several threads: calls take turns.

    Attributes:
        model: its name.
        tokenizer: its tokenizer.
        labels: names of its classes, in the order of the logits; one only for a regression.
        multi_label: whether each label is decided on its own (a sigmoid each instead of one softmax).
        regression: whether it says of itself that it predicts numbers, not labels.
        precision: "float32" or "bfloat16" (on a CPU of the stored weights alone, see `models.bfloat16`).
        device: "cuda", "mps" or "cpu".
        longest: most tokens of one text, the special ones included; None for no limit.
        parameters: how many weights it has.
        fingerprint: see `Backend.fingerprint`.
        origin: the folder it was loaded from, None for none.
    """

    fingerprint = ""
    origin: Origin | None = None

    def __init__(self, network: Any, tokenizer: Any, model: str, precision: str, device: str) -> None:
        """Take over a loaded model (in eval mode, on `device`) and its tokenizer."""
        self.model = model
        self.tokenizer = tokenizer
        self.precision = precision
        self.device = device
        self._network = network
        config = network.config
        self.labels = [str(config.id2label.get(k, k)) for k in range(config.num_labels)]
        self.multi_label = config.problem_type == "multi_label_classification"
        self.regression = config.problem_type == "regression"
        self.parameters = int(network.num_parameters())
        if tokenizer.pad_token is None:  # some decoders have none; what is padded is masked out
            tokenizer.pad_token = tokenizer.eos_token or tokenizer.unk_token
        self._pads = config.model_type in _PADDED_TYPES
        self._padding = padding_of(network, tokenizer)
        self.longest = _longest(network, tokenizer, first_position(network, self._padding))
        self._start = _start(tokenizer, self._padding)
        text = config.get_text_config()
        if not self._pads and getattr(text, "pad_token_id", None) is None:  # without one only a text alone is read
            text.pad_token_id = _NO_PADDING
        self._lock = threading.Lock()

    def tokens(self, texts: Sequence[str]) -> list[list[int]]:
        """Token ids of each text, special ones included.

        Raises:
            InputError: a text has more tokens than the model reads; it is never cut short in silence.
        """
        rows = self._encode(texts)
        most = max(map(len, rows), default=0)
        if self.longest is not None and most > self.longest:
            raise InputError(
                f"a text of {most:,} tokens is too long: {self.model} reads at most {self.longest:,}; shorten the text"
            )
        return rows

    def count(self, text: str) -> int:
        """Number of tokens of a text, however long it is."""
        return len(self._encode([text])[0])

    def _encode(self, texts: Sequence[str]) -> list[list[int]]:
        if not texts:
            return []
        with self._lock:
            found = self.tokenizer(list(texts), truncation=False, return_attention_mask=False, verbose=False)
        return [[int(token) for token in row] or [self._start] for row in found["input_ids"]]

    def logits(self, texts: Sequence[str]) -> FloatArray:
        """(m, number of labels) float64.

        Raises:
            InputError: see `tokens`.
            ModelError: the device ran out of memory.
        """
        rows = self.tokens(texts)
        result = np.zeros((len(rows), len(self.labels)))
        batches = self._batches(rows)
        with self._lock:
            padded = [self._padded([rows[k] for k in batch]) for batch in batches]
            found = torch_workers().map(self._run, padded) if self.device == "cpu" else map(self._run, padded)
            for batch, values in zip(batches, found, strict=True):
                result[batch] = values
        return result

    def _batches(self, rows: list[list[int]]) -> list[list[int]]:
        """Positions of the rows in batches of similar lengths, or of one length each; the longest first."""
        batches: list[list[int]] = []
        for k in sorted(range(len(rows)), key=lambda k: (-len(rows[k]), k)):
            longest = len(rows[batches[-1][0]]) if batches else 0
            fits = bool(batches) and (len(batches[-1]) + 1) * longest <= _BATCH_TOKENS[self.device]
            if fits and (self._pads or len(rows[k]) == longest):
                batches[-1].append(k)
            else:
                batches.append([k])
        return batches

    def _padded(self, rows: list[list[int]]) -> dict[str, Any]:
        """Padded on the right, whichever side the tokenizer would take: positions are counted from the left."""
        import torch

        width = max(map(len, rows))
        ids = np.full((len(rows), width), self._padding, dtype=np.int64)
        mask = np.zeros((len(rows), width), dtype=np.int64)
        for k, row in enumerate(rows):
            ids[k, : len(row)] = row
            mask[k, : len(row)] = 1
        return {"input_ids": torch.from_numpy(ids), "attention_mask": torch.from_numpy(mask)}

    def _run(self, inputs: dict[str, Any]) -> FloatArray:
        import torch

        try:
            with torch.inference_mode():
                output = self._network(**{name: tensor.to(self.device) for name, tensor in inputs.items()})
        except torch.OutOfMemoryError as error:
            raise ModelError(f"{self.model} ran out of memory on {self.device}; shorten the text") from error
        except Exception as error:  # each network has demands of its own on its texts
            raise ModelError(f"{self.model} could not read a text: {one_line(error)}") from error
        logits: FloatArray = output.logits.reshape(len(inputs["input_ids"]), -1).double().cpu().numpy()
        return logits


def load_classifier(model: str, precision: str = "auto") -> Classifier:
    """Load a sequence classifier; arguments and errors as `loading.load_shared`."""
    return load_shared(model, "classifier", precision, Classifier)


def _start(tokenizer: Any, padding: int) -> int:
    """What is read of a text without tokens."""
    found = (tokenizer.bos_token_id, tokenizer.eos_token_id, tokenizer.pad_token_id)
    return next((int(token) for token in found if token is not None), padding)


def _longest(network: Any, tokenizer: Any, first: int) -> int | None:
    """The least of what the tokenizer says and of the positions there are from the first token's on."""
    limits = []
    if tokenizer.model_max_length < sys.maxsize >> 16:  # "no limit" is an absurdly large number
        limits.append(int(tokenizer.model_max_length))
    positions = getattr(network.config.get_text_config(), "max_position_embeddings", None)
    if positions and positions > 0:
        limits.append(int(positions) - first)
    return min(limits, default=None)
