"""What a model is to a run: a backend that scores inputs, its options, and what using it takes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from spex_core.arrays import BoolArray, FloatArray, IntArray, ValueFunction
from spex_core.errors import InputError
from spex_core.inputs.base import Masker
from spex_core.memory import gigabytes


@dataclass(frozen=True)
class Option:
    """One setting of a backend that a person fills in.

    Attributes:
        name: keyword of `load_backend` and, with dashes, of the command line.
        label: what the form shows.
        required: whether the backend refuses to load without it.
        default: value used when it is left out.
        help: one sentence.
        lines: that its field shows; one of a single line holds no line break.
        choices: the only values that it may have, none where it is free.
        secret: never stored, shown or exported (an API key).
        scored: whether it changes what is scored beyond what `Backend.fingerprint` says; False for where the weights
            are and what a pass costs.
    """

    name: str
    label: str
    required: bool = False
    default: str = ""
    help: str = ""
    lines: int = 1
    choices: tuple[str, ...] = ()
    secret: bool = False
    scored: bool = True


@dataclass(frozen=True)
class ModelSpec:
    """Name and options of a backend: enough to load it again. Never holds a secret."""

    name: str
    options: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Forecast:
    """What using a model takes on this machine, told before anything is downloaded, loaded or spent.

    Attributes:
        download_bytes: still to be fetched; 0 where the model is here already, None where that cannot be told.
        memory_bytes: needed while it runs, None where unknown.
        free_bytes: memory free on the device that would be used, None where unknown.
        device: "cuda", "mps", "cpu" or "endpoint".
        tokens: read per masked pass, None where unknown.
        flops: floating-point operations per masked pass, None where unknown.
        passes_per_second: expected speed, None where unknown.
        dollars_per_pass: price of a masked pass, None where nothing is paid or the price is unknown.
        calls_per_pass: of a server, on the average.
        calls_besides: of a whole run, beside those of each of its passes.
        preparation: what is done once before its first use, and takes a while: one sentence, "" for nothing.
        problem: why it cannot run here, "" where it can.
    """

    download_bytes: int | None = None
    memory_bytes: int | None = None
    free_bytes: int | None = None
    device: str = "cpu"
    tokens: int | None = None
    flops: float | None = None
    passes_per_second: float | None = None
    dollars_per_pass: float | None = None
    calls_per_pass: float = 1.0
    calls_besides: int = 0
    preparation: str = ""
    problem: str = ""

    def calls(self, passes: int) -> int:
        """Calls of a run of so many passes."""
        return round(self.calls_per_pass * passes) + self.calls_besides

    def dollars(self, passes: int) -> float | None:
        """Price of a run of so many passes, None where it is unknown."""
        each = self.dollars_per_pass
        return None if each is None else each * self.calls(passes) / self.calls_per_pass


@dataclass(frozen=True)
class Guess:
    """One of the things that a model takes its input for.

    Attributes:
        name: by which it can be asked to explain it.
        probability: between 0 and 1.
    """

    name: str
    probability: float


class Backend(ABC):
    """Scores inputs with one model."""

    name: ClassVar[str]
    title: ClassVar[str]
    summary: ClassVar[str]
    modality: ClassVar[str] = "text"
    built_in: ClassVar[bool] = True
    """Whether it comes with the app; others are offered after those that do."""
    remote: ClassVar[bool] = False
    """Whether `score` and `settle` wait for a server and take nothing here meanwhile."""
    toy: ClassVar[bool] = False
    """Whether it was taught a small world of ours, with known rules or planted shortcuts; toys are offered last."""
    options: ClassVar[tuple[Option, ...]] = ()
    maskings: ClassVar[tuple[str, ...]] = ("unk", "removal")
    """Ways of hiding a feature that this model supports, the default first."""
    unit: str = "score"
    spec: ModelSpec | None = None
    """Name and non-secret options, set by `registry.load_backend`."""
    toward: tuple[str, str] = ("lower", "higher")
    """What a falling and a rising value mean in words, e.g. ("negative", "positive")."""
    question: str = ""
    """What the model is asked about its input, "" where nothing is asked."""
    words_option: ClassVar[str] = "question"
    """The option that `question` comes from: its words may be features beside those of a picture."""
    unknown_words: tuple[str, ...] = ()
    """Words of `question` that it does not know, where it can tell."""
    mask_token: str = "[UNK]"
    """What stands for a hidden word."""

    @property
    def fingerprint(self) -> str:
        """Which weights it has: passes made by other weights are never taken for its own, and backends that agree in
        it share one loaded model. Never holds a secret. Override where there are weights; the default, the name,
        is for models that are code alone."""
        return self.name

    @property
    def is_outdated(self) -> bool:
        """Whether what it was loaded from has changed since, so that the next run needs it loaded anew."""
        return False

    @abstractmethod
    def score(self, inputs: Sequence[Any]) -> FloatArray:
        """Scores of m inputs, unmasked or masked: (m,) float64 in `self.unit`."""

    def value_function(self, masker: Masker) -> ValueFunction:
        """The set function of `masker`'s input; override where masks can skip building strings."""
        return lambda masks: self.score(masker.apply(masks))

    @property
    def samples(self) -> bool:
        """Whether values are draws: shares of yes-or-no replies, another one whenever it is asked."""
        return False

    def replies(self, masks: BoolArray) -> IntArray:
        """Where it samples: of how many replies the value of each of (m, n) masks is the share, (m,)."""
        return np.ones(len(masks), dtype=np.int64)

    def batch_size(self, masker: Masker) -> int:
        """Masks per call of the value function: the step of progress, cancellation and determinism."""
        return 64

    def token_spans(self, text: str) -> list[tuple[int, int]] | None:
        """Character spans of the model's own sub-word tokens, or None where it has no tokenizer."""
        return None

    def reply(self, whole: Any) -> str | None:
        """What the model says about an unmasked input in its own words, None where it does not speak."""
        return None

    def guesses(self, whole: Any, count: int = 5) -> tuple[Guess, ...] | None:
        """What the model takes an unmasked input for, the most probable first; None where it does not name things."""
        return None

    def settle(self, whole: Any) -> Backend:
        """This backend with everything fixed that it takes from the unmasked input `whole` (its own answer, where
        none was given): `spec`, `toward` and `score` of what is returned name it. Most have nothing to settle, and
        what is settled already is not asked again."""
        return self

    def notes(self) -> tuple[str, ...]:
        """Sentences a person should read about the passes made so far by this backend, as `settle` returned it."""
        return ()

    def probe(self, whole: Any) -> Forecast | None:
        """What a trial of a few passes over `whole` shows; None where there is nothing to find out. Forms offer it for
        the backends that override it."""
        return None

    @classmethod
    def forecast(cls, options: dict[str, str], masker: Masker | None = None) -> Forecast | None:
        """What a model that is not built in would take; None for built-in ones, whose speed is simply measured.

        Args:
            options: as for `registry.load_backend`.
            masker: the input, where there is one already: it decides the tokens per pass.
        """
        return None


def check_forecast(name: str, forecast: Forecast | None) -> None:
    """Refuse a model that cannot run here.

    Raises:
        InputError: the forecast names a problem, or more memory than is free; the message names both numbers.
    """
    if forecast is None:
        return
    if forecast.problem:
        raise InputError(f"{name} cannot run here: {forecast.problem}")
    need, free = forecast.memory_bytes, forecast.free_bytes
    if need is not None and free is not None and need > free:
        raise InputError(
            f"{name} needs {gigabytes(need)} of memory on {forecast.device} and {gigabytes(free)} are free; "
            "free some, or choose a smaller model"
        )
