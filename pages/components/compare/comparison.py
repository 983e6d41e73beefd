"""The comparison: one browser component that draws two runs on one scale and what differs between them."""

from __future__ import annotations

import weakref
from functools import cache
from typing import Any

import streamlit as st

from spex_core.explanation.result import Explanation
from spex_core.views.remembered import remembered
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
    """`side_by_side`, of which the latest one of A is kept; B is known by a reference that does not keep it alive."""
    latest: dict[Any, dict[str, Any]] = remembered(a, "latest comparison", dict)
    key = (weakref.ref(b), index, order)
    data = latest.get(key)
    if data is None:
        data = side_by_side(a, b, index, order)
        latest.clear()
        latest[key] = data
    return data
