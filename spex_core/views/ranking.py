"""The ranked table: interactions under one index, strongest first, numbered as their members are on screen."""

from __future__ import annotations

from typing import Any

from spex_core.fourier.stability import STEADY
from spex_core.views.shown import Shown

ENOUGH = round(100 * STEADY)


def ranking(shown: Shown) -> dict[str, Any]:
    """Plain data of the ranked table; empty where the index has a `Shown.problem`.

    Returns:
        ``rows``: see `Shown.rows`; ``resamples``: how many there are; ``enough``: the share that makes steady, in
        percent; ``groups``, ``singles`` and ``weak``: how many there are in all, each in one of them.
    """
    if shown.problem:
        return {"rows": [], "resamples": 0, "enough": ENOUGH, "groups": 0, "singles": 0, "weak": 0}
    weak = sum(shown.weak(interaction) for interaction in shown.found)
    return {
        "rows": shown.rows,
        "resamples": shown.explanation.resamples,
        "enough": ENOUGH,
        "groups": len(shown.groups),
        "singles": len(shown.found) - len(shown.groups) - weak,
        "weak": weak,
    }
