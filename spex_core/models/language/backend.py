"""Base of the backends that ask a causal language model about a text."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import ClassVar, Self

from spex_core.arrays import FloatArray, ValueFunction
from spex_core.errors import InputError
from spex_core.inputs.base import Masker
from spex_core.inputs.segmentation import check_texts
from spex_core.models.answers import AnswerBackend, AnswerScale
from spex_core.models.base import Option
from spex_core.models.device import check_precision
from spex_core.models.from_folder import FolderBackend, Loaded, told_in_words
from spex_core.models.language.causal import ANSWER_TOKENS, LanguageModel, load_language_model
from spex_core.models.language.cost import precision_notes
from spex_core.models.language.prompts import FILLER, Prompter, hidden_notes, stand_in, token_spans
from spex_core.models.language.vocabulary import check_text, unknown_notes, unknown_share
from spex_core.models.reasoning import LEFT_OUT, opening

INSTRUCTION = Option(
    "instruction", "Instruction", help="comes before the text, never masked; may hold examples", lines=4
)
QUESTION = Option("question", "Question", help="comes after the text, never masked")
_CALL_TOKENS = 16384
_CALL_FLOPS = {"cpu": 2e11, "mps": 4e12, "cuda": 1e14}  # a few seconds on common machines; on a CPU of one core


class LanguageBackend(FolderBackend, AnswerBackend):
    """Log-probability of an answer given the text and a question, or the log-odds of two answers.

    The prompt is the instruction, the text, the question, in the model's chat template; only the text is masked. The
    score sums the log-probabilities of the answer's tokens; the token that would end the answer is not counted.
    """

    maskings: ClassVar[tuple[str, ...]] = ("unk", "removal", "filler")
    names_unknown_words: ClassVar[bool] = False
    """Whether its own notes name the words that it does not know, however many."""
    answers_shortly: ClassVar[bool] = False
    """Whether the first sentence of its own answer is enough: one that chats on would be cut off in the middle."""
    language: LanguageModel
    _quiet: bool = False  # whether an empty reasoning stands before the answer

    @told_in_words
    def ask(
        self,
        model: str,
        question: str = "",
        answer: str | None = "",
        against: str | None = "",
        scale: str = "log",
        instruction: str = "",
        template: str = "auto",
        precision: str = "auto",
    ) -> None:
        """Load the model, a folder or a Hugging Face id, and fix what it is asked.

        Raises:
            InputError: an option breaks a rule, or the model is refused or does not fit.
            ModelError: it could not be downloaded or loaded.
        """
        scoring = AnswerScale((answer or "").strip(), (against or "").strip(), scale or "log")
        self.language = load_language_model(model, precision)
        self.prompter: Prompter = self.language.prompter(instruction or "", question or "", template or "auto")
        self.question = (question or "").strip()
        self._asked = check_precision(precision)
        self._masking, self._unknown_share = "", 0.0
        self.mask_token = stand_in(self.language.tokenizer, "unk_token", "mask_token") or FILLER
        self.choose(scoring)

    @property
    def loaded(self) -> Loaded:
        """The model."""
        return self.language

    @property
    def fingerprint(self) -> str:
        """That of the loaded model; passes with an empty reasoning are others than those without."""
        return super().fingerprint + (" without reasoning" if self._quiet else "")

    @told_in_words
    def score(self, inputs: Sequence[str]) -> FloatArray:
        """Scores of m texts, empty ones included: (m,) float64.

        Raises:
            InputError: an entry is no text or too long for the model, or no answer is fixed yet.
            ModelError: the device ran out of memory.
        """
        check_texts(inputs)
        self.check_answer()
        prompts = self.prompter.ids(inputs)
        return self.scale.combine(self.language.log_probabilities(prompts, self._answers, self.prompter.prefix))

    @told_in_words
    def value_function(self, masker: Masker) -> ValueFunction:
        """See `Backend.value_function`; how features are hidden, and what is unknown, is kept for `notes`."""
        self._masking = masker.masking
        if not self.names_unknown_words:
            self._unknown_share = unknown_share(self.language.tokenizer, masker.text)
        return super().value_function(masker)

    @told_in_words
    def batch_size(self, masker: Masker) -> int:
        """4 to 256 masks, a few seconds of work; a function of the text, the model and the machine's cores."""
        answer = max(map(len, self._answers)) if self._answers else ANSWER_TOKENS
        read = len(self.prompter.ids([masker.text])[0]) - len(self.prompter.prefix)  # the rest is read once
        tokens = max(1, read) + answer
        flops = 2.0 * self.language.parameters * tokens
        room = min(_CALL_TOKENS // tokens, int(_CALL_FLOPS[self.language.device] * self.language.workers / flops))
        return max(4, min(256, room // 4 * 4))

    @told_in_words
    def token_spans(self, text: str) -> list[tuple[int, int]] | None:
        """Character span of each token of `text` on its own."""
        return token_spans(self.language.tokenizer, text)

    @told_in_words
    def reply(self, whole: str) -> str:
        """The model's own greedy answer about `whole`."""
        check_texts([whole])
        chat = self.prompter.frame.chat
        return self.language.answer(self.prompter.ids([whole])[0], line=not chat, sentence=self.answers_shortly)

    @told_in_words
    def settle(self, whole: str) -> Self:
        """See `AnswerBackend.settle`.

        Raises:
            InputError: also where the tokenizer does not know most of the text, or the model reasons whatever is done.
        """
        check_texts([whole])
        if not self.names_unknown_words:
            check_text(self.language.tokenizer, whole, self.language.model)
        return super(LanguageBackend, self._answering(whole)).settle(whole)

    def _answering(self, whole: str) -> Self:
        """This backend, asked so that the model answers at once: one that would reason first gets an empty reasoning.

        Raises:
            InputError: it reasons after that as well.
        """
        start = self._reasons(whole)
        if not start:
            return self
        asked = copy.copy(self)
        asked.prompter = self.prompter.without_reasoning(start)
        asked._quiet = True
        if asked._reasons(whole):
            raise InputError(
                f"{self.language.model} reasons before it answers (“{start}”), even after an empty reasoning, so its "
                "first words are no answer; use a model, or a chat template, that answers at once"
            )
        return asked

    def _reasons(self, whole: str) -> str:
        """What the model's reasoning about `whole` begins with, "" where it answers at once."""
        if not self.prompter.may_reason:
            return ""
        return opening(self.language.opening(self.prompter.ids([whole])[0]))

    def settled_options(self, options: dict[str, str]) -> dict[str, str]:
        """See `AnswerBackend.settled_options`; the precision is named too, where it is an option."""
        named = {"precision": self.language.precision} if any(o.name == "precision" for o in self.options) else {}
        return {**super().settled_options(options), **named}

    @told_in_words
    def choose(self, scale: AnswerScale) -> None:
        """See `AnswerBackend.choose`."""
        super().choose(scale)
        self._answers = [self.prompter.answer_ids(answer) for answer in scale.answers] if scale.answer else []
        if len(self._answers) == 2 and self._answers[0] == self._answers[1]:
            raise InputError(
                f"“{scale.answer}” and “{scale.against}” are the same to the model's tokenizer; they must differ"
            )

    def notes(self) -> tuple[str, ...]:
        """Says where the precision was lowered to fit the machine, that a reasoning was left out, what stands for a
        hidden feature where that is not the unknown token, and which share of the text is unknown."""
        lowered = precision_notes(self._asked, self.language.precision, self.language.device)
        hidden = hidden_notes(self._masking, self.mask_token, self.language.tokenizer)
        quiet = (LEFT_OUT,) if self._quiet else ()
        return (*lowered, *quiet, *hidden, *unknown_notes(self._unknown_share))
