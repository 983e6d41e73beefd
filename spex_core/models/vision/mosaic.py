"""Masked pictures at the size that a model reads, put together from a few resized ones: the same bytes, much sooner.

A pixel of a reduced picture comes from a small neighbourhood of the original, so one near the corner where four cells
of the grid meet depends on which of these four are hidden, and on nothing else. Number the cells 0 to 3 by the parity
of row and column: at each corner of the grid all four numbers meet. So the 16 pictures in which the cells of each
subset of the numbers are hidden, resized as they are, hold every pixel that any mask can give, and a mask's picture is
pieced together from them, cut halfway between the corners.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from spex_core.arrays import BoolArray
from spex_core.inputs.maskers.image import ImageMasker
from spex_core.inputs.maskers.picture import PictureMasker

if TYPE_CHECKING:
    from PIL.Image import Image

Bytes = NDArray[np.uint8]
_REACH = 3  # pixels of the target, or of a smaller original, that a bicubic filter looks aside (2), and a spare one


class Mosaic:
    """Resized masked pictures of one masker.

    Args:
        masker: a picture and its grid or segments.
        side: pixels along each side of what comes out.
        resample: a Pillow filter that reaches no further than bicubic.

    Attributes:
        quick: whether they are pieced together; segments, and cells too small for that, are masked and resized one by
            one.
    """

    def __init__(self, masker: PictureMasker, side: int, resample: int) -> None:
        self._masker, self._side, self._resample = masker, side, resample
        self.quick = False
        if not isinstance(masker, ImageMasker):
            return
        cuts = [_cuts(masker.edges(axis), masker.image.size[axis], side) for axis in (0, 1)]
        self.quick = all(cut is not None for cut in cuts)
        if not self.quick:
            return
        columns, rows = masker.grid
        numbers = (np.arange(rows)[:, None] % 2 * 2 + np.arange(columns) % 2).ravel()
        kept = [[bool(which >> number & 1) for number in range(4)] for which in range(16)]
        patterns = masker.pictures(np.array(kept, dtype=bool)[:, numbers])
        self._patterns: Bytes = np.stack([self._resized(picture) for picture in patterns])
        across, down = cuts
        assert across is not None
        assert down is not None
        # Each piece: where it is, and the cells (up to four) around its corner with the bits of their numbers.
        self._pieces = []
        for row, (top, bottom) in enumerate(pairwise(down)):
            for column, (left, right) in enumerate(pairwise(across)):
                cells = [
                    (row - 1 + r) * columns + column - 1 + c
                    for r in (0, 1)
                    for c in (0, 1)
                    if 0 <= row - 1 + r < rows and 0 <= column - 1 + c < columns
                ]
                self._pieces.append((slice(top, bottom), slice(left, right), cells, 1 << numbers[cells]))

    def __call__(self, masks: BoolArray) -> Bytes:
        """(m, side, side, 3) of (m, patches) masks."""
        if not self.quick:
            return np.stack([self._resized(picture) for picture in self._masker.pictures(masks)])
        made = np.empty((len(masks), self._side, self._side, 3), dtype=np.uint8)
        for down, across, cells, bits in self._pieces:
            made[:, down, across] = self._patterns[(masks[:, cells] * bits).sum(1), down, across]
        return made

    def _resized(self, picture: Image) -> Bytes:
        return resized(picture, self._side, self._resample)


def resized(picture: Image, side: int, resample: int) -> Bytes:
    """(side, side, 3) of a picture, its sides squeezed."""
    return np.asarray(picture.convert("RGB").resize((side, side), resample))


def _cuts(edges: list[int], size: int, side: int) -> list[int] | None:
    """0, halfway between each two edges of cells, `side`, in pixels of the target; None where cells are too small."""
    scale = side / size
    reach = _REACH * max(1.0, scale)
    middles = [(a + b) / 2 * scale for a, b in pairwise(edges)]
    narrow = any((b - a) / 2 * scale < reach for a, b in pairwise(edges))
    return None if narrow else [0, *(round(middle) for middle in middles), side]
