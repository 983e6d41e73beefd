"""minilm-sentiment: is the review positive or negative?"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from spex_core.arrays import FloatArray
from spex_core.errors import ModelError
from spex_core.models.folders import file_digest
from spex_core.models.minilm.backend import MiniLMBackend
from spex_core.models.minilm.encoder import Encoder
from spex_core.models.minilm.weights import load_tensors
from spex_core.models.shared import shared
from spex_core.plugins import ASSETS

WEIGHTS = ASSETS / "models" / "minilm-sentiment" / "model.safetensors"


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
        self._trained = shared.get(("minilm-sentiment", WEIGHTS), _check, lambda: _load(WEIGHTS))
        self.encoder = self._trained.encoder

    @property
    def fingerprint(self) -> str:
        """Also the digest of the trained layers."""
        return f"{super().fingerprint} {self._trained.digest}"

    def readout(self, embeddings: FloatArray) -> FloatArray:
        """(m, 384) -> (m,) log-odds of positive."""
        return np.asarray(embeddings @ self._trained.weight + self._trained.bias)


@dataclass(frozen=True, eq=False)
class _Trained:
    """The encoder, weights (384,) and bias of the head, and the digest of the file they are from."""

    encoder: Encoder
    weight: FloatArray
    bias: float
    digest: str


def _check() -> None:
    """Its 90 MB fit wherever the app runs."""
    if not WEIGHTS.exists():
        raise ModelError("the trained layers (assets/models/minilm-sentiment) are not installed; use a full checkout")


def _load(path: Path) -> _Trained:
    from safetensors.torch import load_file

    digest = file_digest(path)
    trained = {name: value.float() for name, value in load_file(path).items()}
    weight, bias = trained.pop("head.weight"), trained.pop("head.bias")
    return _Trained(Encoder({**load_tensors(), **trained}), weight.double().numpy(), float(bias), digest)
