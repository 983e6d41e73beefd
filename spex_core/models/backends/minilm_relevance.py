"""minilm-relevance: how relevant is the document to a query?"""

from __future__ import annotations

import numpy as np

from spex_core.arrays import FloatArray
from spex_core.models.base import Option
from spex_core.models.minilm.backend import MiniLMBackend
from spex_core.models.minilm.encoder import shared_encoder


class MiniLMRelevance(MiniLMBackend):
    """100 cos(document, query), what a retrieval system that uses this encoder ranks by."""

    name = "minilm-relevance"
    title = "Relevance to a query (MiniLM, built in)"
    summary = "Scores how well the text matches a search query or question, as semantic search does."
    options = (Option("query", "Query", required=True, help="the question or search words"),)
    unit = "cosine × 100"
    toward = ("off topic", "relevant to the query")

    def __init__(self, query: str) -> None:
        """Load the encoder and read the query."""
        self.encoder = shared_encoder()
        self._direction = np.asarray(100.0 * self.encoder.embed([query.strip()])[0])

    def readout(self, embeddings: FloatArray) -> FloatArray:
        """(m, 384) -> (m,) cosine × 100."""
        return np.asarray(embeddings @ self._direction)
