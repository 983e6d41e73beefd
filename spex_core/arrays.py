"""What all the rest stands on: named array types with their shapes, masked passes, set functions."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

BoolArray: TypeAlias = npt.NDArray[np.bool_]
FloatArray: TypeAlias = npt.NDArray[np.float64]
IntArray: TypeAlias = npt.NDArray[np.int64]
WordArray: TypeAlias = npt.NDArray[np.uint64]
"""Bits packed into integers."""

Support: TypeAlias = tuple[int, ...]
"""Sorted feature positions of one interaction; ``()`` is the constant."""


ValueFunction: TypeAlias = Callable[[BoolArray], FloatArray]
"""(m, n) bool masks, True = kept -> (m,) float64 finite values."""

Pieces: TypeAlias = Generator[tuple[IntArray, FloatArray], None, None]
"""Rows of some masks, and their values, a few at a time and each row once."""


class Piecewise:
    """A set function whose values come one by one, each paid for: what has come is kept whatever becomes of the rest.

    Args:
        pieces: (m, n) masks, and a function that is asked between two pieces -> the pieces. Once that function says
            True nothing more is begun, and what is under way comes last. A piece counts as kept when the next one is
            asked for.
    """

    def __init__(self, pieces: Callable[[BoolArray, Callable[[], bool]], Pieces]) -> None:
        self.pieces = pieces

    def __call__(self, masks: BoolArray) -> FloatArray:
        """All values at once, as of any other value function."""
        values = np.full(len(masks), np.nan)
        for rows, found in self.pieces(masks, lambda: False):
            values[rows] = found
        return values


def check_masks(masks: BoolArray, n_features: int) -> BoolArray:
    """`masks` as a (m, n) bool array.

    Raises:
        ValueError: wrong number of dimensions or columns, or entries that are not 0/1.
    """
    array = np.asarray(masks)
    if array.ndim != 2 or array.shape[1] != n_features:
        raise ValueError(f"masks of shape {array.shape} do not fit {n_features} features; pass shape (m, {n_features})")
    if array.dtype != bool:
        if not np.isin(array, (0, 1)).all():
            raise ValueError("masks must hold booleans, or zeros and ones")
        array = array.astype(bool)
    return array


ANCHORS = 2
"""All kept and all hidden: rows 0 and 1 of the samples of every fit."""


@dataclass(frozen=True, eq=False)
class Samples:
    """Distinct masks and their values.

    Attributes:
        masks: (m, n) bool, True = feature kept.
        values: (m,) float64, the model's scalar output on each row.
        weights: (m,) positive, how much each value says of the function beside the others; None where all say as much.
    """

    masks: BoolArray
    values: FloatArray
    weights: FloatArray | None = None

    def __post_init__(self) -> None:
        if self.masks.ndim != 2 or self.values.shape != (self.masks.shape[0],):
            raise ValueError(f"masks {self.masks.shape} and values {self.values.shape} do not match")
        if self.weights is not None and self.weights.shape != self.values.shape:
            raise ValueError(f"weights {self.weights.shape} and values {self.values.shape} do not match")

    def __len__(self) -> int:
        return len(self.values)

    def take(self, rows: IntArray | BoolArray) -> Samples:
        """The samples at `rows` (positions or a boolean selection)."""
        return Samples(self.masks[rows], self.values[rows], None if self.weights is None else self.weights[rows])

    def with_values(self, values: FloatArray) -> Samples:
        """The same rows with other values."""
        return replace(self, values=values)

    @staticmethod
    def empty(n_features: int) -> Samples:
        """No samples of `n_features` features."""
        return Samples(np.zeros((0, n_features), dtype=bool), np.zeros(0))
