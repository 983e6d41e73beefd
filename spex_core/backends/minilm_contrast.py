"""minilm-contrast: is the text closer to A than to B?"""

from __future__ import annotations

import numpy as np

from spex_core.arrays import FloatArray
from spex_core.minilm import MiniLMBackend, shared_encoder
from spex_core.protocols import Option

# The model was trained to pick a text's partner by a softmax over 20 x cosine: this scale makes the difference the
# log-odds that its own training objective gives A against B.
SCALE = 20.0


class MiniLMContrast(MiniLMBackend):
    """20 (cos(text, A) - cos(text, B)): the log-odds of A against B in the model's own training objective."""

    name = "minilm-contrast"
    title = "Closer to A than to B (MiniLM, built in)"
    summary = "Compares the text's meaning with two descriptions that you type."
    options = (
        Option("answer", "Description A", required=True, help="a sentence that the text may be close to"),
        Option("against", "Description B", required=True, help="a sentence to compare it with"),
    )
    unit = "log-odds"

    def __init__(self, answer: str, against: str) -> None:
        """Load the encoder and read both descriptions."""
        self.encoder = shared_encoder()
        ends = self.encoder.embed([answer.strip(), against.strip()])
        self.toward = ("closer to B", "closer to A")
        self._direction = np.asarray(SCALE * (ends[0] - ends[1]))

    def readout(self, embeddings: FloatArray) -> FloatArray:
        """(m, 384) -> (m,) log-odds."""
        return np.asarray(embeddings @ self._direction)
