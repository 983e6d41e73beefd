"""Whether a model's reply in words gives an answer: four ways, of which a person chooses one.

They are for models that tell no probabilities: a pass then asks once or a few times, and the share of replies that
match is what is explained.
"""

from __future__ import annotations

import re
import time
import unicodedata
from abc import ABC, abstractmethod
from collections.abc import Sequence
from math import isclose

import numpy as np

from spex_core.arrays import BoolArray
from spex_core.errors import InputError, closest

_LONGEST_PATTERN = 1000  # characters
_SECONDS = 0.3  # for the replies of a pass: a regular expression may take time exponential in their length
_LEAST = 0.001  # of them, for one: whoever was kept waiting has not taken it
_ALIKE = 0.7  # cosine from which two short texts say the same, as MiniLM sees them
_SAME = 1e-9  # share by which numbers may differ
_NUMBER = re.compile(r"[-+]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:[eE][-+]?\d{1,3})?|[-+]?\.\d+")
_MOST_DIGITS = 400


class Matcher(ABC):
    """Tells which replies give an answer."""

    @abstractmethod
    def __call__(self, replies: Sequence[str]) -> BoolArray:
        """Whether each of (m,) replies gives the answer: (m,).

        Raises:
            InputError: it cannot be told in time.
        """


class Exact(Matcher):
    """The reply is the answer, but for case, white space and the punctuation around it."""

    def __init__(self, answer: str) -> None:
        self._answer = normalised(answer)

    def __call__(self, replies: Sequence[str]) -> BoolArray:
        """See `Matcher`."""
        return np.array([normalised(reply) == self._answer for reply in replies], dtype=bool)


class Regex(Matcher):
    """The regular expression occurs in the reply, in either case."""

    def __init__(self, answer: str) -> None:
        import regex

        if len(answer) > _LONGEST_PATTERN:
            raise InputError(f"a regular expression of {len(answer):,} characters; the limit is {_LONGEST_PATTERN:,}")
        try:
            self._pattern = regex.compile(answer, regex.IGNORECASE)
        except (regex.error, RecursionError, OverflowError) as error:
            raise InputError(f"{answer!r} is no regular expression: {error}") from error

    def __call__(self, replies: Sequence[str]) -> BoolArray:
        """See `Matcher`."""
        latest = time.monotonic() + _SECONDS
        found = []
        try:
            for reply in replies:
                left = max(latest - time.monotonic(), _LEAST)
                found.append(self._pattern.search(reply, timeout=left) is not None)
        except TimeoutError:
            raise InputError(
                "the regular expression takes too long on a reply; write it without repetitions inside repetitions"
            ) from None
        return np.array(found, dtype=bool)


class Number(Matcher):
    """The last number in the reply, where results stand, is the answer."""

    def __init__(self, answer: str) -> None:
        number = last_number(answer)
        if number is None:
            raise InputError(f"{answer!r} holds no number; give one, or choose another way to match")
        self._number = number

    def __call__(self, replies: Sequence[str]) -> BoolArray:
        """See `Matcher`."""
        numbers = [last_number(reply) for reply in replies]
        alike = [number is not None and isclose(number, self._number, rel_tol=_SAME) for number in numbers]
        return np.array(alike, dtype=bool)


class Similar(Matcher):
    """The reply means about the same as the answer, as the embedded MiniLM sees it."""

    def __init__(self, answer: str) -> None:
        from spex_core.models.minilm.encoder import shared_encoder

        self._encoder = shared_encoder()
        self._embedding = self._encoder.embed([answer])[0]

    def __call__(self, replies: Sequence[str]) -> BoolArray:
        """See `Matcher`."""
        distinct = list(dict.fromkeys(replies))
        if not distinct:
            return np.zeros(0, dtype=bool)
        alike = self._encoder.embed(distinct) @ self._embedding >= _ALIKE
        known = dict(zip(distinct, alike.tolist(), strict=True))
        return np.array([known[reply] for reply in replies], dtype=bool)


MATCHES: dict[str, type[Matcher]] = {"exact": Exact, "regex": Regex, "number": Number, "similar": Similar}


def matcher(way: str, answer: str) -> Matcher:
    """The matcher of that name, one of `MATCHES`, for an answer.

    Raises:
        InputError: there is no such way, or the answer is none for it.
    """
    if way not in MATCHES:
        raise InputError(f"match={way!r} does not exist; {closest(way, tuple(MATCHES))}")
    if not answer.strip():
        raise InputError("no answer is given to match replies with; give one")
    return MATCHES[way](answer)  # type: ignore[call-arg]  # each takes the answer


def normalised(text: str) -> str:
    """A text without what does not change an answer: case, white space, punctuation at its ends."""
    words = unicodedata.normalize("NFKC", text).casefold().split()
    plain = " ".join(words)
    start, end = 0, len(plain)
    while start < end and not plain[start].isalnum():
        start += 1
    while end > start and not plain[end - 1].isalnum():
        end -= 1
    return plain[start:end] or plain


def last_number(text: str) -> float | None:
    """The last number in a text, thousands marked by commas or not; None where there is none."""
    found = _NUMBER.findall(unicodedata.normalize("NFKC", text).replace("\u2212", "-"))
    if not found or len(found[-1]) > _MOST_DIGITS:
        return None
    number = float(found[-1].replace(",", ""))
    return number if np.isfinite(number) else None
