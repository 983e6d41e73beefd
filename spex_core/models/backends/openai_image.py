"""openai-image: how probable is an answer about a picture to a model behind an OpenAI-compatible server?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from spex_core.arrays import BoolArray
from spex_core.inputs.base import Masker
from spex_core.inputs.pictures import MASKINGS
from spex_core.models.base import Option
from spex_core.models.endpoint.backend import EndpointBackend
from spex_core.models.endpoint.options import ANSWERS, COSTS, SAMPLED, WHERE
from spex_core.models.endpoint.picture_urls import shown
from spex_core.models.endpoint.wording import Picture

_BATCH_BYTES = 64_000_000
_ANSWER, *_OTHERS = ANSWERS


class OpenAIPictures(EndpointBackend):
    """Reads pictures, in chats: see `EndpointBackend`."""

    name = "openai-image"
    title = "Model behind an API (OpenAI-compatible)"
    summary = "Asks GPT-4o mini, or LLaVA or Qwen-VL on a server, about the picture and scores an answer."
    modality = "image"
    maskings = MASKINGS
    modes = ("chat", "sampled")
    options = (
        *WHERE,
        Option("instruction", "Instruction", help="comes before the picture, never masked"),
        Option("question", "Question", required=True, help="what to ask about the picture"),
        replace(_ANSWER, help="one token, unless mode is sampled; left empty, the model's own"),
        *_OTHERS,
        Option(
            "mode",
            "Mode",
            default="chat",
            help="chat (log-probabilities of the reply's first token), or sampled (no log-probabilities needed)",
            choices=modes,
        ),
        *SAMPLED,
        *COSTS,
    )

    def shown(self, inputs: Sequence[Any]) -> Sequence[Picture]:
        """Pictures as data URLs; see `picture_urls.shown`."""
        return [shown(entry, position) for position, entry in enumerate(inputs)]

    def masked(self, masker: Masker, masks: BoolArray) -> Sequence[Picture]:
        """One picture is drawn at a time: as they are sent they take less memory."""
        return [shown(masker.apply(masks[row : row + 1])[0], row) for row in range(len(masks))]

    def most_per_batch(self, masker: Masker) -> int:
        """By their pixels."""
        return max(1, _BATCH_BYTES // masker.input_bytes)
