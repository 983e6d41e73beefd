"""How often a model's replies in words give an answer: how many are asked for, and the share that matches.

Which masks are asked more than once hangs on the mask alone, never on a value: from those the noise of a single reply
is told without bias (`estimation.binomial`), and a run that is repeated asks as often for the same.
"""

from __future__ import annotations

import re
import threading
import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from spex_core.arrays import BoolArray, FloatArray, IntArray
from spex_core.errors import InputError, closest
from spex_core.models.answers import SHARE, AnswerScale
from spex_core.models.matching import MATCHES, Matcher, matcher

MOST_REPLIES = 100
_ENDS = 10  # replies with everything kept and with everything hidden, at least: a run speaks of these two
_EVERY = 5  # one mask of so many is asked twice at least
_AGAIN = 2
_MOST_KNOWN = 10_000  # replies of which it is remembered whether they match
_SHOWN = 60  # characters of a reply in a note
_SAYS = {
    "exact": "it is “{}” but for case, spaces and punctuation around it",
    "regex": "the expression “{}” occurs in it",
    "number": "the last number in it is that of “{}”",
    "similar": "it means about the same as “{}”",
}


@dataclass(frozen=True)
class ShareScale(AnswerScale):
    """Shares of replies that give the answer, as they are."""

    @property
    def unit(self) -> str:
        """Unit of the score."""
        return SHARE

    @property
    def toward(self) -> tuple[str, str]:
        """What fewer and more replies say."""
        return ("other replies", super().toward[1])

    def check_range(self, scores: FloatArray) -> None:
        """Shares may all be 0: nothing is refused."""


@dataclass(frozen=True)
class Sampling:
    """The choices of a person.

    Attributes:
        match: how a reply is compared with the answer, one of `matching.MATCHES`.
        replies: that most masks are asked for.
        temperature: at which the model answers.
    """

    match: str = "exact"
    replies: int = 1
    temperature: float = 1.0

    @classmethod
    def read(cls, match: str, replies: str, temperature: str) -> Sampling:
        """The choices as they are written.

        Raises:
            InputError: one that there is not.
        """
        if match not in MATCHES:
            raise InputError(f"match={match!r} does not exist; {closest(match, tuple(MATCHES))}")
        if not (replies.isascii() and replies.isdecimal() and 1 <= int(replies[:9]) <= MOST_REPLIES):
            raise InputError(f"replies={replies!r:.40} is not possible; give a whole number from 1 to {MOST_REPLIES}")
        try:
            found = float(temperature)
        except ValueError:
            found = -1.0
        if not 0 <= found <= 2:
            raise InputError(f"temperature={temperature!r:.40} is not possible; give a number from 0 to 2")
        return cls(match, int(replies), found)

    def counts(self, masks: BoolArray) -> IntArray:
        """How many replies each of (m, n) masks is asked for: (m,)."""
        kept = masks.sum(axis=1)
        rows = np.packbits(masks, axis=1)
        again = np.array([zlib.crc32(row.tobytes()) % _EVERY == 0 for row in rows], dtype=bool)
        found = np.where(again, max(self.replies, _AGAIN), self.replies)
        ends = (kept == 0) | (kept == masks.shape[1])
        return np.where(ends, max(self.replies, _ENDS), found).astype(np.int64)

    @property
    def calls_per_pass(self) -> float:
        """Of most masks, on the average."""
        return self.replies + (max(self.replies, _AGAIN) - self.replies) / _EVERY

    @property
    def calls_besides(self) -> int:
        """For all kept and all hidden, beyond those of two other masks."""
        return round(2 * (max(self.replies, _ENDS) - self.calls_per_pass))

    def settled(self, own: str) -> str:
        """The answer to match replies with, where it is what the model says by itself.

        Raises:
            InputError: that is no regular expression.
        """
        if self.match == "regex" and own:
            raise InputError('match="regex" takes no answer from the model; give the regular expression as the answer')
        return own

    def check(self, answer: str) -> None:
        """Refuse an answer that replies cannot be matched with; raises `InputError`."""
        if answer and self.match != "similar":  # which takes any, and loads a model
            matcher(self.match, answer)

    def __str__(self) -> str:
        """What a set function is told apart from another by."""
        return f"{self.match} {self.replies} at {self.temperature:g}"


class Tally:
    """Which replies match an answer, counted; safe to use from several threads.

    Args:
        sampling: how.
        answer: the answer.
    """

    def __init__(self, sampling: Sampling, answer: str) -> None:
        self._matcher: Matcher = matcher(sampling.match, answer)
        self._says = _SAYS[sampling.match].format(answer if len(answer) <= _SHOWN else f"{answer[:_SHOWN]}…")
        self._temperature = sampling.temperature
        self._guard = threading.Lock()
        self._known: dict[str, bool] = {}
        self._seen: Counter[str] = Counter()
        self._replies = self._matched = 0

    def share(self, replies: Sequence[str]) -> float:
        """Share of the replies that match.

        Raises:
            InputError: see `Matcher`.
        """
        with self._guard:
            fresh = [reply for reply in dict.fromkeys(replies) if reply not in self._known]
            if len(self._known) + len(fresh) > _MOST_KNOWN:
                self._known.clear()
                fresh = list(dict.fromkeys(replies))
            self._known.update(zip(fresh, self._matcher(fresh).tolist(), strict=True))
            found = [self._known[reply] for reply in replies]
            if len(self._seen) < _MOST_KNOWN:
                self._seen.update(replies)
            self._replies += len(found)
            self._matched += sum(found)
        return sum(found) / len(found)

    def notes(self) -> tuple[str, ...]:
        """How replies were judged, and what they were where none matched."""
        if not self._replies:
            return ()
        told = (
            f"the model was asked to answer in words, at temperature {self._temperature:g}; "
            f"a reply counts where {self._says}"
        )
        if self._matched:
            return (told,)
        most = re.sub(r"\s+", " ", self._seen.most_common(1)[0][0])[:_SHOWN]
        return (told, f"none of {self._replies:,} replies does; the most frequent is “{most}”")
