"""The score sheet: columns are features in reading order, rows are interactions, dots are members.

A transposed UpSet plot (Lex et al., IEEE TVCG 20(12), 2014): every order in one picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

MOST_ROWS = 40


def score_sheet(
    rows: Sequence[dict[str, Any]], n_features: int, most: int = MOST_ROWS, *, everyone: bool = True
) -> dict[str, Any]:
    """Plain data of the score sheet of the strongest groups in a ranking.

    Up to 25 features every feature has a column, unless `everyone` is False; beyond, only those that take part.

    Returns:
        ``columns``: feature positions in reading order; ``numbers``: row numbers, strongest first.
    """
    groups = [row for row in rows if row["number"]][:most]
    members = {feature for row in groups for feature in row["features"]}
    columns = range(n_features) if everyone and n_features <= 25 else sorted(members)
    return {"columns": list(columns), "numbers": [row["number"] for row in groups]}
