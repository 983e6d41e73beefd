"""The embedded text model: sentence embeddings by all-MiniLM-L6-v2.

An embedding is the mean of the last hidden state over all tokens, scaled to length one, as
`SentenceTransformer.encode` computes it. A text of more than 256 tokens is read in several windows (see
`windows`); the mean is then over the tokens of all windows. Under a mask the windows stay those of the full
text, so hiding a word changes only its own window; a masked text of one window scores as the shortened text would.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from spex_core.arrays import FloatArray, IntArray
from spex_core.cpu import count_torch_workers, torch_workers
from spex_core.inputs.boundaries import Span
from spex_core.inputs.segmentation import check_texts
from spex_core.models.minilm.masking import Rows, windowed_rows
from spex_core.models.minilm.network import WIDTH, fastest
from spex_core.models.minilm.weights import CLS, SEP, load_tensors, load_tokenizer
from spex_core.models.minilm.windows import MAX_TOKENS, window_starts
from spex_core.models.shared import shared

if TYPE_CHECKING:
    from torch import Tensor

_BATCH_TOKENS = 1024  # per worker: enough to be efficient, few enough to stay in the cache
CALL_TOKENS = 6000  # per call of a value function: about a second on two slow cores
_MEMORY = 8192  # windows remembered per value function, 1.5 kB each

Memory = dict[bytes, FloatArray]


class Encoder:
    """The model, safe to use from several threads: calls take turns.

    Attributes:
        dtype: "fp32", or "bf16" where that is faster (see `network.fastest`).
    """

    def __init__(self, tensors: Mapping[str, Tensor] | None = None) -> None:
        """Load and check the model.

        Args:
            tensors: weights to use instead of the published ones, under the same names.

        Raises:
            ModelError: it is not installed, or is not the expected file.
        """
        self.tokenizer = load_tokenizer()
        self._workers = torch_workers()
        self._network = fastest(tensors or load_tensors(), lambda job: self._workers.submit(job).result())
        self._lock = threading.Lock()

    @property
    def dtype(self) -> str:
        """Precision of the matrix products."""
        return self._network.dtype

    @property
    def workers(self) -> int:
        """How many batches run at once."""
        return count_torch_workers()

    def embed(self, texts: Sequence[str]) -> FloatArray:
        """Embeddings of m texts, empty ones included: (m, 384) float64, each of length one.

        Raises:
            InputError: an entry is not a string, is too long, or holds half a character; names the entry.
        """
        check_texts(texts)
        return self.embed_rows([windowed_rows(self.tokenizer, text) for text in texts])

    def token_spans(self, text: str) -> list[tuple[int, int]]:
        """Character span of each token of `text`.

        Raises:
            TextError: the text is too long or holds half a character.
        """
        check_texts([text])
        return list(self.tokenizer.encode(text, add_special_tokens=False).offsets)

    def windows(self, text: str) -> list[Span]:
        """The pieces in which `text` is read: consecutive spans that cover it."""
        offsets = self.token_spans(text)
        begins = [0, *(offsets[start][0] for start in window_starts(text, offsets)[1:]), len(text)]
        return [Span(begin, end) for begin, end in pairwise(begins)]

    def embed_rows(self, texts: Sequence[Rows], memory: Memory | None = None) -> FloatArray:
        """Embeddings of m texts given as token ids per window: (m, 384) float64.

        Args:
            texts: windows without a token are passed over, unless a text has no other.
            memory: hidden-state sums of windows seen before, read and filled.
        """
        windows: list[IntArray] = []
        owners: list[int] = []
        for k, text in enumerate(texts):
            present = [part for row in text if len(row) for part in _bounded(row)] or [np.zeros(0, dtype=np.int64)]
            windows += present
            owners += [k] * len(present)
        total = np.zeros((len(texts), WIDTH))
        tokens = np.zeros(len(texts))
        np.add.at(total, owners, self._sums(windows, {} if memory is None else memory))
        np.add.at(tokens, owners, [len(row) + 2 for row in windows])
        mean = total / tokens[:, None]
        return np.asarray(mean / np.linalg.norm(mean, axis=1, keepdims=True))

    def _sums(self, windows: list[IntArray], memory: Memory) -> FloatArray:
        """Sum of the last hidden states of each window, [CLS] and [SEP] included: (r, 384) float64."""
        keys = [row.tobytes() for row in windows]
        distinct = {key: row for key, row in zip(keys, windows, strict=True) if key not in memory}
        found: Memory = {}
        for rows, sums in self._batches(list(distinct.values())):
            found.update((row.tobytes(), values) for row, values in zip(rows, sums, strict=True))
        result = np.array([found[key] if key in found else memory[key] for key in keys]).reshape(-1, WIDTH)
        for key, values in found.items():
            if len(memory) >= _MEMORY:
                break
            memory[key] = values
        return result

    def _batches(self, rows: list[IntArray]) -> list[tuple[list[IntArray], FloatArray]]:
        """Run the network on rows of equal length together, batches on parallel workers, the long ones first."""
        rows = sorted(rows, key=len, reverse=True)
        batches: list[list[IntArray]] = []
        for row in rows:
            room = batches and len(batches[-1][0]) == len(row)
            if room and (len(batches[-1]) + 1) * (len(row) + 2) <= _BATCH_TOKENS:
                batches[-1].append(row)
            else:
                batches.append([row])
        with self._lock:
            return list(zip(batches, self._workers.map(self._run, batches), strict=True))

    def _run(self, rows: list[IntArray]) -> FloatArray:
        import torch

        ids = np.empty((len(rows), len(rows[0]) + 2), dtype=np.int64)
        ids[:, 0], ids[:, -1] = CLS, SEP
        ids[:, 1:-1] = rows
        sums: FloatArray = self._network.sums(torch.from_numpy(ids)).double().numpy()
        return sums


def _bounded(row: IntArray) -> list[IntArray]:
    """A window in equal parts of at most `MAX_TOKENS`; more than one only where hiding added tokens."""
    return np.array_split(row, -(-len(row) // MAX_TOKENS))


def shared_encoder() -> Encoder:
    """The process's one encoder, loaded at first use.

    Raises:
        ModelError: see `Encoder`.
    """
    return shared.get("minilm", _no_check, Encoder)


def _no_check() -> None:
    """Its 90 MB fit wherever the app runs."""
