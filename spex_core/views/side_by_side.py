"""Everything the Compare page draws of two runs, in one piece of plain data."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from spex_core.errors import ExpansionError
from spex_core.explanation.result import Explanation, Interaction
from spex_core.fourier.indices import INDICES, canonical
from spex_core.fourier.spectrum import strongest_first
from spex_core.views.alignment import Matching, align, mismatch, unlike
from spex_core.views.answer import answer
from spex_core.views.comparison import (
    SAME,
    SLIGHT,
    STATUSES,
    Change,
    changes,
    counts,
    off_scale,
    shown_as_zero,
)
from spex_core.views.explorer import run_id
from spex_core.views.heatmap import heatmap, tints
from spex_core.views.labels import occurrences
from spex_core.views.pair_verdict import PairVerdict, pair_verdict
from spex_core.views.patches import feature_noun, names, picture
from spex_core.views.shown import INDEX, MOST_ROWS, Shown
from spex_core.views.trust import trust

NUMBERED = 12
"""Changed groups that carry a number on their members."""
TOUCHES, CARRIES = "changed words", "carries the answer"
"""Why a row matters for the verdict."""


@dataclass(frozen=True)
class _Row:
    number: int
    change: Change
    why: str


def side_by_side(a: Explanation, b: Explanation, index: str = INDEX, order: int | None = None) -> dict[str, Any]:
    """Two runs under an index: only str, int, finite float, bool, None, list and dict.

    Returns:
        ``sides``: A and B, each with what `heatmap` and `picture` hold, tinted on the scale of both where there is
        one; ``verdict``: what the comparison comes to (`pair_verdict`); ``rows``: what matters for the verdict, then
        the other changes, then what stayed the same, groups numbered in this order; ``counts`` by status;
        ``problems``: sentences that say what cannot be compared and why.
    """
    index = canonical(index)
    matching = align(a, b)
    apart = (
        mismatch(a, b) or unlike(a, b) or ("" if matching.pairs else f"A and B have no {feature_noun(a)} in common.")
    )
    problems = [text for text in (apart, off_scale(a, b)) if text]
    found: list[Change] = []
    if not problems:
        try:
            found = changes(a, b, index, order, matching)
        except ExpansionError as error:
            problems.append(str(error))
    told = pair_verdict(a, b, matching, apart)
    rows = _numbered(found, told)
    alone = ((), ()) if apart else (matching.only_a, matching.only_b)
    both = [Shown(run, index, order) for run in (a, b)]
    heats = [heatmap(shown) for shown in both]
    shared = not off_scale(a, b)
    if shared:
        largest = max(heat["largest"] for heat in heats)
        for shown, heat in zip(both, heats, strict=True):
            heat |= {"largest": largest, "tints": tints(shown, largest)}
    largest_end = max(shown.scale for shown in both)
    data: dict[str, Any] = {
        "index": index,
        "index_title": next(known.title for known in INDICES if known.name == index),
        "order": order,
        "shared": shared,
        "problems": problems,
        "verdict": told.data(),
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
        "rows": [_row_data(row, both, shown_as_zero(largest_end)) for row in rows],
        "largest": largest_end,
        "partners": _partners(matching),
    }
    data["key"] = _key(a, b, data)
    return data


def _numbered(found: Sequence[Change], told: PairVerdict) -> list[_Row]:
    """The rows that are listed, at most `MOST_ROWS` of each kind: those that touch a changed word, those that carry the
    answer, other changes by their size, and what stayed the same."""
    kinds: dict[str, list[Change]] = {TOUCHES: [], CARRIES: [], "": [], SAME: []}
    for row in found:
        kinds[_why(row, told) or ("" if row.status != SAME else SAME)].append(row)
    for kind in (TOUCHES, CARRIES, SAME):
        sizes = np.array([max(abs(row.value_a), abs(row.value_b)) for row in kinds[kind]])
        kinds[kind] = [kinds[kind][at] for at in strongest_first(sizes)]
    rows: list[_Row] = []
    number = 0
    for kind, listed in kinds.items():
        for row in listed[:MOST_ROWS]:
            joint = row.order > 1 and kind != SAME and number < NUMBERED
            number += joint
            rows.append(_Row(number if joint else 0, row, "" if kind == SAME else kind))
    return rows


def _why(row: Change, told: PairVerdict) -> str:
    """What makes a row matter for the verdict, "" for those that do not."""
    if told.touching and row.only:
        return TOUCHES
    return CARRIES if row.features_b in told.carriers and not row.only else ""


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
        "occurrences": occurrences(labels),
        "toward": list(run.toward),
        "unit": run.value_unit,
        "says": answer(shown).data()["says"],
        "trust": trust(shown)["cards"][0],
        "heat": heat,
        "only": list(only),
        "badges": badges,
        "picture": seen,
    }


def _row_data(row: _Row, both: Sequence[Shown], zero: float) -> dict[str, Any]:
    change = row.change
    return {
        "number": row.number,
        "status": change.status,
        "why": row.why,
        "order": change.order,
        "only": change.only,
        "a": _value(change.a, change.features_a, both[0], zero),
        "b": _value(change.b, change.features_b, both[1], zero),
        "difference": change.difference,
    }


def _value(interaction: Interaction | None, features: tuple[int, ...], shown: Shown, zero: float) -> dict[str, Any]:
    """One side of a row. What would be printed as 0 and what the run has no value for are both not there."""
    return {
        "features": list(features),
        "listed": interaction is not None and abs(interaction.value) >= zero,
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
    digest.update(repr((run_id(a), run_id(b), data["index"], data["rows"], data["problems"], data["verdict"])).encode())
    for run in (a, b):
        digest.update(run.spectrum.coefficients.tobytes())
    return digest.hexdigest()
