"""Between two texts: the log-odds that the embedded model's own training objective gives one against the other."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from spex_core.arrays import FloatArray
from spex_core.minilm import MiniLMBackend, shared_encoder

# The model was trained to pick a text's partner by a softmax over 20 x cosine: this scale makes the difference the
# log-odds that its own training objective gives A against B.
SCALE = 20.0


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
