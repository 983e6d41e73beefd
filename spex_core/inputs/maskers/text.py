"""Text as features: its words, sentences or other units, hidden by a mask token or by removal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from spex_core.arrays import BoolArray, IntArray, check_masks
from spex_core.errors import InputError, closest
from spex_core.inputs.base import Masker
from spex_core.inputs.boundaries import Span
from spex_core.inputs.focus import Pieces, as_stretches
from spex_core.inputs.segmentation import between, check_text, segment

MASKINGS = ("unk", "removal", "filler")
FILLER = "..."
"""What takes a hidden feature's place under "filler": a mark that language models have read as "left out"."""


class TextMasker(Masker):
    """Cuts a text into features and writes it with some of them hidden.

    ``masking="unk"`` puts `mask_token` where a hidden feature was (SPEX, arXiv 2502.13870, section 6), ``"filler"``
    puts "..." there; ``"removal"`` leaves it out. Of the white space around what was left out the strongest stays (a
    paragraph break before a line break before a space, the first of equals), so no space is doubled and no break lost.
    What is visible and no feature stays in every masked text.

    Attributes:
        text: the original.
        spans: character span of each feature.
        pieces: the features and what always stays, in order.
        keep, only: what a person chose of it, see `focus`.
        unit: what a feature is, one of `segmentation.UNITS` or a pattern.
        masking: how a feature is hidden.
        mask_token: what replaces it.
    """

    name = "text"

    def __init__(
        self,
        text: str,
        unit: str = "word",
        masking: str = "unk",
        token_spans: Sequence[tuple[int, int]] | None = None,
        mask_token: str = "[UNK]",
        keep: Iterable[Sequence[int]] = (),
        only: Iterable[Sequence[int]] = (),
    ) -> None:
        """Segment `text`.

        Args:
            text: what to explain.
            unit: one of `segmentation.UNITS`, or "regex:" and a pattern.
            masking: "unk", "removal" or "filler".
            token_spans: `Backend.token_spans(text)`, for unit="token".
            mask_token: stands for a hidden feature under masking="unk".
            keep: stretches (start, end) of characters that are never masked.
            only: the only ones that are; all where there is none.

        Raises:
            TextError: see `segmentation.segment`.
            InputError: unknown unit or masking, no tokens for unit="token", or stretches that the text has not.
        """
        if masking not in MASKINGS:
            raise InputError(f"masking={masking!r} does not exist; {closest(masking, MASKINGS)}")
        self.text = text
        self.unit = unit
        self.masking = masking
        self.mask_token = FILLER if masking == "filler" else mask_token
        check_text(text)
        self.keep = as_stretches("keep", keep, len(text))
        self.only = as_stretches("only", only, len(text))
        self.spans: list[Span] = segment(text, unit, token_spans, self.keep, self.only)
        self.pieces = Pieces.of(self.spans, between(text, self.spans))
        self._labels = [text[start:end] for start, end in self.spans]
        self._texts = [text[start:end] for start, end in self.pieces.spans]
        edges = [0, *(position for span in self.pieces.spans for position in span), len(text)]
        self._gaps = [text[a:b] for a, b in zip(edges[::2], edges[1::2], strict=True)]  # p + 1 of them
        self._kept = np.array([own + gap for own, gap in zip(self._texts, self._gaps[1:], strict=True)], dtype=object)
        self._hidden = np.array([self.mask_token + gap for gap in self._gaps[1:]], dtype=object)
        self._strength = _strengths(self._gaps[1:])

    @property
    def labels(self) -> list[str]:
        """Text of each feature."""
        return list(self._labels)

    def apply(self, masks: BoolArray) -> list[str]:
        """Masked texts, one per row of (m, n) `masks`; all-kept gives `text` itself.

        Raises:
            ValueError: the masks do not have n columns.
        """
        rows = check_masks(masks, self.n_features)
        before, after = self._gaps[0], self._gaps[-1] if self.masking == "removal" else ""
        bodies = self.apply_part(self.pieces.kept(rows), 0, len(self.pieces.spans))
        return [before + body + after if body else "" for body in bodies]

    def apply_part(self, masks: BoolArray, start: int, stop: int) -> list[str]:
        """Pieces `start` to `stop` of the masked texts, from (m, stop - start) `masks`.

        Under removal the white space before the first and after the last kept piece is left out.
        """
        if self.masking != "removal":
            parts = np.where(masks, self._kept[start:stop], self._hidden[start:stop])
            return ["".join(row) for row in parts.tolist()]
        return [self._without(np.flatnonzero(mask) + start) for mask in masks]

    def _without(self, kept: IntArray) -> str:
        """Only the `kept` pieces, each followed by the strongest white space up to the next."""
        if len(kept) == 0:
            return ""
        pieces = [self._texts[i] for i in kept.tolist()]
        if len(kept) > 1:
            strongest = np.maximum.reduceat(self._strength[: kept[-1]], kept[:-1])
            positions = len(self._gaps) - 2 - strongest % (len(self._gaps) - 1)
            for k, gap in enumerate(positions.tolist()):
                pieces[k] += self._gaps[gap + 1]
        return "".join(pieces)


def _strengths(gaps: list[str]) -> IntArray:
    """(p,) distinct numbers that order the gaps after each piece: more line ends, then any space, then the first.

    The number modulo p is p - 1 - position.
    """
    lines = [min(gap.count("\n") + gap.replace("\r\n", "\n").count("\r") + gap.count("\u2029") * 2, 2) for gap in gaps]
    rank = np.array([2 * line + (gap != "") for line, gap in zip(lines, gaps, strict=True)], dtype=np.int64)
    return rank * len(gaps) + np.arange(len(gaps) - 1, -1, -1)
