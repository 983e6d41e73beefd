"""What the backends on the embedded model share: a score read off an embedding, or log-odds between two texts."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from spex_core.arrays import BoolArray, FloatArray, ValueFunction
from spex_core.inputs.base import Masker
from spex_core.models.base import Backend
from spex_core.models.minilm.encoder import CALL_TOKENS, Encoder, Memory, shared_encoder
from spex_core.models.minilm.masking import MaskableText, MaskedText
from spex_core.models.minilm.weights import SHA256

# The model was trained to pick a text's partner by a softmax over 20 x cosine: this scale makes the difference the
# log-odds that its own training objective gives A against B.
SCALE = 20.0


class MiniLMBackend(Backend):
    """Base of the backends that read a score off the embedding."""

    modality: ClassVar[str] = "text"
    encoder: Encoder

    @property
    def fingerprint(self) -> str:
        """Digest of the published weights, which are checked against it when they are loaded. That it may compute in
        bf16 is left out: which is faster is measured, and a measurement must not make a pass paid for twice."""
        return f"minilm {SHA256['model.safetensors']}"

    @abstractmethod
    def readout(self, embeddings: FloatArray) -> FloatArray:
        """(m, 384) embeddings of length one -> (m,) scores."""

    def score(self, inputs: Sequence[str]) -> FloatArray:
        """Scores of m texts, empty ones included: (m,) float64.

        Raises:
            InputError: see `Encoder.embed`.
        """
        return self.readout(self.encoder.embed(inputs))

    def value_function(self, masker: Masker) -> ValueFunction:
        """Scores masks on token ids; a repeated mask returns the same bits."""
        if not isinstance(masker, MaskableText):
            return super().value_function(masker)
        text = MaskedText(self.encoder.tokenizer, masker)
        memory: Memory | None = {} if text.repeats else None

        def value(masks: BoolArray) -> FloatArray:
            rows = text.rows(np.asarray(masks, dtype=bool))
            return self.readout(self.encoder.embed_rows(rows, memory))

        return value

    def batch_size(self, masker: Masker) -> int:
        """8 to 256 masks, about a second's work on two slow cores; a function of the text alone."""
        if not isinstance(masker, MaskableText):
            return super().batch_size(masker)
        tokens = len(self.token_spans(masker.text)) * (0.5 if masker.masking == "removal" else 1) + 2
        return int(min(256, max(8, CALL_TOKENS // tokens // 8 * 8)))

    def token_spans(self, text: str) -> list[tuple[int, int]]:
        """Character span of each word piece."""
        return self.encoder.token_spans(text)


class BetweenTexts(MiniLMBackend):
    """Base of the backends that score 20 (cos(text, answer) - cos(text, against)).

    Attributes:
        ends: what a falling and a rising score mean.
    """

    unit = "log-odds"
    ends: ClassVar[tuple[str, str]]

    def __init__(self, answer: str, against: str) -> None:
        """Load the encoder and read both texts."""
        self.encoder = shared_encoder()
        near, far = self.encoder.embed([answer.strip(), against.strip()])
        self.toward = self.ends
        self._direction = np.asarray(SCALE * (near - far))

    def readout(self, embeddings: FloatArray) -> FloatArray:
        """(m, 384) -> (m,) log-odds."""
        return np.asarray(embeddings @ self._direction)
