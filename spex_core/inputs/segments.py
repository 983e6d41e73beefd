"""A picture's segments: which of them each of its pixels belongs to.

Segments are a small map of labels that lies over the picture, however large that is: as data they outlive the library
that drew them (`inputs.superpixels`), and masks, boxes and outlines follow from them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from spex_core.arrays import IntArray
from spex_core.errors import InputError, check_whole
from spex_core.inputs.base import MAX_FEATURES

MAX_MAP = 320
"""Longest side of a map, in its own pixels."""


@dataclass(frozen=True)
class Segments:
    """A map of labels.

    Attributes:
        wanted: how many segments were asked for; `count` is how many there are.
        width, height: of the map, in its own pixels.
        runs: row by row, (label, length) of each stretch of one label, one after the other.
    """

    wanted: int
    width: int
    height: int
    runs: tuple[int, ...]

    @classmethod
    def of(cls, labels: IntArray, wanted: int) -> Segments:
        """Those of an (h, w) array of labels 0 to n - 1."""
        flat = labels.ravel()
        starts = np.flatnonzero(np.r_[True, flat[1:] != flat[:-1]])
        lengths = np.diff(np.r_[starts, flat.size])
        height, width = labels.shape
        return cls(wanted, width, height, tuple(np.stack([flat[starts], lengths], axis=1).ravel().tolist()))

    @classmethod
    def read(cls, data: Any) -> Segments:
        """Those of `data()`, which anybody may have written.

        Raises:
            InputError: not such data: too large, not as many pixels, a label that is left out or in pieces.
        """
        if not isinstance(data, Mapping) or not isinstance(data.get("runs"), list):
            raise InputError("the segments are not a map of labels")
        wanted = check_whole("segments", data.get("wanted"), 1, MAX_FEATURES)
        width = check_whole("the width of the segments' map", data.get("width"), 1, MAX_MAP)
        height = check_whole("the height of the segments' map", data.get("height"), 1, MAX_MAP)
        runs, pixels = data["runs"], width * height
        if len(runs) % 2 or len(runs) > 2 * pixels:
            raise InputError("the segments' map is not made of labels and lengths")
        if any(type(number) is not int or not 0 <= number <= pixels for number in runs):
            raise InputError(f"the segments' map holds something else than whole numbers from 0 to {pixels:,}")
        labels, lengths = runs[::2], runs[1::2]
        if min(lengths, default=0) < 1 or sum(lengths) != pixels:
            raise InputError(f"the segments' map does not have {width} x {height} pixels")
        known = set(labels)
        if known != set(range(len(known))):
            raise InputError(f"of {max(known) + 1:,} segments only {len(known):,} are on the map")
        if len(known) > MAX_FEATURES:
            raise InputError(f"{len(known):,} segments are above the limit of {MAX_FEATURES:,} features")
        segments = cls(wanted, width, height, tuple(runs))
        if segments.pieces() != len(known):
            raise InputError("a segment of the map is in several pieces")
        return segments

    def data(self) -> dict[str, Any]:
        """Plain data for a file."""
        return {"wanted": self.wanted, "width": self.width, "height": self.height, "runs": list(self.runs)}

    @cached_property
    def labels(self) -> IntArray:
        """(height, width): the segment of each pixel of the map."""
        return np.repeat(self.runs[::2], self.runs[1::2]).reshape(self.height, self.width)

    def pieces(self) -> int:
        """How many connected areas of one label there are, each pixel touching its neighbours by a side."""
        from scipy.sparse import coo_array
        from scipy.sparse.csgraph import connected_components

        labels, at = self.labels, np.arange(self.width * self.height).reshape(self.height, self.width)
        across, down = labels[:, 1:] == labels[:, :-1], labels[1:] == labels[:-1]
        ends = np.r_[at[:, :-1][across], at[:-1][down]], np.r_[at[:, 1:][across], at[1:][down]]
        graph = coo_array((np.ones(len(ends[0]), dtype=np.int8), ends), shape=(at.size, at.size))
        return int(connected_components(graph, directed=False, return_labels=False))

    @property
    def count(self) -> int:
        """How many there are."""
        return max(self.runs[::2]) + 1

    @property
    def names(self) -> list[str]:
        """ "S1", "S2", ... in the order of their labels."""
        return [segment_name(at) for at in range(self.count)]

    @property
    def digest(self) -> str:
        """Short name of the map itself, whatever was asked for."""
        data = repr((self.width, self.height, self.runs))
        return hashlib.sha256(data.encode()).hexdigest()[:32]

    def over(self, size: tuple[int, int]) -> npt.NDArray[np.uint16]:
        """The segment of each pixel of a picture of (width, height): (height, width)."""
        across, down = (
            np.arange(pixels) * side // pixels for pixels, side in zip(size, (self.width, self.height), strict=True)
        )
        return self.labels.astype(np.uint16)[down[:, None], across]


def segment_name(position: int) -> str:
    """What the segment at a position is called: "S1" is the first."""
    return f"S{position + 1}"
