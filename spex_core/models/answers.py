"""From log-probabilities of answers to one score, with its unit and the words for its two directions; the base of the
backends that score so."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from spex_core.arrays import BoolArray, FloatArray, Pieces, Piecewise, ValueFunction
from spex_core.errors import InputError
from spex_core.inputs.base import Masker
from spex_core.models.base import Backend, ModelSpec, Option

SCALES = ("log", "probability")
SMALLEST = 1e-100
"""Probabilities below it, and squares of their differences, leave the range of 64-bit numbers."""
ONLY_BOUNDS = "the answer was not among the tokens returned, so only a bound of it was seen"
"""How a run says that it hardly saw what it was to explain; views look for it."""
SHARE = "share of replies"
"""Unit of models that are asked for replies in words; views look for it."""
_SHOWN = 40  # characters of an answer in messages
ANSWER = Option("answer", "Answer", help="the answer to explain; left empty, the model's own")
AGAINST = Option("against", "Against", help="another answer: explains the log-odds of the first against it")
SCALE = Option("scale", "Scale", default="log", help="log or probability", choices=SCALES)


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

    def check_range(self, scores: FloatArray) -> None:
        """Refuse probabilities that are too small, or too close to 1, to be told apart.

        Args:
            scores: of different masks, see `combine`.

        Raises:
            InputError: says which of the two, and offers the scale "log".
        """
        if self.scale != "probability" or not len(scores):
            return
        unit = "log-odds" if self.against else "log-probability"
        if scores.max() < SMALLEST:
            raise InputError(
                f"the probability of the answer “{_shortened(self.answer)}” is below {SMALLEST:g} whatever is hidden, "
                f"too small to compare; use scale=log (its {unit}), or a shorter answer"
            )
        if scores.min() == 1.0:
            raise InputError(
                f"the probability of the answer “{_shortened(self.answer)}” rounds to 1 whatever is hidden, so nothing "
                f"can be compared; use scale=log (its {unit})"
            )


def _shortened(answer: str) -> str:
    return answer if len(answer) <= _SHOWN else f"{answer[:_SHOWN]}…"


class AnswerBackend(Backend):
    """Base of the backends that score an answer: one that is given, or the model's own.

    Attributes:
        scale: the answers, and what is made of their log-probabilities; see `choose`.
    """

    scale: AnswerScale

    def value_function(self, masker: Masker) -> ValueFunction:
        """See `Backend.value_function`; on the probability scale the first batch shows whether there is anything to
        compare (see `AnswerScale.check_range`)."""
        return self.checked_range(super().value_function(masker))

    def checked_range(self, function: ValueFunction) -> ValueFunction:
        """`function`, whose first batch of two masks or more is checked by `AnswerScale.check_range`; of a `Piecewise`
        one, once all of the batch has come."""
        if self.scale.scale != "probability":
            return function
        looked = False

        def look(values: FloatArray) -> None:
            nonlocal looked
            if not looked and len(values) > 1:
                self.scale.check_range(values)
                looked = True

        def value(masks: BoolArray) -> FloatArray:
            values = np.asarray(function(masks))
            look(values)
            return values

        def pieces(masks: BoolArray, stopping: Callable[[], bool]) -> Pieces:
            assert isinstance(function, Piecewise)
            seen = [np.zeros(0)]
            for rows, values in function.pieces(masks, stopping):
                yield rows, values
                seen.append(values)
            look(np.concatenate(seen))

        return Piecewise(pieces) if isinstance(function, Piecewise) else value

    def choose(self, scale: AnswerScale) -> None:
        """Fix what is scored, and with it the unit and its two directions; override where an answer takes preparing.

        Raises:
            InputError: the model cannot give one of the answers.
        """
        self.scale = scale
        self.unit = scale.unit
        self.toward = scale.toward

    def check_answer(self) -> None:
        """Refuse to score while there is no answer.

        Raises:
            InputError: says how to get one.
        """
        if not self.scale.answer:
            raise InputError("no answer is given; give one, or take the model's own first: backend.settle(text)")

    def own_answer(self, whole: Any) -> str:
        """The answer that is taken from the model: its reply."""
        return self.reply(whole) or ""

    def settled_options(self, options: dict[str, str]) -> dict[str, str]:
        """What the spec of a settled backend holds, of the `options` it was loaded with; others may be fixed too."""
        return {**options, "answer": self.scale.answer}

    def settle(self, whole: Any) -> Self:
        """This backend with the model's own answer to `whole` fixed, where none was given.

        Raises:
            InputError: the model's own answer is empty, or is the one it is to be compared with.
        """
        answer = self.scale.answer or self.own_answer(whole)
        if not answer:
            raise InputError("the model's own answer is empty; give an answer to explain")
        settled = copy.copy(self)
        settled.choose(replace(self.scale, answer=answer))
        if self.spec is not None:
            settled.spec = ModelSpec(self.name, settled.settled_options(self.spec.options))
        return settled
