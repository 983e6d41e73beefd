"""Where an explanation comes from: the input behind a run, one class for each kind of it.

What files, lists and snippets need to know of an input, its class says. A further kind is a class here, in `SOURCES`;
a masker (`inputs.maskers`); a request (`runs.requests`); and its views.
"""

from __future__ import annotations

import base64
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from textwrap import wrap
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeAlias

from spex_core.errors import InputError, StoreError
from spex_core.explanation.checks import as_count, as_name, as_spans, as_text
from spex_core.inputs.focus import Stretches, as_stretches
from spex_core.inputs.maskers.image import ImageMasker
from spex_core.inputs.maskers.segments import SegmentMasker
from spex_core.inputs.pictures import MASKINGS, MAX_STORED_BYTES, check_grid, check_png, png_bytes
from spex_core.inputs.segments import Segments

if TYPE_CHECKING:
    from spex_core.inputs.maskers.picture import PictureMasker
    from spex_core.inputs.maskers.text import TextMasker

INLINE = 4_000
"""Longest text, in characters, that a snippet holds itself; a longer one is read from the bundle's input.txt."""
MOST_EXPECTED = 500
"""Longest answer, in characters, that an input may be known to have."""
FOCUS = ("keep", "only")
_WIDTH = 96


class InputSource(ABC):
    """What is asked of every kind of input.

    Attributes:
        kind: its name in lists and stored requests, the field of a run file that holds it, its variable in a snippet.
        file_name: what it is called in a bundle.
        function: the public function that explains it.
        imports: what its snippet imports beside `spex_core`.
        expected: the answer that is right for it, "" where nobody said. Neither a run nor its passes depend on it.
    """

    kind: ClassVar[str]
    file_name: ClassVar[str]
    function: ClassVar[str]
    imports: ClassVar[tuple[str, ...]] = ()
    expected: str

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
        unit: one of `segmentation.UNITS`, or "regex:" and a pattern.
        masking: how hidden features are replaced, "unk", "removal" or "filler".
        expected: see `InputSource`.
        keep, only: stretches (start, end) of which nothing, and of which alone something, was masked: see
            `inputs.focus`.
    """

    text: str
    spans: tuple[tuple[int, int], ...]
    unit: str
    masking: str
    expected: str = field(default="", repr=False)  # equal runs have equal names, whatever is right: views.explorer
    keep: Stretches = ()
    only: Stretches = ()
    kind: ClassVar[str] = "text"
    file_name: ClassVar[str] = "input.txt"
    function: ClassVar[str] = "explain_text"

    @classmethod
    def of(cls, masker: TextMasker, expected: str = "") -> TextSource:
        """The text as a masker cut it."""
        spans = tuple(masker.spans)
        return cls(masker.text, spans, masker.unit, masker.masking, expected, masker.keep, masker.only)

    @classmethod
    def read(cls, document: Mapping[str, Any], n_features: int) -> TextSource:
        """The text of a run file; raises `StoreError`."""
        text = as_text(document["text"])
        spans = as_spans(document["spans"], text)
        if len(spans) != n_features:
            raise StoreError("the feature spans do not fit the features")
        expected = read_expected(document)
        unit, masking = as_name(document["unit"]), as_name(document["masking"])
        return cls(text, spans, unit, masking, expected, **read_focus(document, text))

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
        """Unit and masking, what stays and the right answer where it is known."""
        return {"unit": self.unit, "masking": self.masking, **focus_data(self), **_known(self.expected)}

    def document(self) -> dict[str, Any]:
        """Text and spans, what stays and the right answer where it is known."""
        spans = [list(span) for span in self.spans]
        return {"text": self.text, "spans": spans, **focus_data(self), **_known(self.expected)}

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

    Features are the grid's cells, row by row, or the segments, then the question's words where those are features too.

    Attributes:
        picture: the picture as PNG, upright, RGB, without metadata: the pixels that the model was shown.
        grid: (columns, rows), None where the picture is cut into segments.
        masking: how hidden patches are replaced, "blur", "mean" or "grey".
        question: what was asked, "" where nothing was.
        spans: (start, end) character positions in `question` of the words that are features; empty where the
            question is never masked.
        segments: which of them each pixel belongs to, None where the picture is cut into a grid.
        expected: see `InputSource`.
    """

    picture: bytes
    grid: tuple[int, int] | None
    masking: str
    question: str = ""
    spans: tuple[tuple[int, int], ...] = ()
    segments: Segments | None = None
    expected: str = field(default="", repr=False)
    kind: ClassVar[str] = "picture"
    file_name: ClassVar[str] = "input.png"
    function: ClassVar[str] = "explain_image"
    imports: ClassVar[tuple[str, ...]] = ("from PIL import Image",)

    @classmethod
    def of(cls, masker: PictureMasker, question: str, expected: str = "") -> PictureSource:
        """The picture as a masker cut it, and the question that the model is asked about it."""
        grid = masker.grid if isinstance(masker, ImageMasker) else None
        segments = masker.segments if isinstance(masker, SegmentMasker) else None
        return cls(png_bytes(masker.image), grid, masker.masking, question, tuple(masker.spans), segments, expected)

    @classmethod
    def read(cls, document: Mapping[str, Any], n_features: int) -> PictureSource:
        """The picture of a run file, whose header was read and whose pixels were not; raises `StoreError`."""
        unit, masking = as_name(document["unit"]), as_name(document["masking"])
        segmented = document.get("segments") is not None
        if unit != _PATCH[segmented] or masking not in MASKINGS:
            raise StoreError(f"unit {unit!r} with masking {masking!r} does not belong to a picture")
        encoded = as_text(document["picture"])
        if len(encoded) > MAX_STORED_BYTES * 4 // 3 + 4:
            raise StoreError(f"the picture in the run file is larger than {MAX_STORED_BYTES / 1e6:.0f} MB, the limit")
        picture = base64.b64decode(encoded, validate=True)
        size = check_png(picture)
        grid, segments = None, None
        if segmented and document.get("grid") is not None:
            raise StoreError("the run file holds both a grid and segments")
        if segmented:
            segments = read_segments(document["segments"], size)
        else:
            grid = check_grid([as_count(number) for number in document["grid"]], size)
        question = as_text(document["question"])
        spans = as_spans(document["question_spans"], question)
        source = cls(picture, grid, masking, question, spans, segments, read_expected(document))
        if source.patches + len(spans) != n_features:
            cut = f"a grid of {grid[0]} x {grid[1]}" if grid else source.cut_in_words
            raise StoreError(f"{cut} and {len(spans)} words do not make {n_features} features")
        return source

    @property
    def unit(self) -> str:
        """ "patch" of a grid, else "segment"."""
        return _PATCH[self.segments is not None]

    @property
    def patches(self) -> int:
        """Number of grid cells or segments: features 0 to patches - 1."""
        if self.segments is not None:
            return self.segments.count
        columns, rows = self.grid or (0, 0)
        return columns * rows

    @property
    def cut_in_words(self) -> str:
        """What the picture was cut into: "8 × 6 patches", "40 segments"."""
        if self.grid is not None:
            return f"{self.grid[0]} × {self.grid[1]} patches"
        return f"{self.patches:,} segment{'' if self.patches == 1 else 's'}"

    @property
    def content(self) -> bytes:
        """The PNG."""
        return self.picture

    @property
    def title(self) -> str:
        """What was asked, else what it was cut into."""
        return self.question or f"picture, {self.cut_in_words.removesuffix(' patches')}"

    @property
    def unit_in_words(self) -> str:
        """The grid, or the number of segments."""
        return f"{self.grid[0]}x{self.grid[1]}" if self.grid is not None else self.cut_in_words

    def choices(self) -> dict[str, Any]:
        """Grid or number of segments, whether words are features, masking, and the right answer where it is known."""
        cut = {"grid": self.grid} if self.segments is None else {"segments": self.segments.wanted}
        return {**cut, "question_words": bool(self.spans), "masking": self.masking, **_known(self.expected)}

    def document(self) -> dict[str, Any]:
        """Picture, grid or segments, question and its spans, and the right answer where it is known."""
        cut: dict[str, Any] = {"grid": list(self.grid or ())}
        if self.segments is not None:
            cut = {"segments": self.segments.data()}
        return {
            "picture": base64.b64encode(self.picture).decode("ascii"),
            **cut,
            "question": self.question,
            "question_spans": [list(span) for span in self.spans],
            **_known(self.expected),
        }

    def code(self) -> Iterator[str]:
        """The picture, read from a file."""
        yield f'picture = Image.open("{self.file_name}")  # in the bundle of this run'


