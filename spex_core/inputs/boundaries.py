"""Where Unicode allows a text to be cut: grapheme clusters, dictionary words, sentences.

Offsets are Python string positions. The rules are ICU's (Unicode annex 29, with ICU's dictionaries for Chinese,
Japanese, Thai, Lao, Khmer and Burmese).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from typing import Literal, NamedTuple

import numpy as np

Kind = Literal["grapheme", "word", "sentence"]

# "ss=standard" is CLDR's list of English abbreviations that do not end a sentence.
_LOCALE = "en@ss=standard"


class Span(NamedTuple):
    """Characters ``start`` up to, not including, ``end``."""

    start: int
    end: int


def boundaries(text: str, kind: Kind) -> list[int]:
    """Positions at which `text` may be cut, 0 and len(text) included, rising.

    Raises:
        UnicodeEncodeError: the text holds a lone surrogate.
    """
    if not text:
        return [0]
    from icu4py.breakers import CharacterBreaker, SentenceBreaker, WordBreaker

    breaker = {"grapheme": CharacterBreaker, "word": WordBreaker, "sentence": SentenceBreaker}[kind]
    ends = [0, *(end for _, end in breaker(text, _LOCALE).segments())]
    if text.isascii() or max(text) <= "\uffff":
        return ends
    # ICU counts UTF-16 units: two for each character beyond the basic plane.
    codes = np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32)
    starts = np.concatenate([[0], np.cumsum(1 + (codes > 0xFFFF))])
    return [int(position) for position in np.searchsorted(starts, ends)]


def widen(spans: Iterable[Span], clusters: list[int]) -> list[Span]:
    """Rising `spans` grown outwards to the nearest cluster boundaries, joined where they then overlap."""
    grown: list[Span] = []
    for start, end in spans:
        at = bisect_left(clusters, start)
        start = start if at < len(clusters) and clusters[at] == start else clusters[at - 1]
        end = clusters[bisect_left(clusters, end)]
        if grown and start < grown[-1].end:
            grown[-1] = Span(grown[-1].start, max(end, grown[-1].end))
        else:
            grown.append(Span(start, end))
    return grown
