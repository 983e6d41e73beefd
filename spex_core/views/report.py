"""A result as one HTML file: opens from disk without the app, sends and fetches nothing.

It carries the explorer as the app draws it, the data of its views, and how the run was made (`report_page`).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import spex_core
from spex_core.explanation.result import Explanation
from spex_core.explanation.sources import PictureSource, TextSource
from spex_core.fourier.indices import INDICES, canonical
from spex_core.views.explorer import payload
from spex_core.views.heading import heading
from spex_core.views.labels import unit_noun
from spex_core.views.patches import feature_noun
from spex_core.views.report_page import page
from spex_core.views.shown import INDEX, Shown
from spex_core.views.trust import trust
from spex_core.views.web import REPORT

MOST_CHARACTERS = 8_000_000
"""Up to this size a report holds the views of all nine indices, beyond it those of the index on screen alone."""

_HIDING = {
    "unk": "a hidden piece becomes the model's unknown token",
    "removal": "a hidden piece is taken out, the others keep their positions",
    "filler": "a hidden piece becomes “...”",
    "blur": "hidden {} are blurred",
    "mean": "hidden {} take the mean colour of the picture",
    "grey": "hidden {} become grey",
}


def report(
    explanation: Explanation,
    index: str = INDEX,
    order: int | None = None,
    written: datetime | None = None,
    notes: Sequence[tuple[str, str]] = (),
) -> str:
    """The report as HTML text.

    Args:
        explanation: the run.
        index: the interaction index it opens with; the others can be chosen in it (see `MOST_CHARACTERS`).
        order: largest order of every index, None for any.
        written: when, with its time zone; None leaves the date out.
        notes: (what it is about, note), see `noted`.
    """
    return page(REPORT, {**_data(explanation, index, order, written), "notes": [list(note) for note in notes]})


def _data(explanation: Explanation, index: str, order: int | None, written: datetime | None) -> dict[str, Any]:
    index = canonical(index)
    base = payload(explanation, index, order)
    head = heading(explanation)
    return {
        "views": _views(explanation, base, index, order),
        "base": base,
        "title": head.title,
        "about": " · ".join((head.asked, *head.facts)),
        "made": how_made(explanation, written),
    }


def _views(explanation: Explanation, base: dict[str, Any], index: str, order: int | None) -> dict[str, Any]:
    """By index, what differs from `base`: the text, its spectrum and its trust line are in the file once."""
    views: dict[str, Any] = {index: {}}
    size = len(json.dumps(base))
    for known in INDICES:
        if known.name == index:
            continue
        other = payload(explanation, known.name, order)
        views[known.name] = {key: value for key, value in other.items() if value != base.get(key)}
        size += len(json.dumps(views[known.name]))
        if size > MOST_CHARACTERS:
            return {index: {}}
    return views


def how_made(explanation: Explanation, written: datetime | None = None) -> list[tuple[str, str]]:
    """(name, value) pairs that say how a run was made, in the order in which they are shown."""
    model = explanation.model
    low, high = explanation.toward
    rows = [
        ("Model", model.name if model else "a function of masks"),
        *((f"Model: {name}", value) for name, value in sorted(model.options.items() if model else ()) if value),
        ("Explained", f"{explanation.value_unit}: low is {low}, high is {high}"),
        *_input(explanation),
        ("Estimator", _estimator(explanation)),
        ("Largest order searched", str(explanation.max_order)),
        ("Right answer", explanation.source.expected if explanation.source else ""),
        ("Budget", f"{explanation.budget:,} passes"),
        ("Passes made", f"{explanation.evaluations:,}{'' if explanation.complete else ' (stopped early)'}"),
        ("Seed", str(explanation.seed)),
        *_agreement(explanation),
        ("Time", f"model {explanation.seconds_model:,.1f} s, decoding {explanation.seconds_decode:,.1f} s"),
        ("Report written", written.strftime("%d %B %Y, %H:%M %Z").strip() if written else ""),
        ("Version", f"SPEX Explorer {spex_core.__version__}"),
    ]
    return [(name, value) for name, value in rows if value]


def _input(explanation: Explanation) -> list[tuple[str, str]]:
    source = explanation.source
    count = f"{explanation.n_features:,} {feature_noun(explanation, explanation.n_features)}"
    if isinstance(source, TextSource):
        return [("Input", f"a text, {count}"), ("Unit", source.unit), ("Masking", _masking(source))]
    if source is None:
        return [("Input", count)]
    words = f" and {len(source.spans)} words of the question" if source.spans else ""
    return [
        ("Input", f"a picture, {source.cut_in_words}{words}"),
        ("Question", source.question),
        ("Masking", _masking(source)),
    ]


def _masking(source: TextSource | PictureSource) -> str:
    said = _HIDING.get(source.masking)
    return source.masking if said is None else f"{source.masking}: {said.format(unit_noun(source.unit, 2))}"


def _estimator(explanation: Explanation) -> str:
    asked, used = explanation.requested_estimator, explanation.estimator
    return used if asked == used else f"{used} (asked for: {asked})"


def _agreement(explanation: Explanation) -> list[tuple[str, str]]:
    """Both R² of the trust line, in its words."""
    names = {"agreement": "R², full prediction", "listed": "R², listed terms alone"}
    cards = [card for card in trust(Shown(explanation))["cards"] if card["name"] in names]
    if len(cards) == 1:
        names["agreement"] = "R²"
    return [
        (names[card["name"]], ", ".join(part for part in (card["value"].removeprefix("R² "), card["detail"]) if part))
        for card in cards
    ]
