"""Where an explanation comes from: the text or the picture behind a run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, TypeAlias

from spex_core.inputs.pictures import png_bytes

if TYPE_CHECKING:
    from spex_core.inputs.maskers.image import ImageMasker
    from spex_core.inputs.maskers.text import TextMasker


@dataclass(frozen=True)
class TextSource:
    """The text behind a run: enough to draw it and to ask the model again.

    Attributes:
        text: the whole input, unchanged.
        spans: (start, end) character positions of each feature in `text`.
        unit: "token", "word", "sentence" or "paragraph".
        masking: how hidden features are replaced, "unk" or "removal".
    """

    text: str
    spans: tuple[tuple[int, int], ...]
    unit: str
    masking: str

    @classmethod
    def of(cls, masker: TextMasker) -> TextSource:
        """The text as a masker cut it."""
        return cls(masker.text, tuple(masker.spans), masker.unit, masker.masking)


@dataclass(frozen=True)
class PictureSource:
    """The picture behind a run and the question about it.

    Features are the grid's cells, row by row, then the question's words where those are features too.

    Attributes:
        picture: the picture as PNG, upright, RGB, without metadata: the pixels that the model was shown.
        grid: (columns, rows).
        masking: how hidden patches are replaced, "blur", "mean" or "grey".
        question: what was asked, "" where nothing was.
        spans: (start, end) character positions in `question` of the words that are features; empty where the
            question is never masked.
    """

    picture: bytes
    grid: tuple[int, int]
    masking: str
    question: str = ""
    spans: tuple[tuple[int, int], ...] = ()
    unit: ClassVar[str] = "patch"

    @classmethod
    def of(cls, masker: ImageMasker, question: str) -> PictureSource:
        """The picture as a masker cut it, and the question that the model is asked about it."""
        return cls(png_bytes(masker.image), masker.grid, masker.masking, question, tuple(masker.spans))

    @property
    def patches(self) -> int:
        """Number of grid cells: features 0 to patches - 1."""
        return self.grid[0] * self.grid[1]


Source: TypeAlias = TextSource | PictureSource
