"""Masked texts as rows of token ids, without writing and reading the strings where that changes nothing.

The rows are what tokenising `masker.apply(masks)` would give: a hidden feature is one [UNK] (however many word
pieces it had), or is gone. Where hiding a neighbour could change how a feature is tokenised (features that touch
each other inside one word, as in Thai, Japanese kana or sub-word tokens), the strings are really tokenised.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np

from spex_core.arrays import BoolArray, IntArray
from spex_core.inputs.focus import Pieces
from spex_core.models.minilm.weights import UNK
from spex_core.models.minilm.windows import window_starts

if TYPE_CHECKING:
    from tokenizers import Tokenizer

Rows = list[IntArray]
"""Token ids of each window of one text, [CLS] and [SEP] left out."""


@runtime_checkable
class MaskableText(Protocol):
    """What a masker must offer for its masks to be applied to token ids: a text masker does."""

    text: str
    spans: Sequence[tuple[int, int]]
    pieces: Pieces
    masking: str
    mask_token: str

    def apply_part(self, masks: BoolArray, start: int, stop: int) -> list[str]:
        """Pieces `start` to `stop` of the masked texts."""
        ...


def windowed_rows(tokenizer: Tokenizer, text: str) -> Rows:
    """An unmasked text's token ids, cut into windows."""
    encoding = tokenizer.encode(text, add_special_tokens=False)
    ids = np.array(encoding.ids, dtype=np.int64)
    return np.split(ids, window_starts(text, encoding.offsets)[1:])


class MaskedText:
    """Turns masks of one text into rows of token ids.

    Attributes:
        tokens: how many tokens the full text has.
        windows: in how many windows it is read.
        repeats: whether rows are likely to recur between calls (few features per window).
        on_ids: whether masks are applied to ids (else to strings).
    """

    def __init__(self, tokenizer: Tokenizer, masker: MaskableText) -> None:
        """Tokenise once."""
        self._tokenizer = tokenizer
        self._masker = masker
        encoding = tokenizer.encode(masker.text, add_special_tokens=False)
        starts = window_starts(masker.text, encoding.offsets)
        self._full = np.split(np.array(encoding.ids, dtype=np.int64), starts[1:])
        self.tokens = len(encoding.ids)
        self.windows = len(starts)
        pieces = [e.ids for e in tokenizer.encode_batch(_texts(masker), add_special_tokens=False)]
        self.on_ids = (
            masker.mask_token == "[UNK]"
            and [i for piece in pieces for i in piece] == encoding.ids
            and _independent(tokenizer, masker)
        )
        self._slots = _slots(pieces, starts, masker.masking == "unk") if self.on_ids else []
        self._edges = _edges(masker, encoding.offsets, starts)
        self.repeats = self.windows > 1 and len(masker.spans) <= 12 * self.windows

    def rows(self, masks: BoolArray) -> list[Rows]:
        """Rows of each masked text, one list per row of (m, n) `masks`."""
        masks = self._masker.pieces.kept(masks)
        if self.on_ids:
            by_window = [slots.select(masks) for slots in self._slots]
        else:
            by_window = []
            for start, stop in pairwise(self._edges):
                strings = self._masker.apply_part(masks[:, start:stop], start, stop)
                encodings = self._tokenizer.encode_batch(strings, add_special_tokens=False)
                by_window.append([np.array(encoding.ids, dtype=np.int64) for encoding in encodings])
        texts = [list(rows) for rows in zip(*by_window, strict=True)]
        # A piece that reaches over a window's edge is tokenised on one side of it: the full text stays exact.
        return [self._full if mask.all() else rows for mask, rows in zip(masks, texts, strict=True)]


class _Slots:
    """One window's tokens with the pieces they belong to, and the [UNK]s that may take their place."""

    def __init__(self, ids: list[int], owners: list[int], stand_ins: list[bool]) -> None:
        self._ids = np.array(ids, dtype=np.int64)
        self._owners = np.array(owners, dtype=np.int64)
        self._stand_ins = np.array(stand_ins, dtype=bool)

    def select(self, masks: BoolArray) -> list[IntArray]:
        """The ids present under each mask: a piece's own where it is kept, its [UNK] where it is hidden."""
        present = masks[:, self._owners] ^ self._stand_ins
        return [self._ids[row] for row in present]


def _slots(ids_of: list[list[int]], starts: list[int], with_unknown: bool) -> list[_Slots]:
    windows: list[tuple[list[int], list[int], list[bool]]] = [([], [], []) for _ in starts]
    position = 0
    edges = [*starts[1:], sum(map(len, ids_of)) + 1]
    window = 0
    for piece, own in enumerate(ids_of):
        for k, token in enumerate([UNK, *own]):
            if k > 0 or own:  # the [UNK] goes where the piece's first token is
                while position >= edges[window]:
                    window += 1
            if k > 0 or with_unknown:
                ids, owners, stand_ins = windows[window]
                ids.append(token)
                owners.append(piece)
                stand_ins.append(k == 0)
            position += k > 0
    return [_Slots(*window) for window in windows]


def _edges(masker: MaskableText, offsets: Sequence[tuple[int, int]], starts: list[int]) -> list[int]:
    """Positions among the pieces at which the windows begin and end: a piece belongs to the window it begins in."""
    begins = [span.start for span in masker.pieces.spans]
    cuts = [int(np.searchsorted(begins, offsets[start][0])) for start in starts[1:]]
    return [0, *cuts, len(begins)]


def _texts(masker: MaskableText) -> list[str]:
    return [masker.text[start:end] for start, end in masker.pieces.spans]


def _independent(tokenizer: Tokenizer, masker: MaskableText) -> bool:
    """Whether no piece's tokens depend on which of its neighbours are hidden.

    True where between any two pieces that hiding others can bring together there is always a character that
    ends a word for the tokenizer.
    """
    texts = _texts(masker)
    text = masker.text
    gaps = [text[end:begin] for (_, end), (begin, _) in pairwise(masker.pieces.spans)]
    splits = _Splits(tokenizer)
    open_end = False  # whether some earlier piece of this run ends without a splitting character
    for i, own in enumerate(texts):
        if i > 0 and any(splits[char] for char in gaps[i - 1]):
            open_end = False
        elif i > 0 and ((open_end and not splits[own[0]]) or "[" in text):
            return False  # "[" could become part of a special token such as "[UNK]"
        open_end = open_end or not splits[own[-1]]
    return True


class _Splits(dict[str, bool]):
    """Character -> whether the tokenizer cuts a word at it, found out by trying."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        super().__init__()
        self._tokenizer = tokenizer

    def __missing__(self, char: str) -> bool:
        words = self._tokenizer.encode(f"a{char}a", add_special_tokens=False).word_ids
        self[char] = len(words) > 1 and words[0] != words[-1]
        return self[char]
