"""Everything the Compare page draws of two runs, in one piece of plain data."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from spex_core.errors import ExpansionError
from spex_core.explanation.result import Explanation, Interaction
from spex_core.fourier.indices import canonical
from spex_core.fourier.spectrum import strongest_first
from spex_core.views.answer import answer
from spex_core.views.comparison import (
    INDEX,
    SAME,
    SLIGHT,
    STATUSES,
    Change,
    Matching,
    align,
    changes,
    counts,
    mismatch,
    off_scale,
)
from spex_core.views.explorer import run_id
from spex_core.views.heatmap import heatmap, tints
from spex_core.views.labels import occurrences
from spex_core.views.patches import feature_noun, names, picture
from spex_core.views.shown import MOST_ROWS, Shown
from spex_core.views.trust import trust

NUMBERED = 12
"""Changed groups that carry a number on their members."""


@dataclass(frozen=True)
class _Row:
    number: int
    change: Change


def side_by_side(a: Explanation, b: Explanation, index: str = INDEX, order: int | None = None) -> dict[str, Any]:
    """Two runs under an index: only str, int, finite float, bool, None, list and dict.

    Returns:
        ``sides``: A and B, each with what `heatmap` and `picture` hold, tinted on the scale of both where there is
        one; ``rows``: the changes, groups numbered by size of change; ``counts`` by status; ``problems``: sentences
        that say what cannot be compared and why.
    """
    index = canonical(index)
    matching = align(a, b)
    apart = mismatch(a, b) or ("" if matching.pairs else f"A and B have no {feature_noun(a)} in common.")
    problems = [text for text in (apart, off_scale(a, b)) if text]
    found: list[Change] = []
    if not problems:
        try:
            found = changes(a, b, index, order, matching)
        except ExpansionError as error:
            problems.append(str(error))
    rows = _numbered(found)
    alone = ((), ()) if apart else (matching.only_a, matching.only_b)
    both = [Shown(run, index, order) for run in (a, b)]
    heats = [heatmap(shown) for shown in both]
    shared = not off_scale(a, b)
    if shared:
        largest = max(heat["largest"] for heat in heats)
        for shown, heat in zip(both, heats, strict=True):
            heat |= {"largest": largest, "tints": tints(shown, largest)}
    data: dict[str, Any] = {
        "index": index,
        "shared": shared,
        "problems": problems,
        "sides": [
            _side(a, heats[0], alone[0], [(row.number, row.change.a, row.change.features_a) for row in rows]),
            _side(b, heats[1], alone[1], [(row.number, row.change.b, row.change.features_b) for row in rows]),
        ],
        "comparable": not problems,
        "statuses": list(STATUSES),
        "same": SAME,
        "slight": SLIGHT,
        "identical": a.features == b.features,
        "counts": counts(found),
        "rows": [_row_data(row, both) for row in rows],
        "largest": max(shown.scale for shown in both),
        "partners": _partners(matching),
    }
    data["key"] = _key(a, b, data)
    return data


def _numbered(found: Sequence[Change]) -> list[_Row]:
    """The rows that are listed: changes before what stayed the same, at most `MOST_ROWS` of each."""
    rows: list[_Row] = []
    number = 0
    moved = [row for row in found if row.status != SAME]
    same = [row for row in found if row.status == SAME]
    same = [same[at] for at in strongest_first(np.array([row.value_a for row in same]))]
    for row in [*moved[:MOST_ROWS], *same[:MOST_ROWS]]:
        joint = row.order > 1 and row.status != SAME and number < NUMBERED
        number += joint
        rows.append(_Row(number if joint else 0, row))
    return rows


def _side(
    run: Explanation,
    heat: dict[str, Any],
    only: Sequence[int],
    rows: Sequence[tuple[int, Interaction | None, tuple[int, ...]]],
) -> dict[str, Any]:
    seen = picture(run)
    labels = names(run)
    badges: list[list[int]] = [[] for _ in range(run.n_features)]
    for number, interaction, features in rows:
        for feature in features if number and interaction is not None else ():
            badges[feature].append(number)
    shown = Shown(run)
    return {
        "n": run.n_features,
        "noun": feature_noun(run),
        "nouns": feature_noun(run, 2),
        "labels": labels,
        "occurrences": occurrences(labels if seen else run.features),
        "toward": list(run.toward),
        "unit": run.value_unit,
        "says": answer(shown).data()["says"],
        "trust": trust(shown)["cards"][0],
        "heat": heat,
        "only": list(only),
        "badges": badges,
        "picture": seen,
    }


def _row_data(row: _Row, both: Sequence[Shown]) -> dict[str, Any]:
    change = row.change
    return {
        "number": row.number,
        "status": change.status,
        "order": change.order,
        "only": change.only,
        "a": _value(change.a, change.features_a, both[0]),
        "b": _value(change.b, change.features_b, both[1]),
        "difference": change.difference,
    }


def _value(interaction: Interaction | None, features: tuple[int, ...], shown: Shown) -> dict[str, Any]:
    return {
        "features": list(features),
        "listed": interaction is not None,
        "value": interaction.value if interaction else 0.0,
        "push": shown.push(interaction.value, interaction.order) if interaction else 0,
        "low": interaction.low if interaction else None,
        "high": interaction.high if interaction else None,
    }


def _partners(matching: Matching) -> list[list[int]]:
    """Partner in B of each feature of A and the other way round, -1 for none."""
    return [
        [matching.to_b.get(at, -1) for at in range(matching.n_a)],
        [matching.to_a.get(at, -1) for at in range(matching.n_b)],
    ]


def _key(a: Explanation, b: Explanation, data: dict[str, Any]) -> str:
    """Changes whenever anything that is drawn does."""
    digest = hashlib.blake2b(digest_size=8)
    digest.update(repr((run_id(a), run_id(b), data["index"], data["rows"], data["problems"])).encode())
    for run in (a, b):
        digest.update(run.spectrum.coefficients.tobytes())
    return digest.hexdigest()
