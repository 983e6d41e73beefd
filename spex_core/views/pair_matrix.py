"""The pair matrix: which two features act together, for the features that matter most."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np

from spex_core.fourier.spectrum import strongest_first

MOST_FEATURES = 24


def pair_matrix(rows: Sequence[dict[str, Any]], most: int = MOST_FEATURES) -> dict[str, Any]:
    """Plain data of the pair matrix of a ranking.

    Features are chosen by the total magnitude of the groups they belong to and kept in reading order.

    Returns:
        ``features``: positions in reading order; ``cells``: ``[a, b, value, larger]`` with a < b, where value
        is the pair's own (0.0 if it has none) and larger counts the groups of three or more that hold both;
        ``largest``: largest magnitude of a pair.
    """
    weight: dict[int, float] = defaultdict(float)
    for row in rows:
        if row["number"]:
            for feature in row["features"]:
                weight[feature] += abs(row["value"])
    inside = sorted(weight)
    chosen = sorted(inside[at] for at in strongest_first(np.array([weight[f] for f in inside]))[:most])
    kept = set(chosen)
    own: dict[tuple[int, int], float] = {}
    larger: dict[tuple[int, int], int] = defaultdict(int)
    for row in rows:
        if not row["number"]:
            continue
        members = [feature for feature in row["features"] if feature in kept]
        for a, b in combinations(members, 2):
            if row["order"] == 2:
                own[a, b] = row["value"]
            else:
                larger[a, b] += 1
    cells = [[a, b, own.get((a, b), 0.0), larger.get((a, b), 0)] for a, b in sorted({*own, *larger})]
    return {"features": chosen, "cells": cells, "largest": max((abs(value) for value in own.values()), default=0.0)}
