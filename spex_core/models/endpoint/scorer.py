"""One model on one server: log-probabilities of answers, replies in words, its own answers, and what a pass takes."""

from __future__ import annotations

import hashlib
import threading
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import closing
from dataclasses import replace
from itertools import chain
from typing import Any, NamedTuple

import numpy as np

from spex_core.errors import InputError
from spex_core.inputs.base import Masker
from spex_core.inputs.maskers.picture import PictureMasker
from spex_core.models.endpoint.probe import Observation, negotiate, recall, remember
from spex_core.models.endpoint.readings import (
    Reading,
    first_position,
    prompt_tokens,
    read_echo,
    read_first,
    read_reply,
    spoken,
)
from spex_core.models.endpoint.wire.client import Call, Endpoint
from spex_core.models.endpoint.wording import Dialect, Picture, Wording
from spex_core.models.reasoning import answered

_KEPT = 4096  # readings kept from a batch that failed
_MASK_TOKENS = 4  # of "[UNK]" in common vocabularies: "[", "UN", "K", "]"
_SAMPLE = 16


class _Question(NamedTuple):
    """What one call asks: about a text or picture, and the answers whose log-probabilities are read from its reply.

    Of replies in words each is a draw: `turn` counts those about the same.
    """

    text: str | Picture
    answers: tuple[str, ...]
    turn: int = 0