_PATCH = ("patch", "segment")


def read_expected(document: Mapping[str, Any]) -> str:
    """The right answer in a file or a stored request, "" where it holds none; raises `StoreError`."""
    expected = as_text(document.get("expected", ""))
    if len(expected) > MOST_EXPECTED:
        raise StoreError(f"the right answer in the file is longer than {MOST_EXPECTED} characters, the limit")
    return expected


def _known(expected: str) -> dict[str, str]:
    return {"expected": expected} if expected else {}


def read_focus(document: Mapping[str, Any], text: str) -> dict[str, Stretches]:
    """`keep` and `only` of a file or a stored request; raises `StoreError`."""
    found = {name: as_spans(document.get(name, ()), text) for name in FOCUS}
    try:
        return {name: as_stretches(name, spans, len(text)) for name, spans in found.items()}
    except InputError as error:
        raise StoreError(str(error)) from error


class _Focused(Protocol):
    @property
    def keep(self) -> Stretches: ...

    @property
    def only(self) -> Stretches: ...


def focus_data(of: _Focused) -> dict[str, list[list[int]]]:
    """Which part of a text may be masked, as JSON data: nothing where all of it may."""
    chosen = {name: [list(stretch) for stretch in getattr(of, name)] for name in FOCUS}
    return {name: stretches for name, stretches in chosen.items() if stretches}


def read_segments(data: Any, size: tuple[int, int]) -> Segments:
    """The segments of a file, of a picture of (width, height); raises `StoreError`."""
    try:
        segments = Segments.read(data)
    except InputError as error:
        raise StoreError(str(error)) from error
    if segments.width > size[0] or segments.height > size[1]:
        raise StoreError(
            f"a map of segments of {segments.width} x {segments.height} is finer than its picture of "
            f"{size[0]} x {size[1]} pixels"
        )
    return segments


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
