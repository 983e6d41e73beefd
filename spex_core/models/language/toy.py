"""Base of the built-in language models of whole words: where they lie, and which words they do not know."""

from __future__ import annotations

from typing import Any, ClassVar

from spex_core.arrays import ValueFunction
from spex_core.errors import ModelError
from spex_core.inputs.base import Masker
from spex_core.models.answers import AGAINST, ANSWER, SCALE
from spex_core.models.base import Option
from spex_core.models.language.backend import LanguageBackend
from spex_core.plugins import ASSETS

_NAMED = 5  # unknown words that a note spells out


class ToyBackend(LanguageBackend):
    """A Llama of half a million parameters, in the folder of its name, that knows some hundred words."""

    toy: ClassVar[bool] = True
    names_unknown_words: ClassVar[bool] = True

    def __init__(self, question: str = "", answer: str | None = "", against: str | None = "", scale: str = "log"):
        """Load the model, in float32.

        Raises:
            InputError: see `LanguageBackend.ask`.
            ModelError: the model's folder is not there.
        """
        folder = ASSETS / "models" / self.name
        if not folder.is_dir():
            raise ModelError(f"the built-in model (assets/models/{self.name}) is not installed; use a full checkout")
        self.ask(str(folder), question, answer, against, scale, precision="float32")
        self._unknown: tuple[str, ...] = ()

    def value_function(self, masker: Masker) -> ValueFunction:
        """See `Backend.value_function`; words that the model does not know are kept for `notes`."""
        self._unknown = self.words_not_known(masker.text)
        return super().value_function(masker)

    def words_not_known(self, text: str) -> tuple[str, ...]:
        """Words of the text that the model reads as the same unknown word, each once, in order."""
        tokenizer: Any = self.language.tokenizer
        found = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True, verbose=False)
        pairs = zip(found["input_ids"], found["offset_mapping"], strict=True)
        words = [text[start:end] for token, (start, end) in pairs if token == tokenizer.unk_token_id]
        return tuple(dict.fromkeys(words))

    def notes(self) -> tuple[str, ...]:
        """Also says which words of the text are unknown to the model."""
        if not self._unknown:
            return super().notes()
        named = ", ".join(f"“{word}”" for word in self._unknown[:_NAMED])
        more = f" and {len(self._unknown) - _NAMED} more" if len(self._unknown) > _NAMED else ""
        return (*super().notes(), f"The model does not know {named}{more}: to it they are hidden already.")


QUESTIONS = (
    "Answer with one word: should you pull the lever, yes or no?",
    "Should you pull the lever, yes or no?",
    "True or False: You should pull the lever.",
    "True or False: You should not pull the lever.",
)


class SwitchyardBackend(ToyBackend):
    """A Llama of half a million parameters that knows puzzles of a tram, a lever and two tracks, and nothing else."""

    options: ClassVar[tuple[Option, ...]] = (
        Option("question", "Question", default=QUESTIONS[0], help="comes after the text, never masked"),
        ANSWER,
        AGAINST,
        SCALE,
    )

    def __init__(
        self, question: str = QUESTIONS[0], answer: str | None = "", against: str | None = "", scale: str = "log"
    ) -> None:
        """See `ToyBackend`."""
        super().__init__(question or QUESTIONS[0], answer, against, scale)
