"""What a person asks for: a text or a picture, a model, and how to explain it; the same for the page and the store."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from spex_core.engine.explain import explain_masked
from spex_core.engine.features import image_masker, text_masker
from spex_core.engine.settings import Settings
from spex_core.explanation.result import Explanation
from spex_core.explanation.sources import PictureSource, TextSource
from spex_core.inputs.base import Masker
from spex_core.inputs.maskers.image import ImageMasker
from spex_core.inputs.maskers.text import TextMasker
from spex_core.inputs.pictures import MAX_BYTES, MAX_STORED_BYTES, digest, open_picture
from spex_core.models.base import Backend, ModelSpec
from spex_core.runs.store.keys import picture_key, sample_key, target_of

if TYPE_CHECKING:
    from PIL.Image import Image


@dataclass(frozen=True, kw_only=True)
class RunRequest(ABC):
    """Everything a person chose for one run; what its input is, the kinds below say."""

    model: ModelSpec
    masking: str = ""
    budget: int = 1000
    estimator: str = "auto"
    max_order: int = 5
    seed: int = 0

    @property
    @abstractmethod
    def whole(self) -> Any:
        """The unmasked input, as `Backend.score` takes it.

        Raises:
            InputError: there is none, or it breaks a rule.
        """

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
    """A run on a text."""

    text: str
    unit: str = "word"
    masking: str = "unk"

    @property
    def whole(self) -> str:
        """The text."""
        return self.text

    def masker(self, backend: Backend) -> TextMasker:
        """See `engine.features.text_masker`."""
        return text_masker(self.text, backend, self.unit, self.masking)

    def outline(self, kind: type[Backend]) -> TextMasker | None:
        """The text cut, unless into the model's own tokens."""
        if self.unit == "token" or kind.modality != "text":
            return None
        return TextMasker(self.text, self.unit, self.masking or kind.maskings[0], mask_token=kind.mask_token)

    def sample_key(self, masker: Masker, settled: Backend) -> str:
        """See `runs.store.keys.sample_key`."""
        assert isinstance(masker, TextMasker)
        return sample_key(self.text, target_of(settled), masker.unit, masker.masking, settled.fingerprint)

    def size_key(self) -> tuple[object, ...]:
        """Unit, masking and, roughly, length."""
        return self.unit, self.masking, round(2 * math.log2(len(self.text) + 1))

    def asked_key(self) -> tuple[object, ...]:
        """The text itself."""
        return (self.text,)

    def explain(self, backend: Backend, **hooks: Any) -> Explanation:
        """See `engine.explain.explain_masked`."""
        masker = self.masker(backend)
        return explain_masked(self.text, masker, TextSource.of(masker), backend, self._settings(hooks))


@dataclass(frozen=True, kw_only=True)
class PictureRequest(RunRequest):
    """A run on a picture.

    Attributes:
        picture: the bytes of a PNG, JPEG or WebP file.
        grid: (columns, rows).
        question_words: whether the words of the model's question are features too.
        stored: whether the bytes are the PNG of an earlier run, which may be larger than a file that is given.
    """

    picture: bytes = field(repr=False)
    grid: tuple[int, int] = (8, 6)
    question_words: bool = False
    masking: str = "blur"
    stored: bool = False

    @property
    def whole(self) -> Image:
        """The picture in the form of `pictures.as_picture`; decoded once for the last few pictures."""
        return _picture(self.picture, self.stored)[0]

    def masker(self, backend: Backend) -> ImageMasker:
        """See `engine.features.image_masker`."""
        return image_masker(self.whole, backend, self.grid, self.masking, self.question_words)

    def outline(self, kind: type[Backend]) -> ImageMasker | None:
        """The picture cut, with the question that the options hold."""
        if kind.modality != "image":
            return None
        question = self.model.options.get("question", "") if self.question_words else ""
        return ImageMasker(self.whole, self.grid, self.masking or kind.maskings[0], question, kind.mask_token)

    def sample_key(self, masker: Masker, settled: Backend) -> str:
        """See `runs.store.keys.picture_key`."""
        assert isinstance(masker, ImageMasker)
        pixels = _picture(self.picture, self.stored)[1]
        words = bool(masker.spans)
        return picture_key(pixels, target_of(settled), masker.grid, masker.masking, words, settled.fingerprint)

    def size_key(self) -> tuple[object, ...]:
        """Pixels, grid, masking and whether words are masked."""
        return self.whole.size, tuple(self.grid), self.masking, self.question_words

    def asked_key(self) -> tuple[object, ...]:
        """The pixels."""
        return (_picture(self.picture, self.stored)[1],)

    def explain(self, backend: Backend, **hooks: Any) -> Explanation:
        """See `engine.explain.explain_masked`."""
        masker = self.masker(backend)
        source = PictureSource.of(masker, backend.question)
        return explain_masked(self.whole, masker, source, backend, self._settings(hooks))


@lru_cache(maxsize=4)
def _picture(data: bytes, stored: bool) -> tuple[Image, str]:
    """A picture, decoded, and the digest of its pixels."""
    image = open_picture(data, MAX_STORED_BYTES if stored else MAX_BYTES).image
    return image, digest(image)


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
    if isinstance(source, PictureSource):
        return PictureRequest(
            picture=source.picture,
            grid=source.grid,
            masking=source.masking,
            question_words=bool(source.spans),
            stored=True,
            **choices,
        )
    if source is None:
        return TextRequest(text="", **choices)
    return TextRequest(text=source.text, unit=source.unit, masking=source.masking, **choices)
