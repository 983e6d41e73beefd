"""Where an explanation comes from: the text or the picture behind a run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, TypeAlias


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

    @property
    def patches(self) -> int:
        """Number of grid cells: features 0 to patches - 1."""
        return self.grid[0] * self.grid[1]


Source: TypeAlias = TextSource | PictureSource
