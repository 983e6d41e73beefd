"""hf-causal-lm: how probable is an answer to a language model that has read the text?"""

from __future__ import annotations

from pathlib import Path

from spex_core.inputs.base import Masker
from spex_core.models.answers import AGAINST, ANSWER, SCALE
from spex_core.models.base import Forecast, Option
from spex_core.models.cost import CHARACTERS_PER_TOKEN
from spex_core.models.device import PRECISIONS
from spex_core.models.folders import folder_tokenizer
from spex_core.models.language.backend import INSTRUCTION, QUESTION, LanguageBackend
from spex_core.models.language.causal import ANSWER_TOKENS
from spex_core.models.language.cost import forecast
from spex_core.models.language.loading import model_option
from spex_core.models.language.prompts import TEMPLATE_HELP, TEMPLATES, Prompter

DEFAULT = "Qwen/Qwen2.5-0.5B-Instruct"


class HFCausalLM(LanguageBackend):
    """Any causal language model of the Hugging Face hub or of a folder."""

    name = "hf-causal-lm"
    built_in = False
    title = "Answer of a language model (Hugging Face)"
    summary = "Asks Llama, Qwen, Mistral, OLMo or another chat model about the text and scores an answer."
    options = (
        model_option(DEFAULT),
        INSTRUCTION,
        QUESTION,
        ANSWER,
        AGAINST,
        SCALE,
        Option(
            "template",
            "Template",
            default="auto",
            help=f"{TEMPLATE_HELP}; auto: chat where the model has one",
            choices=TEMPLATES,
        ),
        Option("precision", "Precision", default="auto", help="auto, float32 or bfloat16", choices=PRECISIONS),
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
            InputError, ModelError: see `LanguageBackend.ask`.
        """
        self.ask(model or DEFAULT, question, answer, against, scale, instruction, template, precision)

    @classmethod
    def forecast(cls, options: dict[str, str], masker: Masker | None = None) -> Forecast:
        """Memory, tokens, arithmetic and speed, from the config alone; see `models.language.cost.forecast`."""
        model = options.get("model") or DEFAULT
        instruction, question = options.get("instruction") or "", options.get("question") or ""
        text = "" if masker is None else masker.text

        def count(folder: Path) -> int | None:
            if masker is None:
                return None
            tokenizer = folder_tokenizer(folder, model)
            prompter = Prompter(tokenizer, instruction, question, options.get("template") or "auto")
            return len(prompter.ids([text])[0]) + len(prompter.answer_ids(options.get("answer") or "True"))

        characters = len(text) + len(instruction) + len(question) + len(options.get("answer") or "")
        guess = None if masker is None else int(characters / CHARACTERS_PER_TOKEN) + ANSWER_TOKENS
        return forecast(model, options.get("precision") or "auto", "causal-lm", count, guess)
