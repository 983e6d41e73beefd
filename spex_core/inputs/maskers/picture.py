"""A picture cut into patches, whatever these are, and the words of the question about it."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from spex_core.arrays import BoolArray, check_masks
from spex_core.errors import InputError, PictureError, closest
from spex_core.inputs.base import MAX_FEATURES, Masker
from spex_core.inputs.boundaries import Span
from spex_core.inputs.pictures import MASKINGS, PictureQuestion
from spex_core.inputs.segmentation import segment

if TYPE_CHECKING:
    from PIL.Image import Image

_GREY = 128
_BLUR = 1 / 12  # of the diagonal, and at least
_PATCH_BLUR = 5 / 6  # of a patch's longer side (the same on the default grid), so that no object of one patch survives


class PictureMasker(Masker):
    """Draws a picture with some of its patches hidden; how it is cut, a subclass says.

    Attributes:
        image: the original, RGB.
        patches: how many there are: features 0 to patches - 1.
        masking: what stands in a hidden patch: "blur", the whole picture blurred; "mean", its mean colour; "grey".
        question: whose words are features too, "" for none.
        spans: character span of each of those words.
        mask_token: what stands for a hidden word.
    """

    def __init__(self, image: Image, masking: str, question: str, mask_token: str) -> None:
        """Take the picture, and cut the question.

        Raises:
            InputError: an unknown masking, or a picture that is not RGB (TextError: the question cannot be cut into
                words).
        """
        if masking not in MASKINGS:
            raise InputError(f"masking={masking!r} does not exist; {closest(masking, MASKINGS)}")
        if image.mode != "RGB":
            raise PictureError(f"the picture is {image.mode}, not RGB; bring it to RGB with pictures.as_picture")
        self.image = image
        self.masking = masking
        self.question = question
        self.mask_token = mask_token
        self.spans: list[Span] = segment(question, "word") if question else []
        self._words = [question[start:end] for start, end in self.spans]
        at = [0, *(position for span in self.spans for position in span), len(question)]
        self._gaps = [question[a:b] for a, b in zip(at[::2], at[1::2], strict=True)]

    def _name(self, patches: Sequence[str], cut: str, fewer: str) -> None:
        """Take the names of the patches.

        Args:
            patches: their names.
            cut: how the picture is cut, as the subject of a sentence in the singular.
            fewer: what to do where these are too many features.

        Raises:
            InputError: more than 1,024 features.
        """
        self.patches = len(patches)
        self._labels = [*patches, *self._words]
        if len(self._labels) > MAX_FEATURES:
            words = f" and {len(self.spans)} words" if self.spans else ""
            raise InputError(
                f"{cut}{words} makes {len(self._labels):,} features, above the limit of {MAX_FEATURES:,}; {fewer}"
            )

    @property
    def labels(self) -> list[str]:
        """Name of each patch, then each word of the question."""
        return list(self._labels)

    @property
    def input_bytes(self) -> int:
        """Four bytes per pixel, as Pillow holds RGB."""
        return 4 * self.image.width * self.image.height

    @property
    @abstractmethod
    def patch_side(self) -> float:
        """About how long the longer side of a large patch is, in pixels."""

    @abstractmethod
    def _picture(self, mask: BoolArray) -> Image:
        """The picture under one mask of its patches."""

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

    def _question(self, mask: BoolArray) -> str:
        words = [word if kept else self.mask_token for word, kept in zip(self._words, mask.tolist(), strict=True)]
        return self._gaps[0] + "".join(word + gap for word, gap in zip(words, self._gaps[1:], strict=True))

    @cached_property
    def _hidden(self) -> Image:
        """The picture with every patch hidden."""
        from PIL import Image, ImageFilter

        if self.masking == "blur":
            radius = max(_BLUR * float(np.hypot(*self.image.size)), _PATCH_BLUR * self.patch_side)
            return self.image.filter(ImageFilter.GaussianBlur(radius))
        colour = np.full(3, _GREY) if self.masking == "grey" else np.asarray(self.image).mean(axis=(0, 1)).round()
        red, green, blue = (int(value) for value in colour)
        return Image.new("RGB", self.image.size, (red, green, blue))
