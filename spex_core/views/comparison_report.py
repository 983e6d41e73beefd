"""A comparison as one HTML file, see `report_page`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from spex_core.explanation.result import Explanation
from spex_core.fourier.indices import canonical
from spex_core.views.heading import heading
from spex_core.views.report import how_made
from spex_core.views.report_page import page
from spex_core.views.shown import INDEX
from spex_core.views.side_by_side import side_by_side

ENTRY = "report/comparison.js"


def comparison_report(
    a: Explanation,
    b: Explanation,
    index: str = INDEX,
    order: int | None = None,
    written: datetime | None = None,
    notes: Sequence[tuple[str, str]] = (),
) -> str:
    """The verdict, both inputs and what differs, as on the page, and how each run was made.

    Args:
        a: the run before the change.
        b: the run after it.
        index: interaction index of the list.
        order: its largest order, None for any.
        written: when, with its time zone; None leaves the date out.
        notes: (what it is about, note), see `noted`.
    """
    data = {
        "comparison": side_by_side(a, b, canonical(index), order),
        "titles": [heading(run).title for run in (a, b)],
        "made": [how_made(run, written) for run in (a, b)],
        "notes": [list(note) for note in notes],
    }
    return page(ENTRY, data, "compare/compare.css")
