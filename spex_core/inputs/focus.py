"""Which part of a text may be masked, and what always stays.

A person's own choice comes as stretches of characters: of `keep` nothing is ever masked; where there is an `only`,
nothing else is. Units of the text that touch what is kept, or no stretch of `only`, are no features then: they are in
every masked text.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import index
from typing import TypeAlias

import numpy as np

from spex_core.arrays import BoolArray, IntArray
from spex_core.errors import InputError
from spex_core.inputs.boundaries import Span

Stretches: TypeAlias = tuple[tuple[int, int], ...]
"""(start, end) positions of characters: rising, apart from each other, none empty."""

MOST_STRETCHES = 10_000


def as_stretches(name: str, given: Iterable[Sequence[int]], length: int) -> Stretches:
    """A person's stretches, in any order and overlapping as they may, of a text of `length` characters.

    Raises:
        InputError: not pairs of whole numbers, one of them empty or not within the text, or far too many.
    """
    pairs = []
    for pair in given:
        try:
            start, end = (index(edge) for edge in pair)
        except (TypeError, ValueError):
            raise InputError(f"{name}={pair!r}: give pairs (start, end) of character positions") from None
        if not 0 <= start < end <= length:
            raise InputError(
                f"{name}=({start}, {end}) is no stretch of a text of {length:,} characters; "
                "give start and end with 0 <= start < end"
            )
        pairs.append((start, end))
        if len(pairs) > MOST_STRETCHES:
            raise InputError(f"{name} has more than {MOST_STRETCHES:,} stretches, the limit")
    merged: list[tuple[int, int]] = []
    for start, end in sorted(pairs):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)


def focused(spans: Sequence[Span], keep: Stretches, only: Stretches) -> list[Span]:
    """Those of `spans` that may be masked: they touch `only`, where there is one, and nothing of `keep`."""
    return [span for span in spans if not _touches(span, keep) and (not only or _touches(span, only))]


def _touches(span: Span, stretches: Stretches) -> bool:
    at = bisect_right(stretches, (span.end - 1, np.inf)) - 1  # the last that begins before the span ends
    return at >= 0 and stretches[at][1] > span.start


@dataclass(frozen=True)
class Pieces:
    """The visible parts of a text, in order: its features, and what always stays.

    Attributes:
        spans: p of them, rising and disjoint; between them is nothing visible.
        owners: (p,) which feature each is, -1 for what always stays.
    """

    spans: list[Span]
    owners: IntArray

    @classmethod
    def of(cls, features: Sequence[Span], fixed: Sequence[Span]) -> Pieces:
        """Those of features and fixed parts, each rising, all disjoint."""
        owned = [*((span, feature) for feature, span in enumerate(features)), *((span, -1) for span in fixed)]
        owned.sort()
        return cls([span for span, _ in owned], np.array([owner for _, owner in owned], dtype=np.int64))

    def kept(self, masks: BoolArray) -> BoolArray:
        """Which pieces are kept, (m, p), where `masks` (m, n) says it of the features."""
        if masks.shape[1] == len(self.spans):
            return masks  # nothing is fixed
        always = np.ones((len(masks), 1), dtype=bool)
        return np.concatenate([masks, always], axis=1)[:, self.owners]
