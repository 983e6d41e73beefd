"""The selected runs as files: one zip of bundles, or a table."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import UTC, datetime

import streamlit as st

from pages.components.common import session
from pages.components.common.markup import say
from pages.components.result.downloads import inert
from pages.components.result.notes import notes_of
from pages.components.runs.rows import called, has_result, made, model_title, state_label
from spex_core.arrays import Samples
from spex_core.runs.store.bundle import write_bundle
from spex_core.runs.store.records import RunRecord
from spex_core.runs.store.several import MOST_RUNS, write_several
from spex_core.views.labels import visible

COLUMNS = (
    *("id", "name", "title", "model", "target", "unit", "features", "estimator", "budget", "passes", "r2"),
    *("seconds", "state", "created", "note"),
)
_ENCODING = "utf-8-sig"  # without the byte order mark spreadsheets take UTF-8 for something else


def export_buttons(chosen: list[RunRecord]) -> None:
    """Bundles of those that have a result and are this person's, and all of the selected as a table."""
    ready = [record for record in chosen if has_result(record) and not session.runs().why_not_change(record.id)]
    few = ready[:MOST_RUNS]
    with st.container(horizontal=True, key="runs-export"):
        if few:
            one = len(few) == 1
            st.download_button(
                "Bundle" if one else f"{len(few)} bundles",
                lambda: bundles(few),
                "spex-run.zip" if one else "spex-runs.zip",
                "application/zip",
                key="runs_bundles",
                on_click="ignore",
                help="With every pass paid for, names and notes; Import takes the file on another machine",
            )
        st.download_button(
            "Table",
            lambda: runs_csv(chosen).encode(_ENCODING),
            "spex-runs.csv",
            "text/csv",
            key="runs_table",
            on_click="ignore",
            help="One line a run, as CSV",
        )
    if len(ready) > len(few):
        say(f"A file holds up to {MOST_RUNS} bundles: those of the first {MOST_RUNS} selected runs.")


def bundles(chosen: Sequence[RunRecord]) -> bytes:
    """The bundle of one run, or those of several in one zip.

    Raises:
        StoreError: they are too large together, or cannot be read.
    """
    written = [(called(record), _bundle(record)) for record in chosen]
    return written[0][1] if len(written) == 1 else write_several(written)


def runs_csv(chosen: Sequence[RunRecord]) -> str:
    """One line a run. Text that a spreadsheet would run as a formula gets a leading apostrophe; `created` is UTC."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for record in chosen:
        words = (record.name, record.title, model_title(record.model), record.target, record.unit)
        numbers = (record.n_features, inert(record.estimator), record.budget, made(record), record.r2, record.seconds)
        created = datetime.fromtimestamp(record.created_at, UTC).isoformat(timespec="seconds")
        note = _text(notes_of(record.id).get((), ""))
        blank = ["" if value is None else value for value in numbers]
        writer.writerow((record.id, *map(_text, words), *blank, state_label(record), created, note))
    return out.getvalue()


def _text(text: str) -> str:
    return inert(visible(text))


def _bundle(record: RunRecord) -> bytes:
    runs = session.runs()
    explanation = runs.load(record.id)
    if runs.knows_passes_of(record.id):
        samples, key = runs.exported(record.id, explanation.n_features)
    else:
        samples, key = Samples.empty(explanation.n_features), record.id
    return write_bundle(explanation, samples, key, record.name, notes_of(record.id))
