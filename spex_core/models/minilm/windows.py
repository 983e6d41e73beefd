"""Cuts a long text into windows that the encoder can read whole.

all-MiniLM-L6-v2 was trained on at most 256 tokens, and its usual driver silently drops the rest: words past the cut
would seem to have no effect. Here a longer text is read in several windows of at most 256 tokens ([CLS] and [SEP]
included), about equally long, cut between paragraphs, sentences or at least words.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from spex_core.arrays import IntArray
from spex_core.inputs.segmentation import cut

MAX_TOKENS = 254
"""Tokens of text per window: 256 less [CLS] and [SEP]."""

_COMFORTABLE = 224  # windows are planned for this many at most, so that there is room to move a cut to a good place
_PENALTY = {"paragraph": 0, "sentence": 8, "word": 64}  # in tokens off the ideal place
_INSIDE_WORD = 250  # only where a single word fills a window
_INSIDE_CHARACTER = 1000


def window_starts(text: str, offsets: Sequence[tuple[int, int]]) -> list[int]:
    """Token positions at which the windows of `text` begin, 0 first; a pure function of the text.

    Args:
        text: the full text.
        offsets: character span of each of its tokens.
    """
    count = len(offsets)
    if count <= MAX_TOKENS:
        return [0]
    penalty = _penalties(text, offsets)
    windows = -(-count // _COMFORTABLE)
    starts = [0]
    for left in range(windows, 1, -1):
        begin = starts[-1]
        places = np.arange(
            max(begin + 1, count - (left - 1) * MAX_TOKENS), min(begin + MAX_TOKENS, count - left + 1) + 1
        )
        ideal = begin + (count - begin) / left
        starts.append(int(places[np.argmin(np.abs(places - ideal) + penalty[places])]))
    return starts


def _penalties(text: str, offsets: Sequence[tuple[int, int]]) -> IntArray:
    """(t,) how bad it is to begin a window at each token."""
    spans = np.array(offsets, dtype=np.int64)
    whole = np.concatenate([[True], spans[1:, 0] >= spans[:-1, 1]])  # several tokens may share one character
    penalty = np.where(whole, _INSIDE_WORD, _INSIDE_CHARACTER)
    for unit in ("word", "sentence", "paragraph"):
        begins = np.isin(spans[:, 0], [start for start, _ in cut(text, unit)])
        penalty[whole & begins] = _PENALTY[unit]
    return penalty
