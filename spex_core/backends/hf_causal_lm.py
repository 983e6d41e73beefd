"""hf-causal-lm: how probable is an answer to a language model that has read the text?"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from pathlib import Path

from spex_core.arrays import FloatArray
from spex_core.errors import InputError
from spex_core.language_answers import AnswerScale
from spex_core.language_cost import CHARACTERS_PER_TOKEN, forecast, precision_notes
from spex_core.language_hidden import hidden_notes
from spex_core.language_models import ANSWER_TOKENS, LanguageModel, load_language_model
from spex_core.language_prompts import FILLER, Prompter, check_texts, stand_in, token_spans
from spex_core.model_loading import folder_tokenizer
from spex_core.model_machine import check_precision
from spex_core.protocols import Backend, Forecast, Masker, ModelSpec, Option, ValueFunction

DEFAULT = "Qwen/Qwen2.5-0.5B-Instruct"
_CALL_TOKENS = 16384
_CALL_FLOPS = {"cpu": 2e11, "mps": 4e12, "cuda": 1e14}  # a few seconds on common machines; on a CPU of one core


class HFCausalLM(Backend):
    """Log-probability of an answer given the text and a question, or the log-odds of two answers.

    The prompt is the instruction, the text, the question, in the model's chat template; only the text is masked. The
    score sums the log-probabilities of the answer's tokens; the token that would end the answer is not counted.
    """

    name = "hf-causal-lm"
    built_in = False
    title = "Answer of a language model (Hugging Face)"
    summary = "Asks Llama, Qwen, Mistral, OLMo or another chat model about the text and scores an answer."
    maskings = ("unk", "removal", "filler")
    options = (
        Option("model", "Model", default=DEFAULT, help="Hugging Face id, or a folder with safetensors weights"),
        Option("instruction", "Instruction", help="comes before the text, never masked"),
        Option("question", "Question", help="comes after the text, never masked"),
        Option("answer", "Answer", help="the answer to explain; left empty, the model's own"),
        Option("against", "Against", help="another answer: explains the log-odds of the first against it"),
        Option("scale", "Scale", default="log", help="log or probability"),
        Option("template", "Template", default="auto", help="chat, plain, or auto: chat where the model has one"),
        Option("precision", "Precision", default="auto", help="auto, float32 or bfloat16"),
    )

    def __init__(
        self,
        model: str = DEFAULT,
        instruction: str = "",
        question: str = "",
        answer: str | None = "",
        against: str | None = "",
        scale: str = "log",
        template: str = "auto",
        precision: str = "auto",
    ) -> None:
        """Load the model, downloading it where it is not on this machine, and write the frame of the prompt.

        Raises:
            InputError: an option breaks a rule, or the model is refused or does not fit.
            ModelError: it could not be downloaded or loaded.
        """
        scoring = AnswerScale((answer or "").strip(), (against or "").strip(), scale or "log")
        self.language: LanguageModel = load_language_model(model or DEFAULT, precision)
        self.prompter: Prompter = self.language.prompter(instruction or "", question or "", template or "auto")
        self.question = (question or "").strip()
        self._asked = check_precision(precision)
        self._masking = ""
        self.mask_token = stand_in(self.language.tokenizer, "unk_token", "mask_token") or FILLER
        self._choose(scoring)

    def score(self, inputs: Sequence[str]) -> FloatArray:
        """Scores of m texts, empty ones included: (m,) float64.

        Raises:
            InputError: an entry is no text or too long for the model, or no answer is fixed yet.
            ModelError: the device ran out of memory.
        """
        check_texts(inputs)
        if not self.scale.answer:
            raise InputError("no answer is given; give one, or take the model's own first: backend.settle(text)")
        prompts = self.prompter.ids(inputs)
        return self.scale.combine(self.language.log_probabilities(prompts, self._answers, self.prompter.prefix))

    def value_function(self, masker: Masker) -> ValueFunction:
        """See `Backend.value_function`; how features are hidden is kept for `notes`."""
        self._masking = getattr(masker, "masking", "")
        return super().value_function(masker)

    def batch_size(self, masker: Masker) -> int:
        """4 to 256 masks, a few seconds of work; a function of the text, the model and the machine's cores."""
        tokens = len(self.prompter.ids([getattr(masker, "text", "")])[0]) + ANSWER_TOKENS
        flops = 2.0 * self.language.parameters * tokens
        room = min(_CALL_TOKENS // tokens, int(_CALL_FLOPS[self.language.device] * self.language.workers / flops))
        return max(4, min(256, room // 4 * 4))

    def token_spans(self, text: str) -> list[tuple[int, int]] | None:
        """Character span of each token of `text` on its own."""
        return token_spans(self.language.tokenizer, text)

    def reply(self, whole: str) -> str:
        """The model's own greedy answer about `whole`."""
        check_texts([whole])
        return self.language.answer(self.prompter.ids([whole])[0], line=not self.prompter.frame.chat)

    def settle(self, whole: str) -> HFCausalLM:
        """This backend with the model's own answer to `whole` fixed, where none was given, and its precision named.

        Raises:
            InputError: the model's own answer is empty, or is the one it is to be compared with.
        """
        answer = self.scale.answer or self.reply(whole)
        if not answer:
            raise InputError("the model's own answer is empty; give an answer to explain")
        settled = copy.copy(self)
        settled._choose(AnswerScale(answer, self.scale.against, self.scale.scale))
        if self.spec is not None:
            fixed = {"answer": answer, "precision": self.language.precision}
            settled.spec = ModelSpec(self.name, {**self.spec.options, **fixed})
        return settled

    def _choose(self, scale: AnswerScale) -> None:
        self.scale = scale
        self.unit = scale.unit
        self.toward = scale.toward
        self._answers = [self.prompter.answer_ids(answer) for answer in scale.answers] if scale.answer else []

    def notes(self) -> tuple[str, ...]:
        """Says where the precision was lowered to fit the machine, and what stands for a hidden feature where that is
        not the unknown token."""
        lowered = precision_notes(self._asked, self.language.precision, self.language.device)
        return (*lowered, *hidden_notes(self._masking, self.mask_token, self.language.tokenizer))

    @classmethod
    def forecast(cls, options: dict[str, str], masker: Masker | None = None) -> Forecast:
        """Memory, tokens, arithmetic and speed, from the config alone; see `language_cost.forecast`."""
        model = options.get("model") or DEFAULT
        instruction, question = options.get("instruction") or "", options.get("question") or ""
        text = getattr(masker, "text", "")

        def count(folder: Path) -> int | None:
            if masker is None:
                return None
            tokenizer = folder_tokenizer(folder, model)
            prompter = Prompter(tokenizer, instruction, question, options.get("template") or "auto")
            return len(prompter.ids([text])[0]) + len(prompter.answer_ids(options.get("answer") or "True"))

        characters = len(text) + len(instruction) + len(question) + len(options.get("answer") or "")
        guess = None if masker is None else int(characters / CHARACTERS_PER_TOKEN) + ANSWER_TOKENS
        return forecast(model, options.get("precision") or "auto", "causal-lm", count, guess)
