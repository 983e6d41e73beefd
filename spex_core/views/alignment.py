"""Which feature of one run is which of another: words through a text diff, patches by position."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from io import BytesIO

import numpy as np

from spex_core.arrays import FloatArray
from spex_core.errors import SpexError
from spex_core.explanation.result import Explanation
from spex_core.explanation.sources import PictureSource, TextSource
from spex_core.inputs.pictures import check_png
from spex_core.views.labels import bare, unit_noun

LEAST_SHARED = 0.25
"""Share of two inputs that must be the same before one is set against the other. Of the texts that come with the app,
a puzzle and its changed version share .83 and more, two that have nothing to do with each other .18 and less."""
_NEAR = 0.06  # mean difference of a patch's colours, of 1, up to which it is called the same
_FINE = 12  # columns and rows on which pictures are compared that are cut into segments
_MATCH = 1 << 20  # above any number of matches in a row
_NONE = -(1 << 40)


@dataclass(frozen=True)
class Matching:
    """Which feature of A is which feature of B.

    Attributes:
        pairs: (position in A, position in B), rising in both for the words of a text.
        n_a: features of A.
        n_b: features of B.
    """

    pairs: tuple[tuple[int, int], ...]
    n_a: int
    n_b: int

    @cached_property
    def to_b(self) -> dict[int, int]:
        """Position in A -> position in B."""
        return dict(self.pairs)

    @cached_property
    def to_a(self) -> dict[int, int]:
        """Position in B -> position in A."""
        return {b: a for a, b in self.pairs}

    @property
    def only_a(self) -> tuple[int, ...]:
        """Positions of A without a partner: what was taken out."""
        return tuple(at for at in range(self.n_a) if at not in self.to_b)

    @property
    def only_b(self) -> tuple[int, ...]:
        """Positions of B without a partner: what was put in."""
        return tuple(at for at in range(self.n_b) if at not in self.to_a)

    def swapped(self) -> Matching:
        """The same matching with A and B exchanged."""
        return Matching(tuple((b, a) for a, b in self.pairs), self.n_b, self.n_a)


def align(a: Explanation, b: Explanation) -> Matching:
    """Match the features of two runs.

    Words are matched as a longest common subsequence, so that repeated words keep their places (`difflib` looks for
    the longest block first and may lose matches beside it); patches of equal grids, and equal segments, by position.
    Nothing is matched where `mismatch` or `unlike` says why.
    """
    found = Matching((), a.n_features, b.n_features) if mismatch(a, b) else _by_place(a, b)
    return Matching((), a.n_features, b.n_features) if unlike(a, b) else found


def unlike(a: Explanation, b: Explanation) -> str:
    """Why two inputs that are cut alike have too little in common to be set against each other, "" where they have
    enough.

    Measured on their match. Of two texts cut into words or tokens, the share of the shorter one's that were matched
    right beside another match, because any two texts have single words in common; of two pictures, the share of patches
    whose colours are nearly the same; both must reach `LEAST_SHARED`. Of other inputs, one common feature is enough.
    """
    if mismatch(a, b):
        return ""
    first, second = a.source, b.source
    if isinstance(first, PictureSource) and isinstance(second, PictureSource):
        one = unit_noun(first.unit)
        share = same_patches(first, second)
        if share >= LEAST_SHARED:
            return ""
        return (
            f"These are two different pictures: only {100 * share:.0f} % of their area looks alike, so a {one} of one "
            f"says nothing about the {one} at the same place in the other. Pictures can be compared "
            "where one is an edited copy of the other."
        )
    unit = first.unit if isinstance(first, TextSource) else ""
    matching = _by_place(a, b)
    if not matching.pairs:
        return f"A and B have no {unit_noun(unit)} in common."
    share = shared_words(matching)
    if unit not in ("word", "token") or share >= LEAST_SHARED:
        return ""
    said = f"only {100 * share:.0f} % of the shorter one's {unit_noun(unit, 2)}"
    return (
        f"These are two different texts: {said} stand beside the same neighbour in the other. "
        "Texts can be compared where one is a changed copy of the other."
    )


def shared_words(matching: Matching) -> float:
    """Share of the features of the shorter text that the other has beside the same neighbour: 0 to 1. A text of one
    feature has no neighbours to ask for."""
    least = min(matching.n_a, matching.n_b)
    if least == 1:
        return float(len(matching.pairs))
    known = set(matching.pairs)
    return sum((i - 1, j - 1) in known or (i + 1, j + 1) in known for i, j in matching.pairs) / least


def same_patches(first: PictureSource, second: PictureSource) -> float:
    """Share of the patches, or of the segments, of two pictures cut alike whose colours are nearly the same: 0 to 1.
    A picture that cannot be decoded is like no other."""
    if first.picture == second.picture:
        return 1.0
    columns, rows = first.grid or (_FINE, _FINE)
    small = [_small(source.picture, columns, rows) for source in (first, second)]
    if small[0] is None or small[1] is None:
        return 0.0
    apart = np.abs(small[0] - small[1]).mean(axis=(1, 3, 4))  # by row and column of the grid
    return float((apart <= _NEAR).mean())


@lru_cache(maxsize=16)
def _small(picture: bytes, columns: int, rows: int) -> FloatArray | None:
    """(rows, 4, columns, 4, 3) colours, 0 to 1, of a picture shrunk to 4 x 4 points a patch."""
    from PIL import Image

    try:
        check_png(picture)
        with Image.open(BytesIO(picture)) as opened:
            shrunk = opened.convert("RGB").resize((4 * columns, 4 * rows), Image.Resampling.BOX)
    except (OSError, SyntaxError, ValueError, SpexError):
        return None
    return np.asarray(shrunk, dtype=np.float64).reshape(rows, 4, columns, 4, 3) / 255


def _by_place(a: Explanation, b: Explanation) -> Matching:
    """The match of two inputs that are cut alike."""
    first, second = a.source, b.source
    patches = first.patches if isinstance(first, PictureSource) and isinstance(second, PictureSource) else 0
    words = align_labels(a.features[patches:], b.features[patches:])
    shifted = [(i + patches, j + patches) for i, j in words.pairs]
    return Matching((*((at, at) for at in range(patches)), *shifted), a.n_features, b.n_features)


def align_labels(a: Sequence[str], b: Sequence[str]) -> Matching:
    """Match two sequences of labels; case and closing punctuation do not count.

    Exchanging the sequences exchanges the result: the diff, which depends on the direction, always runs from the one
    that sorts first.
    """
    return _aligned(tuple(map(_key, a)), tuple(map(_key, b)))


def _key(label: str) -> str:
    return bare(label.strip()).casefold()


@lru_cache(maxsize=16)
def _aligned(a: tuple[str, ...], b: tuple[str, ...]) -> Matching:
    if b < a:
        return _aligned(b, a).swapped()
    least = min(len(a), len(b))
    head = next((at for at in range(least) if a[at] != b[at]), least)
    tail = next((at for at in range(least - head) if a[-1 - at] != b[-1 - at]), least - head)
    middle = _longest_common(a[head : len(a) - tail], b[head : len(b) - tail])
    pairs = [(at, at) for at in range(head)]
    pairs += [(i + head, j + head) for i, j in middle]
    pairs += [(len(a) - at, len(b) - at) for at in range(tail, 0, -1)]
    return Matching(tuple(pairs), len(a), len(b))


def _longest_common(a: Sequence[str], b: Sequence[str]) -> list[tuple[int, int]]:
    """A longest common subsequence; among those, one with the most matches right after another match.

    Dynamic programming over prefixes, rows at once: `ends[i, j]` is the best score that ends in a match of a[i - 1]
    with b[j - 1], `best[i, j]` the best score of the prefixes. A match scores `_MATCH`, one right after another 1 more.
    """
    codes = {word: code for code, word in enumerate({*a, *b})}
    rows, columns = (np.array([codes[word] for word in words], dtype=np.int64) for words in (a, b))
    best = np.zeros((len(a) + 1, len(b) + 1), dtype=np.int64)
    ends = np.full_like(best, _NONE)
    for i, code in enumerate(rows, start=1):
        reached = np.maximum(best[i - 1, :-1], ends[i - 1, :-1] + 1) + _MATCH
        ends[i, 1:] = np.where(columns == code, reached, _NONE)
        best[i] = np.maximum.accumulate(np.maximum(ends[i], best[i - 1]))
    pairs = []
    i, j, matched = len(a), len(b), False
    while i and j:
        if matched or best[i, j] == ends[i, j]:
            pairs.append((i - 1, j - 1))
            matched = bool(ends[i, j] == ends[i - 1, j - 1] + 1 + _MATCH)
            i, j = i - 1, j - 1
        elif best[i, j] == best[i - 1, j]:
            i -= 1
        else:
            j -= 1
    return pairs[::-1]


def mismatch(a: Explanation, b: Explanation) -> str:
    """Why the features of two runs cannot be matched, "" where they can."""
    first, second = a.source, b.source
    if isinstance(first, PictureSource) != isinstance(second, PictureSource):
        return "One run is on a picture and the other is not, so no feature of one is a feature of the other."
    if isinstance(first, PictureSource) and isinstance(second, PictureSource):
        return _other_pieces(first, second)
    if isinstance(first, TextSource) and isinstance(second, TextSource) and first.unit != second.unit:
        return (
            f"A is cut into {unit_noun(first.unit, 2)} and B into {unit_noun(second.unit, 2)}, "
            "so no feature of one is a feature of the other."
        )
    return ""


def _other_pieces(first: PictureSource, second: PictureSource) -> str:
    """Why no patch or segment of one picture is one of the other, "" where each is."""
    if first.grid != second.grid:
        cuts = [source.cut_in_words for source in (first, second)]
        if first.grid is not None and second.grid is not None:
            grids = [cut.removesuffix(" patches") for cut in cuts]
            return f"The grids differ ({grids[0]} and {grids[1]}), so no patch of one is a patch of the other."
        return f"A is cut into {cuts[0]} and B into {cuts[1]}, so no feature of one is a feature of the other."
    if first.segments is not None and second.segments is not None and first.segments.digest != second.segments.digest:
        return (
            "The segments of A and B have other outlines, so no segment of one is a segment of the other; "
            "cut into a grid, the pictures can be compared."
        )
    return ""
