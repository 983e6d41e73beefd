"""A picture as features: the cells of a grid, and the words of the question about it."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from spex_core.arrays import BoolArray
from spex_core.inputs.maskers.picture import PictureMasker
from spex_core.inputs.pictures import check_grid, patch_name

if TYPE_CHECKING:
    from PIL.Image import Image


class ImageMasker(PictureMasker):
    """Cuts a picture into a grid of cells and draws it with some of them hidden.

    Attributes:
        grid: (columns, rows).
    """

    name = "image"

    def __init__(
        self,
        image: Image,
        grid: tuple[int, int] = (8, 6),
        masking: str = "blur",
        question: str = "",
        mask_token: str = "[UNK]",
    ) -> None:
        """Lay the grid.

        Args:
            image: RGB, as `pictures.as_picture` gives it.
            grid: (columns, rows), each 1 to 64; a cell is at least one pixel.
            masking: one of `pictures.MASKINGS`.
            question: the question, where its words are features.
            mask_token: stands for a hidden word.

        Raises:
            InputError: an unknown masking, a grid out of range or finer than the pixels, more than 1,024 features
                (TextError: the question cannot be cut into words).
        """
        super().__init__(image, masking, question, mask_token)
        self.grid = check_grid(grid, image.size)
        columns, rows = self.grid
        names = [patch_name(row, column) for row in range(rows) for column in range(columns)]
        self._name(names, f"a grid of {columns} x {rows}", "use a coarser grid")
        self._edges = _edges(image.width, columns), _edges(image.height, rows)

    def edges(self, axis: int) -> list[int]:
        """Rising pixel positions of the cells' sides, those of the picture included: 0 for across, 1 for down."""
        return list(self._edges[axis])

    def cell_box(self, patch: int) -> tuple[int, int, int, int]:
        """(left, top, right, bottom) of a cell in pixels, right and bottom not included.

        Raises:
            IndexError: no such cell.
        """
        if not 0 <= patch < self.patches:
            raise IndexError(f"patch {patch} of {self.patches}")
        row, column = divmod(patch, self.grid[0])
        across, down = self._edges
        return across[column], down[row], across[column + 1], down[row + 1]

    @property
    def patch_side(self) -> float:
        """A cell's longer side."""
        return max(size / cells for size, cells in zip(self.image.size, self.grid, strict=True))

    def _picture(self, mask: BoolArray) -> Image:
        few_kept = mask.mean() < 0.5
        picture = (self._hidden if few_kept else self.image).copy()
        cells = self._kept_cells if few_kept else self._hidden_cells
        for patch in np.flatnonzero(mask == few_kept).tolist():
            picture.paste(cells[patch], self.cell_box(patch))
        return picture

    @cached_property
    def _kept_cells(self) -> list[Image]:
        return [self.image.crop(self.cell_box(patch)) for patch in range(self.patches)]

    @cached_property
    def _hidden_cells(self) -> list[Image]:
        return [self._hidden.crop(self.cell_box(patch)) for patch in range(self.patches)]


def _edges(length: int, parts: int) -> list[int]:
    """parts + 1 rising pixel positions from 0 to `length`, as even as whole pixels allow."""
    return [round(k * length / parts) for k in range(parts + 1)]
