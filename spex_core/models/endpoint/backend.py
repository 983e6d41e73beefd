"""What a model behind an OpenAI-compatible server is to a run, whatever it is shown: the base of those backends."""

from __future__ import annotations

import threading
from abc import abstractmethod
from collections.abc import Callable, Sequence
from contextlib import closing
from typing import Any, ClassVar, Self

import numpy as np

from spex_core.arrays import BoolArray, FloatArray, IntArray, Pieces, Piecewise, ValueFunction
from spex_core.errors import InputError
from spex_core.inputs.base import Masker
from spex_core.models.answers import ONLY_BOUNDS, AnswerBackend, AnswerScale
from spex_core.models.base import Forecast
from spex_core.models.endpoint.options import SAMPLED, UNSCORED, Given
from spex_core.models.endpoint.probe import Observation, reasons, recall
from spex_core.models.endpoint.readings import Reading
from spex_core.models.endpoint.sampling import Sampling, Tally
from spex_core.models.endpoint.scorer import EndpointScorer, tokens_per_pass
from spex_core.models.endpoint.wire.client import Endpoint
from spex_core.models.endpoint.wording import MODES, Picture
from spex_core.models.reasoning import ASKED_OFF, opening

# A batch ends when its slowest call does: long enough that this hardly counts, short enough to cancel.
_BATCH_SECONDS = 2.0
_ROUNDS = (4, 64)  # of calls per batch, at least and at most
_MOSTLY = 0.9  # share of the passes from which on what is explained is not the answer


