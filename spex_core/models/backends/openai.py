"""openai: how probable is an answer to a model behind an OpenAI-compatible server?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from spex_core.inputs.base import Masker
from spex_core.inputs.segmentation import check_texts
from spex_core.models.base import Option
from spex_core.models.endpoint.backend import EndpointBackend
from spex_core.models.endpoint.options import ANSWERS, COSTS, SAMPLED, WHERE
from spex_core.models.endpoint.wording import MODES

_BATCH_CHARACTERS = 200_000


class OpenAIEndpoint(EndpointBackend):
    """Reads texts: see `EndpointBackend`."""

    name = "openai"
    title = "Model behind an API (OpenAI-compatible)"
    summary = "Asks GPT-4o mini, or a model on vLLM, llama.cpp or another server, about the text and scores an answer."
    options = (
        *WHERE,
        Option("instruction", "Instruction", help="comes before the text, never masked"),
        Option("question", "Question", help="comes after the text, never masked"),
        *ANSWERS,
        Option(
            "mode",
            "Mode",
            default="chat",
            help="chat, completions, echo (whole answers; vLLM has it), or sampled (no log-probabilities needed)",
            choices=MODES,
        ),
        *SAMPLED,
        *COSTS,
    )

    def shown(self, inputs: Sequence[Any]) -> Sequence[str]:
        """Texts, as they are."""
        check_texts(inputs)
        return inputs

    def most_per_batch(self, masker: Masker) -> int:
        """By their characters."""
        return _BATCH_CHARACTERS // (len(masker.text) + 1)
