"""The ranked table: interactions under one index, strongest first, numbered for the badges."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from spex_core.explanation.result import Explanation, Interaction
from spex_core.fourier.stability import STEADY

NEGLIGIBLE = 1e-9  # relative to the largest value: rounding, not an effect
MOST_ROWS = 200  # of each kind: single features, and groups
ENOUGH = round(100 * STEADY)


def effective(interactions: Sequence[Interaction]) -> list[Interaction]:
    """Those that are significant and not zero up to rounding, in the same order.

    What does not stand clear of its own uncertainty is not shown as a finding; it stays in the download.
    """
    largest = max((abs(interaction.value) for interaction in interactions), default=0.0)
    return [i for i in interactions if i.features and i.significant and abs(i.value) > NEGLIGIBLE * largest]


def ranking(explanation: Explanation, index: str, order: int | None, limit: int = MOST_ROWS) -> dict[str, Any]:
    """Plain data of the ranked table.

    Groups of two or more are numbered 1, 2, ... by strength: the number is the badge that their members
    share. Single features have number 0. At most `limit` groups and `limit` single features are listed.

    Returns:
        ``rows``: number, features, order, value, low, high (None where exact), ``reappears`` (in how many resamples,
        None where nothing was resampled), ``steady`` (in enough of them, or not resampled);
        ``resamples``: how many there are; ``enough``: the share that makes steady, in percent;
        ``groups`` and ``singles``: how many there are in all; ``largest``: largest magnitude of value, low, high.
    """
    found = effective(explanation.interactions(index, order))
    rows: list[dict[str, Any]] = []
    groups = singles = 0
    for interaction in found:
        if interaction.order > 1:
            groups += 1
            if groups > limit:
                continue
        else:
            singles += 1
            if singles > limit:
                continue
        rows.append(
            {
                "number": groups if interaction.order > 1 else 0,
                "features": list(interaction.features),
                "order": interaction.order,
                "value": interaction.value,
                "low": interaction.low,
                "high": interaction.high,
                "reappears": interaction.reappears,
                "steady": interaction.reappears is None or interaction.reappears >= STEADY * explanation.resamples,
            }
        )
    sizes = [abs(row[key]) for row in rows for key in ("value", "low", "high") if row[key] is not None]
    return {
        "rows": rows,
        "resamples": explanation.resamples,
        "enough": ENOUGH,
        "groups": groups,
        "singles": singles,
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
