"""smollm2: a chat model that comes with the app, asked about a text."""

from __future__ import annotations

from typing import ClassVar

from spex_core.inputs.base import Masker
from spex_core.models.answers import AGAINST, ANSWER, SCALE
from spex_core.models.base import Forecast, Option
from spex_core.models.cost import CHARACTERS_PER_TOKEN
from spex_core.models.gguf.cache import likely_copy
from spex_core.models.language.backend import INSTRUCTION, QUESTION, LanguageBackend
from spex_core.models.language.causal import ANSWER_TOKENS
from spex_core.models.language.cost import forecast
from spex_core.models.language.prompts import TEMPLATE_HELP, TEMPLATES
from spex_core.models.language.smollm2 import embedded_file

PRECISION = "float32"
"""Rounded to 8 bits its log-odds were off by 1; see benchmarks/README.md."""


class SmolLM2(LanguageBackend):
    """SmolLM2-135M-Instruct: 135 million weights that have read two thousand billion tokens of text."""

    name = "smollm2"
    title = "SmolLM2 (a real chat model, built in)"
    summary = "Asks a small chat model about the text and scores an answer: it knows something, and is often wrong."
    maskings: ClassVar[tuple[str, ...]] = ("removal", "filler", "unk")
    """Its unknown token ends a document: what stands before one is as good as hidden too, so that comes last."""
    answers_shortly: ClassVar[bool] = True
    options: ClassVar[tuple[Option, ...]] = (
        INSTRUCTION,
        QUESTION,
        ANSWER,
        AGAINST,
        SCALE,
        Option("template", "Template", default="chat", help=TEMPLATE_HELP, choices=TEMPLATES[1:]),
    )

    def __init__(
        self,
        instruction: str = "",
        question: str = "",
        answer: str | None = "",
        against: str | None = "",
        scale: str = "log",
        template: str = "chat",
    ) -> None:
        """Load the model, converting it where that was not done yet, and write the frame of the prompt.

        Raises:
            InputError: see `LanguageBackend.ask`.
            ModelError: the package is not installed, or the disk of the converted copy is full.
        """
        self.ask(str(embedded_file()), question, answer, against, scale, instruction, template or "chat", PRECISION)

    @classmethod
    def forecast(cls, options: dict[str, str], masker: Masker | None = None) -> Forecast | None:
        """None once it is converted: like any built-in model's, its speed is measured. Before that, what it takes."""
        file = embedded_file()
        if likely_copy(file, PRECISION) is not None:
            return None
        words = ("instruction", "question", "answer", "against")
        characters = sum(len(options.get(name) or "") for name in words) + (0 if masker is None else len(masker.text))
        tokens = None if masker is None else int(characters / CHARACTERS_PER_TOKEN) + ANSWER_TOKENS
        return forecast(str(file), PRECISION, "causal-lm", lambda _: None, tokens)
