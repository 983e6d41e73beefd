"""What a person asks for: a text or a picture, a model, and how to explain it; the same for the page and the store."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar

from spex_core.engine.explain import explain_masked
from spex_core.engine.features import cut_picture, image_masker, text_masker
from spex_core.engine.settings import Settings
from spex_core.errors import InputError, StoreError
from spex_core.explanation.result import Explanation
from spex_core.explanation.sources import (
    FOCUS,
    MOST_EXPECTED,
    PictureSource,
    TextSource,
    focus_data,
    read_focus,
    read_segments,
)
from spex_core.inputs.base import Masker
from spex_core.inputs.focus import Stretches, as_stretches
from spex_core.inputs.maskers.image import ImageMasker
from spex_core.inputs.maskers.picture import PictureMasker
from spex_core.inputs.maskers.segments import SegmentMasker
from spex_core.inputs.maskers.text import TextMasker
from spex_core.inputs.pictures import DEFAULT_GRID, MAX_BYTES, MAX_STORED_BYTES, check_png, digest, open_picture
from spex_core.inputs.segmentation import MAX_CHARACTERS
from spex_core.inputs.segments import Segments
from spex_core.inputs.superpixels import cut
from spex_core.models.base import Backend, ModelSpec
from spex_core.runs.checks import as_number, as_text, as_truth
from spex_core.runs.store.keys import picture_key, sample_key, target_of

if TYPE_CHECKING:
    from PIL.Image import Image


@dataclass(frozen=True, kw_only=True)
class RunRequest(ABC):
    """Everything a person chose for one run; what its input is, the kinds below say.

    Attributes:
        kind: that of the input, one of `sources.SOURCES`.
        expected: the answer that is right, "" where nobody said. It names no passes: runs that differ in it alone
            share all of them.
    """

    kind: ClassVar[str]
    model: ModelSpec
    masking: str = ""
    budget: int = 1000
    estimator: str = "auto"
    max_order: int = 5
    seed: int = 0
    expected: str = ""

    def __post_init__(self) -> None:
        """Refuse a right answer that no file would hold."""
        if len(self.expected) > MOST_EXPECTED:
            raise InputError(f"the right answer is longer than {MOST_EXPECTED} characters, the limit")

    @property
    @abstractmethod
    def whole(self) -> Any:
        """The unmasked input, as `Backend.score` takes it.

        Raises:
            InputError: there is none, or it breaks a rule.
        """

    @property
    @abstractmethod
    def title(self) -> str:
        """What the run is called in a list, where it is cut to a line."""

    @property
    @abstractmethod
    def unit_in_words(self) -> str:
        """What the input is cut into: "word", or a grid as "8x6"."""

    @property
    @abstractmethod
    def content(self) -> bytes:
        """The input as a file."""

    @abstractmethod
    def own_data(self) -> dict[str, Any]:
        """What this kind alone has, the input apart, as JSON data."""

    @classmethod
    @abstractmethod
    def from_data(cls, data: Mapping[str, Any], content: bytes, choices: Mapping[str, Any]) -> RunRequest:
        """The request of `own_data`, `content` and the fields that every kind has; raises `StoreError`."""

    @classmethod
    @abstractmethod
    def of(cls, source: Any, choices: Mapping[str, Any]) -> RunRequest:
        """The request for the input of an earlier run, a source of this kind, with the fields that every kind has."""

    @abstractmethod
    def check_size(self) -> None:
        """Refuse an input that is too large to be kept; raises `InputError`."""

    @abstractmethod
    def masker(self, backend: Backend) -> Masker:
        """The input cut into features for a loaded backend; raises `InputError`."""

    @abstractmethod
    def outline(self, kind: type[Backend]) -> Masker | None:
        """The input cut into features without loading the model, None where only the model can; raises `InputError`."""

    @abstractmethod
    def sample_key(self, masker: Masker, settled: Backend) -> str:
        """Name of the set function of these features and this settled backend; see `runs.store.keys`."""

    @abstractmethod
    def size_key(self) -> tuple[object, ...]:
        """What the speed of a pass depends on beside the model."""

    @abstractmethod
    def asked_key(self) -> tuple[object, ...]:
        """What the model's own answer depends on beside the model: the unmasked input."""

    @abstractmethod
    def explain(self, backend: Backend, **hooks: Any) -> Explanation:
        """Make the run; `hooks` are the fields of `engine.settings.Settings` beside the choices above."""

    def _settings(self, hooks: Mapping[str, Any]) -> Settings:
        return Settings(budget=self.budget, estimator=self.estimator, max_order=self.max_order, seed=self.seed, **hooks)


