"""Base of the two built-in reasoning models: what they are asked by default."""

from __future__ import annotations

from typing import ClassVar

from spex_core.language_backend import AGAINST, ANSWER, SCALE
from spex_core.protocols import Option
from spex_core.switchyard import QUESTIONS
from spex_core.toy_backend import ToyBackend


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
