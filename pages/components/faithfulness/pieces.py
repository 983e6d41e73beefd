"""What the tabs of the Faithfulness page are put together from: a heading with a sentence, a chart, a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas  # noqa: F401  # now: Plotly trips over it while a baseline's library is loading it in a thread
import streamlit as st

from pages.components.common.markup import Markup, draw, tag

_TOOLS = {"displaylogo": False, "modeBarButtons": [["toImage"]], "toImageButtonOptions": {"format": "svg"}}


def dark() -> bool:
    """Whether the page is dark."""
    return bool(st.context.theme.type == "dark")


def heading(title: str, *sentences: str) -> None:
    """A heading and what is to be seen beneath it."""
    lines = (tag("p", text, class_="spex-say spex-hint") for text in sentences)
    draw(tag("h3", title, class_="spex-title spex-chart-title"), *lines)


def chart(figure: Any, key: str, says: str) -> None:
    """A Plotly figure in its own colours; `says` describes it to who cannot see it."""
    st.plotly_chart(figure, key=key, theme=None, config=_TOOLS, alt=says)


def table(head: Sequence[str], rows: Sequence[Sequence[object]], *, key: str, numbers: Sequence[int] = ()) -> None:
    """A table of plain text; columns in `numbers` are set to the right."""

    def cells(kind: str, values: Sequence[object]) -> list[Markup]:
        return [tag(kind, value, **({"class_": "num"} if at in numbers else {})) for at, value in enumerate(values)]

    top = tag("thead", tag("tr", *cells("th", head)))
    body = tag("tbody", *(tag("tr", *cells("td", row)) for row in rows))
    draw(tag("div", tag("table", top, body, class_="spex-table"), class_="spex-scroll", id=key))
