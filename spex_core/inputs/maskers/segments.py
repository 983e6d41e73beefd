"""A picture as features: its segments, and the words of the question about it."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from spex_core.arrays import BoolArray
from spex_core.errors import InputError
from spex_core.inputs.maskers.picture import PictureMasker
from spex_core.inputs.segments import Segments

if TYPE_CHECKING:
    from PIL.Image import Image


class SegmentMasker(PictureMasker):
    """Draws a picture with some of its segments hidden.

    Attributes:
        segments: which segment each pixel belongs to.
    """

    name = "segments"

    def __init__(
        self,
        image: Image,
        segments: Segments,
        masking: str = "blur",
        question: str = "",
        mask_token: str = "[UNK]",
    ) -> None:
        """Lay the segments over the picture.

        Args:
            image: RGB, as `pictures.as_picture` gives it.
            segments: of this picture, see `superpixels.cut`.
            masking: one of `pictures.MASKINGS`.
            question: the question, where its words are features.
            mask_token: stands for a hidden word.

        Raises:
            InputError: an unknown masking, segments finer than the pixels, more than 1,024 features (TextError: the
                question cannot be cut into words).
        """
        super().__init__(image, masking, question, mask_token)
        self.segments = segments
        self._name(segments.names, f"a cut into {segments.count} segments", "use fewer segments")
        if segments.width > image.width or segments.height > image.height:
            raise InputError(
                f"a map of segments of {segments.width} x {segments.height} is finer than a picture of "
                f"{image.width} x {image.height} pixels"
            )

    @cached_property
    def _over(self) -> npt.NDArray[np.uint16]:
        """(h, w): the segment of each pixel."""
        return self.segments.over(self.image.size)

    @property
    def patch_side(self) -> float:
        """The side of a square as large as the largest segment."""
        return float(np.sqrt(np.bincount(self._over.ravel()).max()))

    def _picture(self, mask: BoolArray) -> Image:
        from PIL import Image

        kept = Image.fromarray((mask * np.uint8(255))[self._over])
        return Image.composite(self.image, self._hidden, kept)
