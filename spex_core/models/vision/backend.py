"""Base of the backends that score answers to a question about a picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar, Self

from spex_core.arrays import BoolArray, FloatArray, ValueFunction
from spex_core.errors import InputError
from spex_core.inputs.base import Masker
from spex_core.inputs.pictures import PictureQuestion
from spex_core.models.answers import AGAINST, ANSWER, SCALE, AnswerBackend, AnswerScale
from spex_core.models.base import Option
from spex_core.models.from_folder import FolderBackend, Loaded, told_in_words
from spex_core.models.vision.model import Asked, VisionLanguageModel
from spex_core.models.vision.prompts import Answer

QUESTION = Option("question", "Question", required=True, help="what to ask about the picture")
ANSWERS = (
    replace(ANSWER, help="the answer to explain; left out: the model's own"),
    replace(AGAINST, help="an answer to compare it with; left out: none"),
    replace(SCALE, help="log: log-probability, or log-odds against another answer; or probability"),
)


class VisionLanguageBackend(FolderBackend, AnswerBackend):
    """log p(answer | picture, question), or its log-odds against another answer.

    With `scale="probability"`: p(answer), or p(answer) / (p(answer) + p(against)).
    """

    modality: ClassVar[str] = "image"
    maskings: ClassVar[tuple[str, ...]] = ("blur", "mean", "grey")
    model: VisionLanguageModel
    """Words of the question that the model does not know: it reads each as the same unknown word."""

    @told_in_words
    def ask(self, model: VisionLanguageModel, question: str, answer: str, against: str, scale: str) -> None:
        """Fix the model and what it is asked.

        Raises:
            InputError: a scale there is not, an empty question, or an answer the model cannot give.
        """
        self.model = model
        self.question = (question or "").strip()
        self.mask_token = model.prompts.mask_token
        if not self.question:
            raise InputError("question must not be empty; ask something about the picture")
        model.prompts.text(self.question)
        self.unknown_words = model.prompts.unknown_words(self.question)
        self.choose(AnswerScale((answer or "").strip(), (against or "").strip(), (scale or "").strip() or "log"))

    @told_in_words
    def choose(self, scale: AnswerScale) -> None:
        """See `AnswerBackend.choose`.

        Raises:
            InputError: the model cannot give an answer, or knows no difference between the two.
        """
        super().choose(scale)
        ids = [self.model.prompts.answer_ids(text, self.question) if text else () for text in scale.answers]
        if scale.answer and len(set(ids)) < len(ids):
            raise InputError(f"{scale.answer!r} and {scale.against!r} are the same to this model; answers must differ")
        self._answers: tuple[Answer, ...] = tuple(ids) if scale.answer else ()

    @property
    def loaded(self) -> Loaded:
        """The model."""
        return self.model

    @told_in_words
    def score(self, inputs: Sequence[Any]) -> FloatArray:
        """Scores of m pictures (PIL images, or `PictureQuestion`): (m,) float64 in `self.unit`.

        Raises:
            InputError: an entry is no picture; there is no answer to score yet; picture and question are too long.
            ModelError: the model's processor fails on them.
        """
        self.check_answer()
        logs = self.model.log_probabilities([self._asked(entry, k) for k, entry in enumerate(inputs)], self._answers)
        return self.scale.combine(logs)

    @told_in_words
    def value_function(self, masker: Masker) -> ValueFunction:
        """Masked pictures are made where they are scored, on every core."""
        size = _picture(masker).size

        def value(masks: BoolArray) -> FloatArray:
            self.check_answer()

            def make(rows: slice) -> list[Asked]:
                return [self._asked(entry, k) for k, entry in enumerate(masker.apply(masks[rows]))]

            return self.scale.combine(self.model.made_log_probabilities(make, len(masks), size, self._answers))

        return self.checked_range(value)

    def check_answer(self) -> None:
        """See `AnswerBackend.check_answer`."""
        if not self._answers:
            raise InputError("there is no answer to score: give answer=, or call settle(picture) for the model's own")

    @told_in_words
    def batch_size(self, masker: Masker) -> int:
        """Up to 64 masks, 1 for a large model on a CPU; the same for the same model, picture and kind of device."""
        return self.model.passes_per_call(_picture(masker).size)

    @told_in_words
    def reply(self, whole: Any) -> str:
        """What the model answers about an unmasked picture, greedily, at most 64 tokens.

        Raises:
            InputError: `whole` is no picture.
        """
        return self.model.reply(self._asked(whole, 0))

    @told_in_words
    def settle(self, whole: Any) -> Self:
        """This backend where it has an answer already, else see `AnswerBackend.settle`.

        Raises:
            InputError: also where `whole` is no picture.
        """
        return self if self.scale.answer else super().settle(whole)

    def _asked(self, entry: Any, position: int) -> Asked:
        from PIL import Image

        image, question = (entry.image, entry.question) if isinstance(entry, PictureQuestion) else (entry, None)
        if not isinstance(image, Image.Image):
            raise InputError(f"entry {position} must be a picture, not {type(image).__name__}")
        if not image.width or not image.height:
            raise InputError(f"entry {position} is a picture without pixels")
        return Asked(image, self.question if question is None else question)


def _picture(masker: Masker) -> Any:
    whole = masker.whole
    return whole.image if isinstance(whole, PictureQuestion) else whole


def picture_size(masker: Masker | None) -> tuple[int, int] | None:
    """(width, height) of a masker's picture, None where there is no masker."""
    if masker is None:
        return None
    width, height = _picture(masker).size
    return int(width), int(height)
