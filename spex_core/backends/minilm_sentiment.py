"""minilm-sentiment: is the review positive or negative?"""

from __future__ import annotations

import threading
from functools import lru_cache
from pathlib import Path

import numpy as np

from spex_core.arrays import FloatArray
from spex_core.errors import ModelError
from spex_core.minilm import Encoder, MiniLMBackend
from spex_core.minilm_weights import load_tensors

WEIGHTS = Path(__file__).parents[2] / "assets" / "minilm-sentiment" / "model.safetensors"
_loading = threading.Lock()


class MiniLMSentiment(MiniLMBackend):
    """MiniLM with its upper layers fine-tuned on SST-2 sentences, and a linear head; see its card under assets."""

    name = "minilm-sentiment"
    title = "Review sentiment (MiniLM, built in)"
    summary = "Tells positive from negative reviews: the built-in encoder, trained further on sentences from reviews."
    unit = "log-odds"
    toward = ("negative", "positive")

    def __init__(self) -> None:
        """Load the encoder with its trained layers, or share the copy that is loaded.

        Raises:
            ModelError: the trained layers are not there, or MiniLM itself is not installed.
        """
        with _loading:
            self.encoder, self._weight, self._bias = _load(WEIGHTS)

    def readout(self, embeddings: FloatArray) -> FloatArray:
        """(m, 384) -> (m,) log-odds of positive."""
        return np.asarray(embeddings @ self._weight + self._bias)


@lru_cache(maxsize=1)
def _load(path: Path) -> tuple[Encoder, FloatArray, float]:
    """The encoder, and weights (384,) and bias of the head."""
    from safetensors.torch import load_file

    if not path.exists():
        raise ModelError("the trained layers (assets/minilm-sentiment) are not installed; use a full checkout")
    trained = {name: value.float() for name, value in load_file(path).items()}
    weight, bias = trained.pop("head.weight"), trained.pop("head.bias")
    return Encoder({**load_tensors(), **trained}), weight.double().numpy(), float(bias)
