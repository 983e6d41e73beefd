"""Named array types: what an array holds and which shape it has."""

from __future__ import annotations

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
