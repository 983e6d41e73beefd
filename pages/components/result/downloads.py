"""An explanation as files: a report to read, JSON that the app opens again, CSV for a spreadsheet, a bundle to go on
from, and the Python that makes it again."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import lru_cache

import streamlit as st

from pages.components.common.markup import draw, say, tag
from spex_core.arrays import Samples, Support
from spex_core.errors import ExpansionError
from spex_core.explanation.result import Explanation, Interaction
from spex_core.explanation.snippet import python_snippet
from spex_core.runs.store.bundle import write_bundle
from spex_core.runs.store.notes import Written
from spex_core.views.comparison import changes
from spex_core.views.comparison_report import comparison_report
from spex_core.views.labels import visible
from spex_core.views.noted import noted
from spex_core.views.nothing import no_effect
from spex_core.views.orientation import oriented
from spex_core.views.report import report
from spex_core.views.shown import Shown

COLUMNS = ("rank", "positions", "words", "order", "index", "value", "low", "high", "towards", "significant")
CHANGES = (
    *("rank", "status", "words", "order", "index", "positions_a", "positions_b"),
    *("value_a", "low_a", "high_a", "value_b", "low_b", "high_b", "difference"),
)
_ENCODING = "utf-8-sig"  # without the byte order mark spreadsheets take UTF-8 for something else
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def interactions_csv(explanation: Explanation, index: str, order: int | None) -> str:
    """The ranked interactions under an index, one row each, in the numbers of the page (see `views.orientation`).

    `towards` is the end that keeping the group pushes to, which of a Fourier coefficient turns with the order.
    `positions` are feature positions from 0; `low` and `high`, two standard deviations each way, are empty where
    the value is exact. `significant` is "yes" for what the page lists and "no" for what it leaves out as noise
    (see `Interaction.significant`). Text cells that a spreadsheet would run as a formula get a leading apostrophe;
    characters that nobody would see are signs (see `views.labels.visible`).
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    explanation = oriented(explanation)
    shown = Shown(explanation, index, order)
    ends = [inert(visible(name)) for name in explanation.toward]
    for rank, item in enumerate(explanation.interactions(index, order), start=1):
        words = _words(explanation, item.features)
        said = item.value, _cell(item.low), _cell(item.high), ends[shown.push(item.value, item.order) > 0]
        known = "yes" if item.significant else "no"
        writer.writerow((rank, _positions(item.features), words, item.order, index, *said, known))
    return out.getvalue()


