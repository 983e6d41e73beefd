"""The comparison: one browser component that draws two runs on one scale and what differs between them."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from spex_core.explanation import Explanation
from spex_core.views.side_by_side import side_by_side

_ASSETS = Path(__file__).resolve().parents[2] / "assets"
_SCRIPTS = ("explorer/util", "explorer/heatmap", "compare/side", "compare/changes", "compare/main")
_STYLES = ("explorer/base", "explorer/input", "explorer/patches", "explorer/pictures", "compare/compare")


@cache
def sources() -> tuple[str, str]:
    """(JavaScript, CSS): the parts in order, as one module and one style sheet."""
    script = "\n".join((_ASSETS / f"{name}.js").read_text("utf-8") for name in _SCRIPTS)
    style = "\n".join((_ASSETS / f"{name}.css").read_text("utf-8") for name in _STYLES)
    return script, style


@cache
def _component() -> Any:
    script, style = sources()
    return st.components.v2.component("spex_comparison", js=script, css=style)


def comparison(a: Explanation, b: Explanation, index: str, order: int | None = None) -> None:
    """Draw two runs under an index, a largest order or None for any; what is selected stays in the browser."""
    data = _data(a, b, index, order)
    _component()(key="comparison", data=[data])  # in a list: see `explorer.explorer`


def _data(a: Explanation, b: Explanation, index: str, order: int | None) -> dict[str, Any]:
    """`side_by_side`, the latest one remembered on A itself: it lives no longer than what it describes."""
    known = a.__dict__.get("_compared")
    if known is None or known[0] is not b or known[1:3] != (index, order):
        known = (b, index, order, side_by_side(a, b, index, order))
        a.__dict__["_compared"] = known
    return known[3]  # type: ignore[no-any-return]
