"""The comparison: one browser component that draws two runs on one scale and what differs between them."""

from __future__ import annotations

from functools import cache
from typing import Any

import streamlit as st

from spex_core.explanation.result import Explanation
from spex_core.views.side_by_side import side_by_side
from spex_core.views.web import STYLES, script, style_sheet


@cache
def _component() -> Any:
    style = style_sheet(*STYLES, "compare/compare.css")
    return st.components.v2.component("spex_comparison", js=script("compare/main.js"), css=style)


def comparison(a: Explanation, b: Explanation, index: str, order: int | None = None) -> bool:
    """Draw two runs under an index, a largest order or None for any; what is selected stays in the browser.

    Returns whether there is a list of what differs.
    """
    data = _data(a, b, index, order)
    _component()(key="comparison", data=[data])  # in a list: see `explorer.explorer`
    return bool(data["rows"])


def _data(a: Explanation, b: Explanation, index: str, order: int | None) -> dict[str, Any]:
    """`side_by_side`, the latest one remembered on A itself: it lives no longer than what it describes."""
    known = a.__dict__.get("_compared")
    if known is None or known[0] is not b or known[1:3] != (index, order):
        known = (b, index, order, side_by_side(a, b, index, order))
        a.__dict__["_compared"] = known
    return known[3]  # type: ignore[no-any-return]
