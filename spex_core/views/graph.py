"""The interaction graph: features on one side, groups on the other, an edge for each membership.

Bipartite, because an edge between two words cannot show that three act together.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

MOST_GROUPS = 20


def graph(rows: Sequence[dict[str, Any]], most: int = MOST_GROUPS) -> dict[str, Any]:
    """Layout of the strongest `most` groups of a ranking.

    Features keep the reading order; each group sits near the middle of its members, as far as the other
    groups leave room (one barycentre sweep), which keeps crossings few.

    Returns:
        ``features``: ``[position, y]``; ``groups``: ``[number, y]``; both with y in [0, 1], top to bottom.
    """
    groups = [row for row in rows if row["number"]][:most]
    members = sorted({feature for row in groups for feature in row["features"]})
    place = {feature: _spread(at, len(members)) for at, feature in enumerate(members)}
    middle = {row["number"]: sum(place[f] for f in row["features"]) / row["order"] for row in groups}
    ordered = sorted(middle, key=lambda number: (middle[number], number))
    return {
        "features": [[feature, place[feature]] for feature in members],
        "groups": [[number, _spread(at, len(ordered))] for at, number in enumerate(ordered)],
    }


def _spread(at: int, count: int) -> float:
    return (at + 0.5) / count
