"""One model on one server: log-probabilities of answers about texts, its own answers, and what a pass takes."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from spex_core.endpoint import Call, Endpoint
from spex_core.endpoint_calls import Dialect, Wording
from spex_core.endpoint_probe import Observation, negotiate, recall, remember
from spex_core.endpoint_scoring import Reading, first_position, prompt_tokens, read_echo, read_first, spoken
from spex_core.errors import InputError
from spex_core.protocols import Masker

_KEPT = 4096  # readings kept from a batch that failed
_MASK_TOKENS = 4  # of "[UNK]" in common vocabularies: "[", "UN", "K", "]"
_SAMPLE = 16


@dataclass(frozen=True)
class _Job:
    """One call and what is read from its answer."""

    call: Call
    text: str
    answers: tuple[str, ...]


class EndpointScorer:
    """Scores texts; safe to use from several threads.

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
        self._kept: dict[str, Reading] = {}

    def prepare(self) -> Dialect:
        """Find out, once, how the server returns log-probabilities.

        Raises:
            EndpointError: it returns none, or the short call failed.
        """
        with self._guard:
            if self._dialect is None:
                began = time.perf_counter()
                self._dialect = negotiate(self.endpoint, self.wording)
                self.latency = time.perf_counter() - began
            return self._dialect

    def read(self, texts: Sequence[str], answers: tuple[str, ...]) -> list[Reading]:
        """One reading of all `answers` per text. A text that stands there twice is asked about once.

        What came back before another call failed is kept, and not asked for again when the batch is repeated.

        Raises:
            EndpointError: a call failed after its retries, or the server returns no log-probabilities.
        """
        jobs = {job.call.key: job for text in dict.fromkeys(texts) for job in self._jobs(text, answers)}
        began = time.perf_counter()
        found = {key: reading for key in jobs if (reading := self._kept.pop(key, None)) is not None}
        fresh = self._ask({key: job for key, job in jobs.items() if key not in found}, found)
        self._learn([(jobs[key], reading) for key, reading in fresh.items()], time.perf_counter() - began)
        found.update(fresh)
        return [_joined([found[job.call.key] for job in self._jobs(text, answers)]) for text in texts]

    def first(self, whole: str) -> str:
        """First token of the model's own answer about `whole`, without white space around it."""
        call = self.wording.first_token(whole, self.prepare())
        (position,) = self.endpoint.ask([call], lambda _, answer: first_position(answer))
        return self.endpoint.hide(position.token.strip())

    def speak(self, whole: str) -> str:
        """The model's own answer about `whole`, cut after a few dozen tokens."""
        (said,) = self.endpoint.ask([self.wording.speak(whole, self.prepare())], lambda _, answer: spoken(answer))
        return self.endpoint.hide(said)

    def trial(self, whole: str, answers: tuple[str, ...]) -> None:
        """One round of simultaneous calls about `whole`, for `EndpointScorer.seen` to know tokens and speed.

        Each call leaves out another few characters at the start, as masks do: a server answers prompts that begin
        alike faster than it will answer those of a run.
        """
        jobs = [job for cut in range(self.endpoint.concurrency) for job in self._jobs(whole[cut:], answers)]
        began = time.perf_counter()
        counts = self.endpoint.ask([job.call for job in jobs], lambda _, answer: prompt_tokens(answer))
        seconds = time.perf_counter() - began
        self._learn([(job, Reading((), False, count)) for job, count in zip(jobs, counts, strict=True)], seconds)

    def seen(self) -> Observation:
        """What earlier calls showed of this model."""
        return recall(self.endpoint.address.url, self.wording.model, self.wording.mode)

    def _jobs(self, text: str, answers: tuple[str, ...]) -> list[_Job]:
        dialect = self.prepare()
        if self.wording.mode == "echo":
            return [_Job(self.wording.echo(text, answer, dialect), text, (answer,)) for answer in answers]
        return [_Job(self.wording.first_token(text, dialect), text, answers)]

    def _ask(self, jobs: dict[str, _Job], known: dict[str, Reading]) -> dict[str, Reading]:
        """Readings of the jobs; where one fails, the others and `known` are kept."""
        keys = list(jobs)
        fresh: dict[str, Reading] = {}

        def read(position: int, answer: Any) -> Reading:
            job = jobs[keys[position]]
            if self.wording.mode == "echo":
                return read_echo(answer, self.wording.prompt(job.text), job.answers[0])
            return read_first(answer, job.answers)

        def keep(position: int, reading: Reading) -> None:
            fresh[keys[position]] = reading

        try:
            self.endpoint.ask([job.call for job in jobs.values()], read, keep)
        except BaseException:
            if len(self._kept) + len(fresh) + len(known) <= _KEPT:
                self._kept.update({**known, **fresh})
            raise
        return fresh

    def _learn(self, done: Sequence[tuple[_Job, Reading]], seconds: float) -> None:
        told = [(job, reading.tokens) for job, reading in done if reading.tokens]
        characters = sum(self.wording.characters(job.text, job.answers[0] if job.answers else "") for job, _ in told)
        per_text = max(1, len({job.call.key for job, _ in done}) // max(1, len({job.text for job, _ in done})))
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
    )


def tokens_per_pass(wording: Wording, answers: int, seen: Observation, masker: Masker | None) -> int | None:
    """Input tokens that a masked pass takes, by the characters of some masked texts; None without a text.

    Args:
        wording: the prompt around a text.
        answers: 2 with an answer to compare with, else 1; with mode "echo" each takes a call of its own.
        seen: of earlier calls: how many characters a token had.
        masker: the text.
    """
    if masker is None:
        return None
    masks = np.random.default_rng(0).random((_SAMPLE, masker.n_features)) < 0.5
    hidden = (~masks).sum() if getattr(masker, "masking", "") == "unk" else 0
    stand_in = getattr(masker, "mask_token", "")
    texts = masker.apply(masks)
    if not all(isinstance(text, str) for text in texts):
        raise InputError("this model reads texts")
    characters = sum(wording.characters(text) for text in texts) - hidden * len(stand_in)
    tokens = (characters / seen.characters_per_token + hidden * _MASK_TOKENS) / _SAMPLE
    return max(1, round(tokens * (answers if wording.mode == "echo" else 1)))