@dataclass(frozen=True, kw_only=True)
class TextRequest(RunRequest):
    """A run on a text.

    Attributes:
        keep, only: see `inputs.focus`.
    """

    text: str
    unit: str = "word"
    masking: str = "unk"
    keep: Stretches = ()
    only: Stretches = ()
    kind: ClassVar[str] = TextSource.kind

    def __post_init__(self) -> None:
        """Stretches in their order; refuse those that the text has not."""
        super().__post_init__()
        for name in FOCUS:
            object.__setattr__(self, name, as_stretches(name, getattr(self, name), len(self.text)))

    @classmethod
    def from_data(cls, data: Mapping[str, Any], content: bytes, choices: Mapping[str, Any]) -> TextRequest:
        """See `RunRequest.from_data`."""
        if len(content) > 4 * MAX_CHARACTERS:
            raise StoreError(f"the stored text is longer than {MAX_CHARACTERS:,} characters, the limit")
        text = content.decode("utf-8", "surrogatepass")
        unit, focus = as_text(data["unit"]), read_focus(data, text)
        return cls(text=text, unit=unit, keep=focus["keep"], only=focus["only"], **choices)

    @classmethod
    def of(cls, source: TextSource, choices: Mapping[str, Any]) -> TextRequest:
        """See `RunRequest.of`."""
        return cls(text=source.text, **source.choices(), **choices)

    @property
    def title(self) -> str:
        """The text."""
        return self.text

    @property
    def unit_in_words(self) -> str:
        """The unit."""
        return self.unit

    @property
    def content(self) -> bytes:
        """UTF-8, with half characters as they are."""
        return self.text.encode("utf-8", "surrogatepass")

    def own_data(self) -> dict[str, Any]:
        """The unit, and what stays."""
        return {"unit": self.unit, **focus_data(self)}

    def check_size(self) -> None:
        """At most `segmentation.MAX_CHARACTERS`."""
        count = len(self.text)
        if count > MAX_CHARACTERS:
            raise InputError(f"{count:,} characters is above the limit of {MAX_CHARACTERS:,}; shorten the text")

    @property
    def whole(self) -> str:
        """The text."""
        return self.text

    def masker(self, backend: Backend) -> TextMasker:
        """See `engine.features.text_masker`."""
        return text_masker(self.text, backend, self.unit, self.masking, self.keep, self.only)

    def outline(self, kind: type[Backend]) -> TextMasker | None:
        """The text cut, unless into the model's own tokens."""
        if self.unit == "token" or kind.modality != "text":
            return None
        masking = self.masking or kind.maskings[0]
        return TextMasker(self.text, self.unit, masking, None, kind.mask_token, self.keep, self.only)

    def sample_key(self, masker: Masker, settled: Backend) -> str:
        """See `runs.store.keys.sample_key`."""
        assert isinstance(masker, TextMasker)
        target, focus = target_of(settled), focus_data(masker)
        return sample_key(self.text, target, masker.unit, masker.masking, settled.fingerprint, focus)

    def size_key(self) -> tuple[object, ...]:
        """Unit, masking, what stays and, roughly, length."""
        return self.unit, self.masking, self.keep, self.only, round(2 * math.log2(len(self.text) + 1))

    def asked_key(self) -> tuple[object, ...]:
        """The text itself."""
        return (self.text,)

    def explain(self, backend: Backend, **hooks: Any) -> Explanation:
        """See `engine.explain.explain_masked`."""
        masker = self.masker(backend)
        source = TextSource.of(masker, self.expected)
        return explain_masked(self.text, masker, source, backend, self._settings(hooks))


