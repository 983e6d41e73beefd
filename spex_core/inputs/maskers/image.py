"""A picture as features: the cells of a grid, and the words of the question about it."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from spex_core.arrays import BoolArray, check_masks
from spex_core.errors import InputError, PictureError, closest
from spex_core.inputs.base import MAX_FEATURES, Masker
from spex_core.inputs.boundaries import Span
from spex_core.inputs.pictures import MASKINGS, PictureQuestion, check_grid, patch_name
from spex_core.inputs.segmentation import segment

if TYPE_CHECKING:
    from PIL.Image import Image

_GREY = 128
_BLUR = 1 / 12  # of the diagonal, and at least
_CELL_BLUR = 5 / 6  # of a cell's longer side (the same on the default grid), so that no object of one cell survives


class ImageMasker(Masker):
    """Cuts a picture into a grid of cells and draws it with some of them hidden.

    Attributes:
        image: the original, RGB.
        grid: (columns, rows).
        masking: what stands in a hidden cell: "blur", the whole picture blurred; "mean", its mean colour; "grey".
        question: whose words are features too, "" for none.
        spans: character span of each of those words.
        mask_token: what stands for a hidden word.
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
        if masking not in MASKINGS:
            raise InputError(f"masking={masking!r} does not exist; {closest(masking, MASKINGS)}")
        if image.mode != "RGB":
            raise PictureError(f"the picture is {image.mode}, not RGB; bring it to RGB with pictures.as_picture")
        self.image = image
        self.grid = check_grid(grid, image.size)
        self.masking = masking
        self.question = question
        self.mask_token = mask_token
        self.spans: list[Span] = segment(question, "word") if question else []
        columns, rows = self.grid
        count = columns * rows + len(self.spans)
        if count > MAX_FEATURES:
            words = f" and {len(self.spans)} words" if self.spans else ""
            raise InputError(
                f"a grid of {columns} x {rows}{words} makes {count:,} features, above the limit of {MAX_FEATURES:,}; "
                "use a coarser grid"
            )
        self._edges = _edges(image.width, columns), _edges(image.height, rows)
        names = [patch_name(row, column) for row in range(rows) for column in range(columns)]
        self._words = [question[start:end] for start, end in self.spans]
        self._labels = names + self._words
        at = [0, *(position for span in self.spans for position in span), len(question)]
        self._gaps = [question[a:b] for a, b in zip(at[::2], at[1::2], strict=True)]

    @property
    def labels(self) -> list[str]:
        """Name of each cell, then each word of the question."""
        return list(self._labels)

    @property
    def patches(self) -> int:
        """Number of cells: features 0 to patches - 1."""
        return self.grid[0] * self.grid[1]

    @property
    def input_bytes(self) -> int:
        """Four bytes per pixel, as Pillow holds RGB."""
        return 4 * self.image.width * self.image.height

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

    def apply(self, masks: BoolArray) -> list[Image] | list[PictureQuestion]:
        """Masked pictures, one per row of (m, n) `masks`, with their masked questions where words are features.

        All kept gives the original pixels exactly.

        Raises:
            ValueError: the masks do not have n columns.
        """
        rows = check_masks(masks, self.n_features)
        pictures = self.pictures(rows[:, : self.patches])
        if not self.spans:
            return pictures
        asked = [self._question(mask) for mask in rows[:, self.patches :]]
        return [PictureQuestion(picture, question) for picture, question in zip(pictures, asked, strict=True)]

    def pictures(self, masks: BoolArray) -> list[Image]:
        """Masked pictures alone, one per row of (m, patches) `masks`."""
        return [self._picture(mask) for mask in masks]

    def _picture(self, mask: BoolArray) -> Image:
        few_kept = mask.mean() < 0.5
        picture = (self._hidden if few_kept else self.image).copy()
        cells = self._kept_cells if few_kept else self._hidden_cells
        for patch in np.flatnonzero(mask == few_kept).tolist():
            picture.paste(cells[patch], self.cell_box(patch))
        return picture

    def _question(self, mask: BoolArray) -> str:
        words = [word if kept else self.mask_token for word, kept in zip(self._words, mask.tolist(), strict=True)]
        return self._gaps[0] + "".join(word + gap for word, gap in zip(words, self._gaps[1:], strict=True))

    @cached_property
    def _hidden(self) -> Image:
        """The picture with every cell hidden."""
        from PIL import Image, ImageFilter

        if self.masking == "blur":
            cell = max(size / cells for size, cells in zip(self.image.size, self.grid, strict=True))
            radius = max(_BLUR * float(np.hypot(*self.image.size)), _CELL_BLUR * cell)
            return self.image.filter(ImageFilter.GaussianBlur(radius))
        colour = np.full(3, _GREY) if self.masking == "grey" else np.asarray(self.image).mean(axis=(0, 1)).round()
        red, green, blue = (int(value) for value in colour)
        return Image.new("RGB", self.image.size, (red, green, blue))

    @cached_property
    def _kept_cells(self) -> list[Image]:
        return [self.image.crop(self.cell_box(patch)) for patch in range(self.patches)]

    @cached_property
    def _hidden_cells(self) -> list[Image]:
        return [self._hidden.crop(self.cell_box(patch)) for patch in range(self.patches)]


def _edges(length: int, parts: int) -> list[int]:
    """parts + 1 rising pixel positions from 0 to `length`, as even as whole pixels allow."""
    return [round(k * length / parts) for k in range(parts + 1)]
