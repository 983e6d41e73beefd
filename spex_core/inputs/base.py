"""What cuts an input into features and builds it again under a mask."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar

import numpy as np

from spex_core.arrays import BoolArray

MAX_FEATURES = 1024


class Masker(ABC):
    """Cuts one input into features and builds masked inputs.

    Attributes:
        text: the text that is cut into features, "" where the input is none.
        masking: how a feature is hidden, "" where there is one way only.
        mask_token: what a hidden word is replaced by, "" where none is written.
    """

    name: ClassVar[str]
    text: str = ""
    masking: str = ""
    mask_token: str = ""

    @property
    @abstractmethod
    def labels(self) -> list[str]:
        """Text of each feature in order; position, not text, is a feature's identity."""

    @property
    def n_features(self) -> int:
        """Number of features."""
        return len(self.labels)

    @property
    def whole(self) -> Any:
        """The input with nothing hidden, as `apply` gives it."""
        return self.apply(np.ones((1, self.n_features), dtype=bool))[0]

    @property
    def input_bytes(self) -> int:
        """What one masked input takes in memory, 0 where that is too little to count."""
        return 0

    @abstractmethod
    def apply(self, masks: BoolArray) -> list[Any]:
        """Masked inputs, one per row of (m, n) `masks`; all-kept gives the original exactly."""
