"""Masks that a run wants evaluated, and masked passes that were paid for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from spex_core.arrays import BoolArray, FloatArray, IntArray

if TYPE_CHECKING:
    from spex_core.subsampling import CodedLayout, CubeLayout

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


@dataclass(frozen=True, eq=False)
class Plan:
    """Which masks a run wants evaluated, beside all kept, all hidden and those set aside as unseen.

    Attributes:
        masks: (m, n) bool, distinct rows.
        layout: how those of them that are coded can be decoded (None: they can't).
        notes: sentences a person should read about choices made (never downgrade in silence).
    """

    masks: BoolArray
    layout: CodedLayout | CubeLayout | None = None
    notes: tuple[str, ...] = ()