class EndpointBackend(AnswerBackend):
    """Log-probability of an answer given an input and a question, or the log-odds of two answers, from a server.

    With mode "chat" or "completions" the first token of the model's reply is scored, as SPEX does for GPT-4o mini
    (arXiv 2502.13870, section 6): an answer must be one token, and is seen only among the most likely ones that the
    server returns. Where it is not, the smallest log-probability returned stands for it, an upper bound of its own
    (the paper's code takes -100); `floored` counts those passes. With mode "echo" all tokens of the answer count.
    With mode "sampled" nothing but replies in words is asked for, and the value is the share of them that give the
    answer: a draw, which is why a run of it asks some masks more than once (`sampling`).
    """

    built_in = False
    remote = True
    modes: ClassVar[tuple[str, ...]] = MODES

    _passes: int
    _floored: int
    _unseen: int  # passes in which none of the answers was among the tokens returned
    _top: int
    _begins: str  # the first reply's first token
    _quiet: bool = False  # whether the server is asked to leave a reasoning out
    _own: bool = False  # whether the answer was taken from the model
    _tally: Tally | None = None  # of the replies, where they are drawn and there is an answer

    def __init__(self, **options: object) -> None:
        """Check the options; nothing is sent yet.

        Raises:
            InputError: an option breaks a rule, or a key is missing, misplaced, or would travel unencrypted.
        """
        given = Given.read(self.name, self.options, self.modes, options)
        self.scorer = EndpointScorer(Endpoint(given.address, given.key, given.concurrency), given.wording)
        self.question = given.wording.question
        self._price, self._sampling = given.price, given.sampling
        self.choose(given.scale)

    @abstractmethod
    def shown(self, inputs: Sequence[Any]) -> Sequence[str | Picture]:
        """Inputs as they are sent.

        Raises:
            InputError: one is none of this model's, or too large.
        """

    def masked(self, masker: Masker, masks: BoolArray) -> Sequence[str | Picture]:
        """Masked inputs as they are sent, one per row of (m, n) `masks`."""
        return self.shown(masker.apply(masks))

    @abstractmethod
    def most_per_batch(self, masker: Masker) -> int:
        """Masks of which the inputs may be held at once."""

    @property
    def floored(self) -> int:
        """Passes since `settle` in which an answer was not among the tokens returned."""
        return self._floored

    @property
    def fingerprint(self) -> str:
        """Base URL and the server's name for the model, all that can be known of its weights; and whether reasoning is
        left out, which makes other passes."""
        quiet = " without reasoning" if self._quiet else ""
        drawn = "" if self._sampling is None else f" sampled {self._sampling}"
        return f"{self.scorer.endpoint.address.url} {self.scorer.wording.model}{quiet}{drawn}"

    @property
    def samples(self) -> bool:
        """See `Backend.samples`."""
        return self._sampling is not None

    def replies(self, masks: BoolArray) -> IntArray:
        """See `Backend.replies`, and `Sampling.counts`."""
        return super().replies(masks) if self._sampling is None else self._sampling.counts(masks)

    def score(self, inputs: Sequence[Any]) -> FloatArray:
        """Scores of m inputs, empty ones included: (m,) float64. Equal ones are asked about once, unless values are
        draws.

        Raises:
            InputError: an entry is none of this model's inputs, or no answer is fixed yet.
            EndpointError: the server failed, or returns no log-probabilities.
        """
        asked = self.shown(inputs)
        self.check_answer()
        counts = None if self._sampling is None else [self._sampling.replies] * len(asked)
        readings = self.scorer.read(asked, self.scale.answers, counts)
        return np.array([self._counted(reading) for reading in readings], dtype=np.float64)

    def value_function(self, masker: Masker) -> ValueFunction:
        """See `AnswerBackend.value_function`; values are handed on as the server answers. The whole input is asked
        about alone first, where it is among the first masks: if no answer is among the tokens that come back, no
        further pass is paid for.

        Raises:
            InputError: while it is called: an answer is never seen, or the model reasons before it answers.
        """
        looked = self.scorer.wording.mode in ("echo", "sampled")

        def ask(masks: BoolArray, rows: IntArray, stopping: Callable[[], bool]) -> Pieces:
            asked = self.masked(masker, masks[rows])
            self.check_answer()
            counts = None if self._sampling is None else self._sampling.counts(masks[rows]).tolist()
            with closing(self.scorer.pieces(asked, self.scale.answers, stopping, counts)) as coming:
                for piece in coming:
                    found = rows[[row for row, _ in piece]]
                    yield found, np.array([self._counted(reading) for _, reading in piece], dtype=np.float64)

        def pieces(masks: BoolArray, stopping: Callable[[], bool]) -> Pieces:
            nonlocal looked
            rows, whole = np.arange(len(masks)), masks.all(axis=1)
            if not looked and whole.any():
                looked = True
                yield from ask(masks, rows[whole], stopping)
                self._check_seen()
                rows = rows[~whole]
            if len(rows):
                yield from ask(masks, rows, stopping)

        return self.checked_range(Piecewise(pieces))

    def _counted(self, reading: Reading) -> float:
        """Score of one reading: by itself, so that its last bits do not hang on what else came at that moment."""
        with self._guard:
            self._passes += 1
            self._floored += reading.floored
            self._unseen += reading.unseen
            self._top = max(self._top, reading.top)
            self._begins = self._begins or reading.token
        if self._tally is not None:
            return self._tally.share([self.scorer.endpoint.hide(reply) for reply in reading.said])
        return float(self.scale.combine(np.array([reading.logs], dtype=np.float64))[0])

    def _check_seen(self) -> None:
        """Refuse to go on where no pass so far has shown any of the answers.

        Raises:
            InputError: says with what the model's own reply begins.
        """
        if not self._passes or self._unseen < self._passes:
            return
        start = opening(self._begins)
        if start:
            raise reasons(self.scorer.wording.model, start)
        answers = " and ".join(f"“{answer}”" for answer in self.scale.answers)
        raise InputError(
            f"{answers} {'is' if len(self.scale.answers) == 1 else 'are'} not among the {self._top} most likely tokens "
            f"with which the model's reply begins (the first is “{self._begins.strip()}”), so nothing of it is seen; "
            'give an answer that is, a question that asks for it in one word, or mode="echo" on a server that has it'
        )

    def batch_size(self, masker: Masker) -> int:
        """As many rounds of calls as a few seconds hold, by the time that the first short call took."""
        held = self.most_per_batch(masker)
        least, most = (rounds * self.scorer.endpoint.concurrency for rounds in _ROUNDS)
        least = max(self.scorer.endpoint.concurrency, min(least, held))
        if self.scorer.latency is None:
            return least
        fitting = round(_BATCH_SECONDS / self.scorer.latency) * self.scorer.endpoint.concurrency
        return max(least, min(most, fitting, held))

    def reply(self, whole: Any) -> str:
        """The model's own answer about `whole`, cut after a few dozen tokens: one call.

        Raises:
            EndpointError: the server failed, or returns no log-probabilities.
        """
        return self.scorer.speak(self.shown([whole])[0])

    def own_answer(self, whole: Any) -> str:
        """The first token of the model's answer, or with mode "echo" its first line, with "sampled" all of it.

        Raises:
            InputError: the model begins to reason instead.
        """
        if self._sampling is not None:
            return self._sampling.settled(self.scorer.speak(self.shown([whole])[0]))
        echo = self.scorer.wording.mode == "echo"
        said = self.scorer.speak(self.shown([whole])[0]) if echo else self.scorer.first(self.shown([whole])[0])
        if start := opening(said):
            raise reasons(self.scorer.wording.model, start)
        return said

    def settled_options(self, options: dict[str, str]) -> dict[str, str]:
        """Without price and number of open calls, and what is of replies where none are drawn: they do not change what
        is scored."""
        idle = UNSCORED if self._sampling is not None else (*UNSCORED, *(option.name for option in SAMPLED))
        kept = {name: value for name, value in options.items() if name not in idle}
        return super().settled_options(kept)

    def settle(self, whole: Any) -> Self:
        """See `AnswerBackend.settle`; after a short probe of the server.

        Raises:
            EndpointError: the server failed, or returns no log-probabilities: the message says what to use instead.
        """
        self.scorer.prepare()
        self.shown([whole])
        settled = super().settle(whole)
        settled._own = self._own or not self.scale.answer
        settled._quiet = self.scorer.asked_off
        return settled

    def notes(self) -> tuple[str, ...]:
        """What was scored, and how often only a bound of it was seen."""
        if self._tally is not None:
            own = f"; “{self.scale.answer}” is the model's own reply to the whole of it" if self._own else ""
            told, *rest = self._tally.notes() or ("",)
            return (*((told + own,) if told else ()), *rest, *self._dialect_notes())
        if self.scorer.wording.mode == "echo" or not self._passes:
            return ()
        told = f"scored is the first token of the reply, among the {self._top} most likely that the server returned"
        if self._own:
            whole = "text" if self.modality == "text" else "picture"
            told += f"; “{self.scale.answer}” is that of the model's own reply to the whole {whole}"
        notes = [told]
        if self._unseen > _MOSTLY * self._passes:
            notes.append(f"in {self._unseen:,} of {self._passes:,} passes {ONLY_BOUNDS}")
        elif self._floored:
            notes.append(
                f"in {self._floored:,} of {self._passes:,} passes an answer was not among them; the smallest "
                "log-probability returned, an upper bound of its own, stood in for it"
            )
        return (*notes, *self._dialect_notes())

    def _dialect_notes(self) -> tuple[str, ...]:
        """What was sent otherwise than a person may think."""
        moved = "the server takes no system message; the instruction stood at the start of the user's message"
        return (*[ASKED_OFF] * self._quiet, *[moved] * self.scorer.moved)

    def probe(self, whole: Any = "The weather is fine today.") -> Forecast:
        """A short trial: whether log-probabilities come back at all, the tokens and price of a pass over `whole`, and
        the speed of one round of simultaneous passes, which is what it costs.

        Raises:
            EndpointError: as for `score`.
        """
        asked = self.shown([whole])[0]
        self.scorer.trial(asked, self.scale.answers)
        seen = self.scorer.seen()
        calls = len(self.scale.answers) if self.scorer.wording.mode == "echo" else 1
        tokens = round(calls * self.scorer.wording.characters(asked, self.scale.answer) / seen.characters_per_token)
        return _forecast(tokens, self._price, seen, self._sampling)

    @classmethod
    def forecast(cls, options: dict[str, str], masker: Masker | None = None) -> Forecast:
        """Tokens, price and speed of a pass, without any call: the speed is known after `probe` or a first batch.

        Tokens are characters / 4 until the server has said how many it read; "[UNK]" counts as four.
        """
        try:
            given = Given.read(cls.name, cls.options, cls.modes, options)
        except InputError as error:
            return Forecast(download_bytes=0, device="endpoint", problem=str(error))
        wording = given.wording
        seen = recall(given.address.url, wording.model, wording.mode)
        tokens = tokens_per_pass(wording, len(given.scale.answers), seen, masker)
        return _forecast(tokens, given.price, seen, given.sampling)

    def choose(self, scale: AnswerScale) -> None:
        """See `AnswerBackend.choose`; counting begins."""
        super().choose(scale)
        self._tally = Tally(self._sampling, scale.answer) if self._sampling is not None and scale.answer else None
        self._guard = threading.Lock()
        self._passes = 0
        self._floored = 0
        self._unseen = 0
        self._top = 0
        self._begins = ""


def _forecast(tokens: int | None, price: float, seen: Observation, sampling: Sampling | None) -> Forecast:
    """What a pass takes, by what a call takes where replies are drawn."""
    calls = 1.0 if sampling is None else sampling.calls_per_pass
    speed = seen.passes_per_second
    return Forecast(
        download_bytes=0,
        device="endpoint",
        tokens=None if tokens is None else round(tokens * calls),
        passes_per_second=None if speed is None else speed / calls,
        dollars_per_pass=None if tokens is None else tokens * calls * price / 1e6,
        calls_per_pass=calls,
        calls_besides=0 if sampling is None else sampling.calls_besides,
    )