class EndpointScorer:
    """Scores texts and pictures; safe to use from several threads.

    Attributes:
        endpoint: the server.
        wording: the model and the prompt around a text.
        latency: seconds that the first short exchange took, None before it.
    """

    def __init__(self, endpoint: Endpoint, wording: Wording) -> None:
        self.endpoint = endpoint
        self.wording = wording
        self._guard = threading.Lock()
        self._dialect: Dialect | None = None
        self.latency: float | None = None
        self._kept: dict[_Question, Reading] = {}  # by `_named`

    def prepare(self) -> Dialect:
        """Find out, once, how the server returns log-probabilities, or with mode "sampled", that it answers.

        Raises:
            InputError: the model reasons before it answers, or answers at no other temperature than its own.
            EndpointError: it returns none, or the short call failed.
        """
        with self._guard:
            if self._dialect is None:
                self.endpoint.prepare()
                began = time.perf_counter()
                self._dialect = negotiate(self.endpoint, self.wording)
                self.latency = time.perf_counter() - began
            return self._dialect

    def read(
        self, texts: Sequence[str | Picture], answers: tuple[str, ...], counts: Sequence[int] | None = None
    ) -> list[Reading]:
        """One reading of all `answers` per text. A text that stands there twice is asked about once, unless `counts`
        says how often each is asked to be answered in words.

        What came back before another call failed is kept, and not asked for again when the batch is repeated.

        Raises:
            EndpointError: a call failed after its retries, or the server returns no log-probabilities.
        """
        found: dict[int, Reading] = {}
        with closing(self._pieces(texts, answers, lambda: False, True, counts)) as pieces:
            for piece in pieces:
                found.update(piece)
        return [found[row] for row in range(len(texts))]

    def pieces(
        self,
        texts: Sequence[str | Picture],
        answers: tuple[str, ...],
        stopping: Callable[[], bool] = lambda: False,
        counts: Sequence[int] | None = None,
    ) -> Generator[list[tuple[int, Reading]], None, None]:
        """The same, handed on as it comes: (row, reading) in any order.

        Args:
            texts, answers, counts: see `read`.
            stopping: asked between two pieces; once it says True no further call begins, and the rows of those that
                are open are the last.

        Raises:
            EndpointError: see `read`; what had come was handed on before.
        """
        return self._pieces(texts, answers, stopping, False, counts)

    def _pieces(
        self,
        texts: Sequence[str | Picture],
        answers: tuple[str, ...],
        stopping: Callable[[], bool],
        remember_all: bool,
        counts: Sequence[int] | None,
    ) -> Generator[list[tuple[int, Reading]], None, None]:
        """`remember_all`: where a call fails, what was handed on is kept as well as what waits for its other half."""
        wanted = [self._questions(text, answers) for text in texts] if counts is None else _draws(texts, counts)
        rows: dict[_Question, list[int]] = {}
        for row, questions in enumerate(wanted):
            for question in questions:
                rows.setdefault(question, []).append(row)
        began = time.perf_counter()
        found = {question: kept for question in rows if (kept := self._kept.pop(_named(question), None)) is not None}
        fresh = [question for question in rows if question not in found]
        open_rows = dict.fromkeys(range(len(texts)))

        def whole(among: Iterable[int]) -> list[tuple[int, Reading]]:
            done = [row for row in among if row in open_rows and all(question in found for question in wanted[row])]
            for row in dict.fromkeys(done):
                del open_rows[row]
            return [(row, _joined([found[question] for question in wanted[row]])) for row in dict.fromkeys(done)]

        try:
            if piece := whole(list(open_rows)):
                yield piece
            units = [rows[question][0] for question in fresh]
            with closing(self.endpoint.stream(self._calls(fresh), self._reader(fresh), units, stopping)) as groups:
                for group in groups:
                    found.update((fresh[position], reading) for position, reading in group)
                    if piece := whole(chain.from_iterable(rows[fresh[position]] for position, _ in group)):
                        yield piece
        finally:
            halves = found if remember_all else {q: found[q] for row in open_rows for q in wanted[row] if q in found}
            if open_rows and len(self._kept) + len(halves) <= _KEPT:
                self._kept.update((_named(question), reading) for question, reading in halves.items())
        self._learn([(q, found[q]) for q in fresh if q in found], time.perf_counter() - began)

    def first(self, whole: str | Picture) -> str:
        """First token of the model's own answer about `whole`, without white space around it."""
        call = self.wording.first_token(whole, self.prepare())
        (position,) = self.endpoint.ask([call], lambda _, answer: first_position(answer))
        return self.endpoint.hide(position.token.strip())

    def speak(self, whole: str | Picture) -> str:
        """The model's own answer about `whole`, cut after a few dozen tokens."""
        (said,) = self.endpoint.ask([self.wording.speak(whole, self.prepare())], lambda _, answer: spoken(answer))
        return self.endpoint.hide(answered(said) if self.wording.mode == "sampled" else said)

    def trial(self, whole: str | Picture, answers: tuple[str, ...]) -> None:
        """One round of simultaneous calls about `whole`, for `EndpointScorer.seen` to know tokens and speed.

        Each call leaves out another few characters at the start, as masks do: a server answers prompts that begin
        alike faster than it will answer those of a run. A picture stays as it is.
        """
        cuts = range(self.endpoint.concurrency)
        texts = [whole if isinstance(whole, Picture) else whole[cut:] for cut in cuts]
        questions = [question for text in texts for question in self._questions(text, answers)]
        calls = self._calls(questions)
        began = time.perf_counter()
        counts = self.endpoint.ask(calls, lambda _, answer: prompt_tokens(answer))
        seconds = time.perf_counter() - began
        self._learn([(q, Reading((), False, count)) for q, count in zip(questions, counts, strict=True)], seconds)

    @property
    def moved(self) -> bool:
        """Whether the instruction begins the user's message, because the server takes no system message."""
        return bool(self.wording.instruction) and self._dialect is not None and not self._dialect.system

    @property
    def asked_off(self) -> bool:
        """Whether the server is asked to leave out the model's reasoning."""
        return self._dialect is not None and not self._dialect.reasons

    def seen(self) -> Observation:
        """What earlier calls showed of this model."""
        return recall(self.endpoint.address.url, self.wording.model, self.wording.mode)

    def _questions(self, text: str | Picture, answers: tuple[str, ...]) -> list[_Question]:
        """Those whose readings together are one of the text."""
        parts = [(answer,) for answer in answers] if self.wording.mode == "echo" else [answers]
        return [_Question(_bare(text), part) for part in parts]

    def _calls(self, questions: Sequence[_Question]) -> list[Call]:
        dialect = self.prepare()
        if self.wording.mode == "echo":
            asked = [(str(question.text), question.answers[0]) for question in questions]
            return [self.wording.echo(text, answer, dialect) for text, answer in asked]
        if self.wording.mode == "sampled":
            return [self.wording.sample(question.text, dialect) for question in questions]
        return [self.wording.first_token(question.text, dialect) for question in questions]

    def _reader(self, questions: Sequence[_Question]) -> Callable[[int, Any], Reading]:
        """What reads the answer to each of the questions."""

        def read(position: int, answer: Any) -> Reading:
            text, answers, _ = questions[position]
            if self.wording.mode == "echo":
                return read_echo(answer, self.wording.prompt(str(text)), answers[0])
            if self.wording.mode == "sampled":
                return read_reply(answer)
            return read_first(answer, answers)

        return read

    def _learn(self, done: Sequence[tuple[_Question, Reading]], seconds: float) -> None:
        told = [(question, reading.tokens) for question, reading in done if reading.tokens]
        characters = sum(self.wording.characters(text, answers[0] if answers else "") for (text, answers, _), _ in told)
        per_text = max(1, len({question.answers for question, _ in done}))
        remember(
            self.endpoint.address.url,
            self.wording.model,
            self.wording.mode,
            characters,
            sum(tokens for _, tokens in told if tokens),
            len(done) / per_text / seconds if len(done) >= self.endpoint.concurrency else None,
        )


