"""Where an explanation comes from: the input behind a run, one class for each kind of it.

What files, lists and snippets need to know of an input, its class says. A further kind is a class here, in `SOURCES`;
a masker (`inputs.maskers`); a request (`runs.requests`); and its views.
"""

from __future__ import annotations

import base64
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from textwrap import wrap
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

from spex_core.errors import StoreError
from spex_core.explanation.checks import as_count, as_name, as_spans, as_text
from spex_core.inputs.pictures import MASKINGS, MAX_STORED_BYTES, check_grid, check_png, png_bytes

if TYPE_CHECKING:
    from spex_core.inputs.maskers.image import ImageMasker
    from spex_core.inputs.maskers.text import TextMasker

INLINE = 4_000
"""Longest text, in characters, that a snippet holds itself; a longer one is read from the bundle's input.txt."""
_WIDTH = 96


class InputSource(ABC):
    """What is asked of every kind of input.

    Attributes:
        kind: its name in lists and stored requests, the field of a run file that holds it, its variable in a snippet.
        file_name: what it is called in a bundle.
        function: the public function that explains it.
        imports: what its snippet imports beside `spex_core`.
    """

    kind: ClassVar[str]
    file_name: ClassVar[str]
    function: ClassVar[str]
    imports: ClassVar[tuple[str, ...]] = ()

    @property
    @abstractmethod
    def content(self) -> bytes:
        """The input as a file."""

    @property
    @abstractmethod
    def title(self) -> str:
        """What it is called in a list of runs, where it is cut to a line."""

    @property
    @abstractmethod
    def unit_in_words(self) -> str:
        """What it was cut into: "word", or a grid as "8x6"."""

    @abstractmethod
    def choices(self) -> dict[str, Any]:
        """Arguments of `function` that cut and mask it as it was cut and masked."""

    @abstractmethod
    def document(self) -> dict[str, Any]:
        """Its fields in a run file beside unit and masking."""

    @abstractmethod
    def code(self) -> Iterator[str]:
        """Lines of Python that assign it to a variable named `kind`."""


@dataclass(frozen=True)
class TextSource(InputSource):
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
    kind: ClassVar[str] = "text"
    file_name: ClassVar[str] = "input.txt"
    function: ClassVar[str] = "explain_text"

    @classmethod
    def of(cls, masker: TextMasker) -> TextSource:
        """The text as a masker cut it."""
        return cls(masker.text, tuple(masker.spans), masker.unit, masker.masking)

    @classmethod
    def read(cls, document: Mapping[str, Any], n_features: int) -> TextSource:
        """The text of a run file; raises `StoreError`."""
        text = as_text(document["text"])
        spans = as_spans(document["spans"], text)
        if len(spans) != n_features:
            raise StoreError("the feature spans do not fit the features")
        return cls(text, spans, as_name(document["unit"]), as_name(document["masking"]))

    @property
    def content(self) -> bytes:
        """UTF-8; half a character, which no file should hold, stays what it is."""
        return self.text.encode("utf-8", "surrogatepass")

    @property
    def title(self) -> str:
        """The text."""
        return self.text

    @property
    def unit_in_words(self) -> str:
        """The unit."""
        return self.unit

    def choices(self) -> dict[str, Any]:
        """Unit and masking."""
        return {"unit": self.unit, "masking": self.masking}

    def document(self) -> dict[str, Any]:
        """Text and spans."""
        return {"text": self.text, "spans": [list(span) for span in self.spans]}

    def code(self) -> Iterator[str]:
        """The text as a literal, or read from a file."""
        if len(self.text) > INLINE:
            yield f'with open("{self.file_name}", encoding="utf-8", newline="") as file:  # in the bundle of this run'
            yield "    text = file.read()"
        elif len(repr(self.text)) <= _WIDTH:
            yield f"text = {self.text!r}"
        else:
            yield "text = ("
            yield from (f"    {piece!r}" for piece in _pieces(self.text))
            yield ")"


@dataclass(frozen=True)
class PictureSource(InputSource):
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
    kind: ClassVar[str] = "picture"
    file_name: ClassVar[str] = "input.png"
    function: ClassVar[str] = "explain_image"
    imports: ClassVar[tuple[str, ...]] = ("from PIL import Image",)

    @classmethod
    def of(cls, masker: ImageMasker, question: str) -> PictureSource:
        """The picture as a masker cut it, and the question that the model is asked about it."""
        return cls(png_bytes(masker.image), masker.grid, masker.masking, question, tuple(masker.spans))

    @classmethod
    def read(cls, document: Mapping[str, Any], n_features: int) -> PictureSource:
        """The picture of a run file, whose header was read and whose pixels were not; raises `StoreError`."""
        unit, masking = as_name(document["unit"]), as_name(document["masking"])
        if unit != cls.unit or masking not in MASKINGS:
            raise StoreError(f"unit {unit!r} with masking {masking!r} does not belong to a picture")
        encoded = as_text(document["picture"])
        if len(encoded) > MAX_STORED_BYTES * 4 // 3 + 4:
            raise StoreError(f"the picture in the run file is larger than {MAX_STORED_BYTES / 1e6:.0f} MB, the limit")
        picture = base64.b64decode(encoded, validate=True)
        size = check_png(picture)
        grid = check_grid([as_count(number) for number in document["grid"]], size)
        question = as_text(document["question"])
        spans = as_spans(document["question_spans"], question)
        if grid[0] * grid[1] + len(spans) != n_features:
            raise StoreError(
                f"a grid of {grid[0]} x {grid[1]} and {len(spans)} words do not make {n_features} features"
            )
        return cls(picture, grid, masking, question, spans)

    @property
    def patches(self) -> int:
        """Number of grid cells: features 0 to patches - 1."""
        return self.grid[0] * self.grid[1]

    @property
    def content(self) -> bytes:
        """The PNG."""
        return self.picture

    @property
    def title(self) -> str:
        """What was asked, else the grid."""
        return self.question or f"picture, {self.grid[0]} × {self.grid[1]}"

    @property
    def unit_in_words(self) -> str:
        """The grid."""
        return f"{self.grid[0]}x{self.grid[1]}"

    def choices(self) -> dict[str, Any]:
        """Grid, whether words are features, and masking."""
        return {"grid": self.grid, "question_words": bool(self.spans), "masking": self.masking}

    def document(self) -> dict[str, Any]:
        """Picture, grid, question and its spans."""
        return {
            "picture": base64.b64encode(self.picture).decode("ascii"),
            "grid": list(self.grid),
            "question": self.question,
            "question_spans": [list(span) for span in self.spans],
        }

    def code(self) -> Iterator[str]:
        """The picture, read from a file."""
        yield f'picture = Image.open("{self.file_name}")  # in the bundle of this run'


Source: TypeAlias = TextSource | PictureSource

SOURCES: dict[str, type[TextSource] | type[PictureSource]] = {
    TextSource.kind: TextSource,
    PictureSource.kind: PictureSource,
}
"""Every kind of input by its name."""


def _pieces(text: str) -> Iterator[str]:
    """The text in parts that fit a line, nothing lost."""
    for line in text.splitlines(keepends=True):
        parts = wrap(line, _WIDTH, drop_whitespace=False, break_on_hyphens=False, replace_whitespace=False)
        yield from parts if "".join(parts) == line else [line]  # wrap expands tabs
