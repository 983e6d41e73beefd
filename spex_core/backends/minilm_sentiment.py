"""minilm-sentiment: is the review positive or negative?"""

from __future__ import annotations

import numpy as np

from spex_core.arrays import FloatArray
from spex_core.minilm import MiniLMBackend, shared_encoder

POSITIVE = (
    "This movie is great.",
    "This film is a triumph.",
    "A very good movie, well worth seeing.",
    "I loved it.",
    "The acting is impressive and the story is moving.",
    "A delight from start to finish.",
    "a positive movie review, enthusiastic praise",
    "a great, wonderful, enjoyable film",
    "an excellent and touching movie that works beautifully",
    "smart, funny, charming and fresh",
    "I recommend this movie; it is a must-see",
    "a powerful and satisfying success",
)
NEGATIVE = (
    "This movie is awful.",
    "This film is a failure.",
    "A very bad movie, not worth seeing.",
    "I hated it.",
    "The acting is poor and the story is boring.",
    "A chore from start to finish.",
    "a negative movie review, harsh criticism",
    "a terrible, awful, unpleasant film",
    "a poor and lifeless movie that does not work at all",
    "stupid, unfunny, tiresome and stale",
    "avoid this movie; it is a waste of time",
    "a weak and disappointing failure",
)
# Logistic regression of the labels on the similarity difference, SST-2 training sentences (every third):
# `python benchmarks/minilm_calibration.py` prints both numbers and the accuracies.
SLOPE = 32.4
OFFSET = 0.2


class MiniLMSentiment(MiniLMBackend):
    """Mean cosine to twelve positive sentences minus that to twelve negative ones, scaled to log-odds."""

    name = "minilm-sentiment"
    title = "Review sentiment (MiniLM, built in)"
    summary = "Tells positive from negative reviews by comparing them with two dozen model sentences."
    unit = "log-odds"
    toward = ("negative", "positive")

    def __init__(self) -> None:
        """Load the encoder and read the model sentences."""
        self.encoder = shared_encoder()
        sentences = self.encoder.embed([*POSITIVE, *NEGATIVE])
        contrast = sentences[: len(POSITIVE)].mean(axis=0) - sentences[len(POSITIVE) :].mean(axis=0)
        self._direction = np.asarray(SLOPE * contrast)

    def readout(self, embeddings: FloatArray) -> FloatArray:
        """(m, 384) -> (m,) log-odds of positive."""
        return np.asarray(embeddings @ self._direction + OFFSET)