def _joined(readings: Sequence[Reading]) -> Reading:
    """Readings of single answers as one of all."""
    counts = [reading.tokens for reading in readings]
    return Reading(
        tuple(value for reading in readings for value in reading.logs),
        any(reading.floored for reading in readings),
        sum(count for count in counts if count) if all(counts) else None,
        max(reading.top for reading in readings),
        readings[0].token,
        all(reading.unseen for reading in readings),
        tuple(reply for reading in readings for reply in reading.said),
    )


def _named(question: _Question) -> _Question:
    """The same, short enough to be kept: a picture by its digest."""
    if not isinstance(question.text, Picture):
        return question
    digest = hashlib.sha256(question.text.url.encode("ascii")).hexdigest()
    return question._replace(text=replace(question.text, url=digest))


def _bare(text: str | Picture) -> str | Picture:
    """No prompt holds a text's outer white space."""
    return text if isinstance(text, Picture) else text.strip()


def _draws(texts: Sequence[str | Picture], counts: Sequence[int]) -> list[list[_Question]]:
    """For each text as many questions as are counted: no two of all of them are the same."""
    turns: Counter[str | Picture] = Counter()
    wanted = []
    for text, count in zip(map(_bare, texts), counts, strict=True):
        wanted.append([_Question(text, (), turns[text] + k) for k in range(count)])
        turns[text] += count
    return wanted


def tokens_per_pass(wording: Wording, answers: int, seen: Observation, masker: Masker | None) -> int | None:
    """Input tokens that a masked pass takes, by the characters of some masked texts; None without a text. Where replies
    are drawn: that a reply takes.

    Args:
        wording: the prompt around a text.
        answers: 2 with an answer to compare with, else 1; with mode "echo" each takes a call of its own.
        seen: of earlier calls: how many characters a token had.
        masker: the text, or the picture, of which every masked one has as many pixels.
    """
    if masker is None:
        return None
    if isinstance(masker, PictureMasker):
        whole = Picture("", masker.image.width * masker.image.height)
        return max(1, round(wording.characters(whole) / seen.characters_per_token))
    masks = np.random.default_rng(0).random((_SAMPLE, masker.n_features)) < 0.5
    hidden = (~masks).sum() if masker.masking == "unk" else 0
    texts = masker.apply(masks)
    if not all(isinstance(text, str) for text in texts):
        raise InputError("this model reads texts")
    characters = sum(wording.characters(text) for text in texts) - hidden * len(masker.mask_token)
    tokens = (characters / seen.characters_per_token + hidden * _MASK_TOKENS) / _SAMPLE
    return max(1, round(tokens * (answers if wording.mode == "echo" else 1)))
