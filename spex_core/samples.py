"""Masked passes that were paid for: masks and the model's values on them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spex_core.arrays import BoolArray, FloatArray, IntArray

ANCHORS = 2
"""All kept and all hidden: rows 0 and 1 of the samples of every fit."""


@dataclass(frozen=True, eq=False)
class Samples:
    """Distinct masks and their values.

    Attributes:
        masks: (m, n) bool, True = feature kept.
        values: (m,) float64, the model's scalar output on each row.
    """

    masks: BoolArray
    values: FloatArray

    def __post_init__(self) -> None:
        if self.masks.ndim != 2 or self.values.shape != (self.masks.shape[0],):
            raise ValueError(f"masks {self.masks.shape} and values {self.values.shape} do not match")

    def __len__(self) -> int:
        return len(self.values)

    def take(self, rows: IntArray | BoolArray) -> Samples:
        """The samples at `rows` (positions or a boolean selection)."""
        return Samples(self.masks[rows], self.values[rows])

    @staticmethod
    def empty(n_features: int) -> Samples:
        """No samples of `n_features` features."""
        return Samples(np.zeros((0, n_features), dtype=bool), np.zeros(0))