def changes_csv(a: Explanation, b: Explanation, index: str, order: int | None) -> str:
    """What differs from A to B, one row each, and what stayed the same within error: see `views.comparison.changes`.

    `words` are those of the run that has all members. Values are empty where a run does not list the interaction;
    the difference, B minus A, takes them as 0.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(CHANGES)
    for rank, row in enumerate(changes(a, b, index, order), start=1):
        in_a = row.only == "a" or (not row.only and row.b is None)
        words = _words(a, row.features_a) if in_a else _words(b, row.features_b)
        positions = _positions(row.features_a), _positions(row.features_b)
        values = (*_values(row.a), *_values(row.b), row.difference)
        writer.writerow((rank, row.status, words, row.order, index, *positions, *values))
    return out.getvalue()


def inert(text: str) -> str:
    """`text` as a spreadsheet shows it, never as a formula (OWASP, CSV injection)."""
    return f"'{text}" if text.lstrip(" \n").startswith(_FORMULA) or text.startswith("\n") else text


def download_buttons(
    explanation: Explanation,
    index: str,
    order: int | None,
    name: str,
    paid: Callable[[], tuple[Samples, str]] | None = None,
    told: Callable[[], tuple[str, Written]] | None = None,
) -> None:
    """Report, JSON, CSV, and under "More" the bundle and the Python.

    JSON and CSV are made once per explanation, so that a click elsewhere on the page does not write them again; report
    and bundle only when they are asked for.

    Args:
        explanation: what is downloaded.
        index: the interaction index on screen.
        order: its largest order, None for any.
        name: of the files, without ending.
        paid: finds the masked passes behind it and the name they are kept under; None where there are none here.
        told: finds what a person calls the run and wrote about it; None where nobody can.
    """
    st.download_button(
        "Report",
        lambda: report(
            explanation, index, order, datetime.now().astimezone(), noted(explanation, told()[1]) if told else ()
        ).encode(),
        f"{name}.html",
        "text/html",
        key="download_report",
        on_click="ignore",
        help="One file that opens in any browser, without the app and without a network; it prints well too",
    )
    st.download_button(
        "JSON", _json(explanation), f"{name}.json", "application/json", key="download_json", on_click="ignore"
    )
    try:
        table = _csv(explanation, index, order)
        problem = None if explanation.interactions(index, order) else f"No table. {no_effect(explanation)}"
    except ExpansionError as error:
        table, problem = b"", str(error)
    st.download_button(
        "CSV", table, f"{name}.csv", "text/csv", key="download_csv", on_click="ignore", disabled=problem is not None
    )
    _more(explanation, name, paid, told)
    if problem is not None:
        say(problem)


def _more(
    explanation: Explanation,
    name: str,
    paid: Callable[[], tuple[Samples, str]] | None,
    told: Callable[[], tuple[str, Written]] | None,
) -> None:
    with st.popover("More", key="download_more"):
        say("Pictures: each one has PNG and SVG beneath it.")
        if paid is not None:
            say("Bundle: the run with every pass paid for. Another machine goes on from it without paying again.")
            st.download_button(
                "Bundle",
                lambda: write_bundle(explanation, *paid(), *(told() if told else ())),
                f"{name}.zip",
                "application/zip",
                key="download_bundle",
                on_click="ignore",
            )
        say("Python that makes this run again:")
        st.code(python_snippet(explanation), language="python", height=240)


def comparison_files(
    a: Explanation,
    b: Explanation,
    index: str,
    order: int | None,
    listed: bool,
    notes: Sequence[tuple[str, str]] = (),
) -> None:
    """The report of a comparison, made when it is asked for, and what differs as CSV, made once per pair and index.

    Args:
        a, b: the runs.
        index: the interaction index on screen.
        order: its largest order, None for any.
        listed: whether there is anything in the table.
        notes: (what it is about, note) for the report.
    """
    with st.container(horizontal=True, vertical_alignment="center", key="compare-actions"):
        draw(tag("span", "Download", class_="spex-label"), width="content")
        st.download_button(
            "Report",
            lambda: comparison_report(a, b, index, order, datetime.now().astimezone(), notes).encode(),
            "spex-comparison.html",
            "text/html",
            key="download_comparison",
            on_click="ignore",
            help="One file that opens in any browser, without the app and without a network",
        )
        if listed:
            table = _changes(a, b, index, order)
            st.download_button("CSV", table, "spex-changes.csv", "text/csv", key="download_changes", on_click="ignore")


@lru_cache(maxsize=8)
def _json(explanation: Explanation) -> bytes:
    return explanation.to_json().encode()


@lru_cache(maxsize=8)
def _csv(explanation: Explanation, index: str, order: int | None) -> bytes:
    return interactions_csv(explanation, index, order).encode(_ENCODING)


@lru_cache(maxsize=4)
def _changes(a: Explanation, b: Explanation, index: str, order: int | None) -> bytes:
    return changes_csv(a, b, index, order).encode(_ENCODING)


def _words(explanation: Explanation, positions: Support) -> str:
    return inert(visible(" · ".join(explanation.features[position] for position in positions)))


def _positions(positions: Support) -> str:
    return " ".join(map(str, positions))


def _values(item: Interaction | None) -> tuple[float | str, float | str, float | str]:
    return ("", "", "") if item is None else (item.value, _cell(item.low), _cell(item.high))


def _cell(value: float | None) -> float | str:
    return "" if value is None else value
