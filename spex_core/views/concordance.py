"""Concordance cards: one interaction in a long text, its members in context, everything else folded."""

from __future__ import annotations

from typing import Any

from spex_core.explanation.result import Explanation
from spex_core.views.heatmap import gaps, texts

CONTEXT = 5  # features shown on either side of a member
_SHORTEST_FOLD = 4  # fewer features than this are shown, not folded


def concordance(explanation: Explanation, features: tuple[int, ...] | list[int], context: int = CONTEXT) -> list[Any]:
    """Parts of one card, in reading order.

    Returns:
        ``{"kind": "text", "text"}``, ``{"kind": "member", "feature", "text"}`` and, for what lies between two
        passages, ``{"kind": "fold", "count"}`` features without a part in this interaction.
    """
    words, between = texts(explanation), gaps(explanation)
    n, members = explanation.n_features, set(features)
    shown = {near for f in members for near in range(max(0, f - context), min(n, f + context + 1))}
    parts: list[dict[str, Any]] = []
    for start, end, visible in _stretches(n, shown):
        if visible:
            parts += _passage(words, between, start, end, members)
        elif start > 0 and end < n:
            parts.append({"kind": "fold", "count": end - start})
    return parts


def _stretches(n: int, shown: set[int]) -> list[tuple[int, int, bool]]:
    """Maximal runs [start, end) that are shown or folded; folds too short to help are shown."""
    runs: list[tuple[int, int, bool]] = []
    at = 0
    while at < n:
        visible = at in shown
        end = at + 1
        while end < n and (end in shown) == visible:
            end += 1
        if not visible and at > 0 and end < n and end - at < _SHORTEST_FOLD:
            visible = True
        if runs and runs[-1][2] == visible:
            runs[-1] = (runs[-1][0], end, visible)
        else:
            runs.append((at, end, visible))
        at = end
    return runs


def _passage(words: list[str], between: list[str], start: int, end: int, members: set[int]) -> list[dict[str, Any]]:
    parts: list[dict[str, Any]] = []
    text = "… " if start > 0 else between[0]
    for at in range(start, end):
        if at > start:
            text += between[at]
        if at in members:
            parts += [{"kind": "text", "text": text}] if text else []
            parts.append({"kind": "member", "feature": at, "text": words[at]})
            text = ""
        else:
            text += words[at]
    text += between[end] if end == len(words) else " …"
    return [*parts, {"kind": "text", "text": text}] if text else parts