@dataclass(frozen=True, kw_only=True)
class PictureRequest(RunRequest):
    """A run on a picture.

    Attributes:
        picture: the bytes of a PNG, JPEG or WebP file.
        grid: (columns, rows).
        segments: how many of them the picture is cut into instead, None for the grid.
        drawn: those of an earlier run, which another version of the library might not draw again.
        question_words: whether the words of the model's question are features too.
        stored: whether the bytes are the PNG of an earlier run, which may be larger than a file that is given.
    """

    picture: bytes = field(repr=False)
    grid: tuple[int, int] = DEFAULT_GRID
    segments: int | None = None
    drawn: Segments | None = field(default=None, repr=False)
    question_words: bool = False
    masking: str = "blur"
    stored: bool = False
    kind: ClassVar[str] = PictureSource.kind

    @classmethod
    def from_data(cls, data: Mapping[str, Any], content: bytes, choices: Mapping[str, Any]) -> PictureRequest:
        """See `RunRequest.from_data`."""
        if len(content) > MAX_STORED_BYTES:
            raise StoreError(f"the stored picture is larger than {MAX_STORED_BYTES / 1e6:.0f} MB, the limit")
        words, stored = as_truth(data["question_words"]), as_truth(data["stored"])
        if "segments" in data:
            drawn = None if data.get("drawn") is None else read_segments(data["drawn"], check_png(content))
            pieces: dict[str, Any] = {"segments": as_number(data["segments"]), "drawn": drawn}
        else:
            columns, rows = (as_number(number) for number in data["grid"])
            pieces = {"grid": (columns, rows)}
        return cls(picture=content, question_words=words, stored=stored, **pieces, **choices)

    @classmethod
    def of(cls, source: PictureSource, choices: Mapping[str, Any]) -> PictureRequest:
        """See `RunRequest.of`."""
        return cls(picture=source.picture, stored=True, drawn=source.segments, **source.choices(), **choices)

    @property
    def title(self) -> str:
        """What is asked, or which class is explained."""
        label = (self.model.options.get("label", "") or self.model.options.get("answer", "")).strip()
        return self.model.options.get("question", "").strip() or (f"{label} in a picture" if label else "a picture")

    @property
    def unit_in_words(self) -> str:
        """The grid, or the number of segments."""
        if self.segments is not None:
            return f"{self.segments:,} segment{'' if self.segments == 1 else 's'}"
        return "x".join(map(str, self.grid))

    @property
    def content(self) -> bytes:
        """The picture file."""
        return self.picture

    def own_data(self) -> dict[str, Any]:
        """Grid or segments, words and whether it is an earlier run's."""
        pieces: dict[str, Any] = {"grid": list(self.grid)}
        if self.segments is not None:
            pieces = {"segments": self.segments, "drawn": None if self.drawn is None else self.drawn.data()}
        return {**pieces, "question_words": self.question_words, "stored": self.stored}

    def check_size(self) -> None:
        """At most the bytes of a file that is given, or of one that was kept."""
        most = self._most_bytes
        if len(self.picture) > most:
            raise InputError(f"the picture file is larger than {most / 1e6:.0f} MB, the limit; save it smaller")

    @property
    def _most_bytes(self) -> int:
        return MAX_STORED_BYTES if self.stored else MAX_BYTES

    @property
    def whole(self) -> Image:
        """The picture in the form of `pictures.as_picture`; decoded once for the last few pictures."""
        return _picture(self.picture, self._most_bytes)[0]

    def pieces(self) -> Segments | None:
        """The segments, None for the grid; cut once for the last few pictures.

        Raises:
            InputError: more of them than the picture has pixels, or than may be features.
        """
        if self.segments is None or self.drawn is not None:
            return self.drawn
        return _segments(self.picture, self._most_bytes, self.segments)

    def masker(self, backend: Backend) -> PictureMasker:
        """See `engine.features.image_masker`."""
        return image_masker(self.whole, backend, self.grid, self.masking, self.question_words, self.pieces())

    def outline(self, kind: type[Backend]) -> PictureMasker | None:
        """The picture cut, with the question that the options hold."""
        if kind.modality != "image":
            return None
        question = self.model.options.get(kind.words_option, "") if self.question_words else ""
        masking = self.masking or kind.maskings[0]
        return cut_picture(self.whole, self.grid, self.pieces(), masking, question, kind.mask_token)

    def sample_key(self, masker: Masker, settled: Backend) -> str:
        """See `runs.store.keys.picture_key`."""
        assert isinstance(masker, PictureMasker)
        pixels = _picture(self.picture, self._most_bytes)[1]
        words = bool(masker.spans)
        grid = masker.grid if isinstance(masker, ImageMasker) else None
        drawn = masker.segments.digest if isinstance(masker, SegmentMasker) else ""
        return picture_key(pixels, target_of(settled), grid, masker.masking, words, settled.fingerprint, drawn)

    def size_key(self) -> tuple[object, ...]:
        """Pixels, grid or segments, masking and whether words are masked."""
        pieces = tuple(self.grid) if self.segments is None else self.segments
        return self.whole.size, pieces, self.masking, self.question_words

    def asked_key(self) -> tuple[object, ...]:
        """The pixels."""
        return (_picture(self.picture, self._most_bytes)[1],)

    def explain(self, backend: Backend, **hooks: Any) -> Explanation:
        """See `engine.explain.explain_masked`."""
        masker = self.masker(backend)
        source = PictureSource.of(masker, backend.question, self.expected)
        return explain_masked(self.whole, masker, source, backend, self._settings(hooks))


REQUESTS: dict[str, type[RunRequest]] = {kind.kind: kind for kind in (TextRequest, PictureRequest)}
"""Every kind of request by the name of its input's kind."""


@lru_cache(maxsize=4)
def _picture(data: bytes, most_bytes: int) -> tuple[Image, str]:
    """A picture, decoded, and the digest of its pixels."""
    image = open_picture(data, most_bytes).image
    return image, digest(image)


@lru_cache(maxsize=8)
def _segments(data: bytes, most_bytes: int, count: int) -> Segments:
    """The segments of a picture file."""
    return cut(_picture(data, most_bytes)[0], count)


def request_of(explanation: Explanation) -> RunRequest:
    """The request that would repeat a stored run."""
    source = explanation.source
    choices: dict[str, Any] = {
        "model": explanation.model or ModelSpec(""),
        "budget": explanation.budget,
        "estimator": explanation.requested_estimator,
        "max_order": explanation.max_order,
        "seed": explanation.seed,
    }
    return TextRequest(text="", **choices) if source is None else REQUESTS[source.kind].of(source, choices)
