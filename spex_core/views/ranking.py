"""The ranked table: interactions under one index, strongest first, numbered for the badges."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from spex_core.fourier.stability import STEADY
from spex_core.views.shown import Shown

ENOUGH = round(100 * STEADY)


def ranking(shown: Shown) -> dict[str, Any]:
    """Plain data of the ranked table; empty where the index has a `Shown.problem`.

    Returns:
        ``rows``: see `Shown.rows`; ``resamples``: how many there are; ``enough``: the share that makes steady, in
        percent; ``groups`` and ``singles``: how many there are in all; ``largest``: largest magnitude of value, low,
        high.
    """
    if shown.problem:
        return {"rows": [], "resamples": 0, "enough": ENOUGH, "groups": 0, "singles": 0, "largest": 0.0}
    sizes = [abs(row[key]) for row in shown.rows for key in ("value", "low", "high") if row[key] is not None]
    return {
        "rows": shown.rows,
        "resamples": shown.explanation.resamples,
        "enough": ENOUGH,
        "groups": len(shown.groups),
        "singles": len(shown.found) - len(shown.groups),
        "largest": max(sizes, default=0.0),
    }


def badges(rows: Sequence[dict[str, Any]], n_features: int, most: int = 12) -> list[list[int]]:
    """Numbers of the strongest `most` groups each feature belongs to: n lists, rising."""
    numbers: list[list[int]] = [[] for _ in range(n_features)]
    for row in rows:
        if 0 < row["number"] <= most:
            for feature in row["features"]:
                numbers[feature].append(row["number"])
    return numbers
