"""Long inputs: sections, how strongly they act on each other, and the passages that matter."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations_with_replacement
from typing import Any

from spex_core.explanation.result import Explanation
from spex_core.views.heatmap import gaps, texts
from spex_core.views.labels import short
from spex_core.views.shown import Shown

MOST_SECTIONS = 12
_SENTENCE_ENDS = (".", "!", "?", "。", "！", "？", "؟", "।", "…")
_CLOSERS = "\"'”’»)]}）】」』"


def split(explanation: Explanation, most: int = MOST_SECTIONS) -> list[tuple[int, int]]:
    """Cut the features into at most `most` runs [start, end), at paragraph ends where sizes allow it.

    A section closes at the first paragraph end past half of the even share. Where none comes before twice that
    share, it closes at the first sentence end past the share, and at the latest at twice the share.
    """
    n = explanation.n_features
    share = max(1.0, n / most)
    breaks = [*_breaks(explanation), 2]
    sections: list[tuple[int, int]] = []
    start = 0
    for at in range(1, n):
        size = at - start
        kind = breaks[at]
        paragraph_near = 2 in breaks[at : start + int(2 * share) + 1]
        if (
            (kind == 2 and size >= share / 2)
            or (not paragraph_near and kind == 1 and size >= share)
            or size >= 2 * share
        ):
            sections.append((start, at))
            start = at
    sections.append((start, n))
    while len(sections) > most:
        joined = min(range(len(sections) - 1), key=lambda k: sections[k + 1][1] - sections[k][0])
        sections[joined : joined + 2] = [(sections[joined][0], sections[joined + 1][1])]
    return sections


def _breaks(explanation: Explanation) -> list[int]:
    """Before each feature: 2 a paragraph ends, 1 a sentence ends, 0 neither."""
    between, words = gaps(explanation), texts(explanation)
    kinds = [2]
    for at in range(1, explanation.n_features):
        seam = words[at - 1] + between[at] + words[at]
        edge = len(words[at - 1])
        gap = seam[edge : edge + len(between[at])]
        before = (words[at - 1] + gap).rstrip().rstrip(_CLOSERS)
        tail = words[at - 1][len(words[at - 1].rstrip()) :] + gap
        if tail.count("\n") >= 1:
            kinds.append(2)
        else:
            kinds.append(1 if before.endswith(_SENTENCE_ENDS) else 0)
    return kinds


def sections(shown: Shown) -> dict[str, Any]:
    """Plain data of the section × section matrix.

    A group counts in every pair of sections that it touches, and on the diagonal where all of it lies in one.

    Returns:
        ``sections``: start, end, opening words; ``cells``: row, column (row >= column), mass (sum of
        magnitudes), net (sum of magnitudes that push up
        minus those that push down), count, strongest (value), order (of the strongest), number (its rank);
        ``largest``: largest mass.
    """
    explanation = shown.explanation
    spans = split(explanation)
    home = [at for at, (start, end) in enumerate(spans) for _ in range(start, end)]
    cells: dict[tuple[int, int], dict[str, Any]] = {}
    for rank, group in enumerate([] if shown.problem else shown.groups, start=1):
        touched = sorted({home[feature] for feature in group.features})
        pairs = [(a, b) for a, b in combinations_with_replacement(touched, 2) if a != b] or [(touched[0], touched[0])]
        for column, row in pairs:
            cell = cells.setdefault(
                (row, column),
                {
                    "row": row,
                    "column": column,
                    "mass": 0.0,
                    "net": 0.0,
                    "count": 0,
                    "strongest": group.value,
                    "order": group.order,
                    "number": rank,
                },
            )
            cell["mass"] += abs(group.value)
            cell["net"] += shown.push(group.value, group.order) * abs(group.value)
            cell["count"] += 1
    words, between = texts(explanation), gaps(explanation)
    listed = [
        {"start": start, "end": end, "opening": short(_passage(words, between, start, min(end, start + 12)), 60)}
        for start, end in spans
    ]
    largest = max((cell["mass"] for cell in cells.values()), default=0.0)
    return {"sections": listed, "cells": [cells[key] for key in sorted(cells)], "largest": largest}


def _passage(words: Sequence[str], between: Sequence[str], start: int, end: int) -> str:
    return "".join((between[at] if at > start else "") + words[at] for at in range(start, end))
