"""The views that a person may choose next, sent ahead, so that another index or order is on screen at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from spex_core.fourier.indices import INDICES

MOST_CHARACTERS = 1_500_000
"""Up to this size views are sent ahead; what is left out comes when it is asked for."""

View = dict[str, Any]


def ahead(base: View, kind: str, view: Callable[[str, int | None], View]) -> list[View]:
    """What differs from the view on show in those beside it.

    Args:
        base: the view on show, a `payload`.
        kind: "index" for every other index at its order, "order" for every other order of its index.
        view: `payload` by index and order, None for any.
    """
    index, order = base["index"], base["order"]
    if kind == "index":
        wanted = [(known.name, order) for known in INDICES if known.name != index]
    else:
        wanted = [(index, each) for each in range(base["max_order"] + 1) if each != order]
    found: list[View] = []
    size = 0
    for name, each in wanted:
        other = view(name, each or None)
        differs = {key: value for key, value in other.items() if value != base.get(key)}
        size += len(repr(differs))
        if size > MOST_CHARACTERS:
            break
        found.append(differs)
    return found
