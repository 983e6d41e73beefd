"""From log-probabilities of answers to one score, with its unit and the words for its two directions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spex_core.arrays import FloatArray
from spex_core.errors import InputError

SCALES = ("log", "probability")


@dataclass(frozen=True)
class AnswerScale:
    """What is made of log p(answer), and of log p(against) where there is one.

    "log": log p(answer), or log p(answer) - log p(against).
    "probability": p(answer), or p(answer) / (p(answer) + p(against)).

    Attributes:
        answer: the answer scored, "" while it is still to be taken from the model.
        against: the answer it is compared with, "" for none.
        scale: one of `SCALES`.
    """

    answer: str
    against: str = ""
    scale: str = "log"

    def __post_init__(self) -> None:
        """Refuse an unknown scale and an answer against itself."""
        if self.scale not in SCALES:
            raise InputError(f"scale={self.scale!r} does not exist; use {' or '.join(SCALES)}")
        if self.against and self.answer == self.against:
            raise InputError(f"answer and against are both {self.answer!r}; they must differ")

    @property
    def answers(self) -> tuple[str, ...]:
        """The answers whose log-probabilities are needed."""
        return (self.answer, self.against) if self.against else (self.answer,)

    @property
    def unit(self) -> str:
        """Unit of the score."""
        if self.scale == "probability":
            return "probability"
        return "log-odds" if self.against else "log-probability"

    @property
    def toward(self) -> tuple[str, str]:
        """What a falling and a rising score lean towards."""
        rising = f"“{self.answer}”" if self.answer else "the model's own answer"
        return (f"“{self.against}”" if self.against else "other answers", rising)

    def combine(self, logs: FloatArray) -> FloatArray:
        """(m, number of answers) log-probabilities -> (m,) scores."""
        value = logs[:, 0] - logs[:, 1] if self.against else logs[:, 0]
        if self.scale == "log":
            return np.asarray(value)
        return np.asarray(np.exp(-np.logaddexp(0.0, -value)) if self.against else np.exp(value))
