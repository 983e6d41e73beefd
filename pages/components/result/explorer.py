"""The explorer: one browser component that draws a whole result with one linked selection."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import streamlit as st

from spex_core.explanation.result import Explanation
from spex_core.views.ahead import ahead
from spex_core.views.explorer import payload
from spex_core.views.orientation import Orientation, orientation
from spex_core.views.remembered import remembered
from spex_core.views.shown import INDEX
from spex_core.views.web import EXPLORER, STYLES, script, style_sheet


@dataclass(frozen=True)
class Explored:
    """What the component shows and what a person asks of it.

    Attributes:
        index: interaction index on screen.
        order: its largest order, None for any.
        selection: selected feature positions.
        hidden: feature positions hidden under Try it.
        check: the mask (n bools, True = kept) that the model should be asked about, only in the run that a press
            of the button started; else None.
    """

    index: str
    order: int | None
    selection: tuple[int, ...]
    hidden: tuple[int, ...]
    check: list[bool] | None


@cache
def _component(part: str) -> Any:
    style = style_sheet(*STYLES)
    if part:
        style += f"\n.sx :is(.card, .tabs, .banner):not({part}, :is({part}) *) {{ display: none !important; }}"
        style += "\n.sx :is(.top, .pair) { grid-template-columns: minmax(0, 1fr) !important; }"
    name = "spex_explorer" + "".join(letter for letter in part if letter.isalpha())
    return st.components.v2.component(name, js=script(EXPLORER), css=style)


def cached_payload(explanation: Explanation, index: str, order: int | None) -> dict[str, Any]:
    """`payload`, made once; not to be changed."""
    return remembered(explanation, ("payload", index, order), lambda: payload(explanation, index, order))


def explorer(
    explanation: Explanation,
    *,
    key: str,
    index: str | None = None,
    order: int | None = None,
    selection: Sequence[int] | None = None,
    hidden: Sequence[int] | None = None,
    checked: Mapping[str, Any] | None = None,
    live: Mapping[str, int] | None = None,
    can_check: bool = True,
    check_reason: str = "",
    link: bool = False,
    part: str = "",
) -> Explored:
    """Draw an explanation.

    Args:
        explanation: what to draw.
        key: unique on the page; one key per run keeps two results apart.
        index: interaction index shown; None for what the person chose in this component, `shown.INDEX` at first.
        order: largest order of the index, 0 for any; None for what the person chose, any at first.
        selection: features selected at first, None for those of this component's last run (the browser keeps
            its own selection afterwards).
        hidden: features hidden at first, None for those of this component's last run.
        checked: the model's answer to a check: ``mask`` (True = kept), and ``value`` or, where it could not be asked,
            ``error``.
        live: ``{"done": d, "total": t}`` passes while the run goes on.
        can_check: False where the model cannot be asked; `check_reason` says why.
        check_reason: shown on the button that cannot be pressed.
        link: whether the browser keeps the page's address in step with index, order and selection.
        part: CSS selector of the cards to show, "" for all of them.

    Returns:
        What is on screen and what is asked for.
    """
    chosen = st.session_state.get(key) or {}
    index = index or chosen.get("index") or INDEX
    order = (chosen.get("order") if order is None else order) or None
    selection = chosen.get("selection") or () if selection is None else selection
    hidden = chosen.get("hidden") or () if hidden is None else hidden
    base = cached_payload(explanation, index, order)
    data = dict(base)
    if kind := chosen.get("ahead"):
        data["ahead"] = ahead(base, str(kind), partial(cached_payload, explanation))
    data.update(
        selection=[int(feature) for feature in selection],
        hidden=[int(feature) for feature in hidden],
        checked=None if checked is None else _hidden_of(checked, orientation(explanation)),
        live=None if live is None else {**live},
        can_check=can_check,
        check_reason=check_reason,
        link=link,
    )
    result = _component(part)(
        key=key,
        data=[data],  # in a bare dict Streamlit looks for data frames, importing pandas: 0.4 s of a first paint
        on_index_change=_nothing,
        on_order_change=_nothing,
        on_selection_change=_nothing,
        on_hidden_change=_nothing,
        on_check_change=_nothing,
        on_ahead_change=_nothing,
    )
    asked = result.check
    check = None if asked is None else _mask(asked["hidden"], explanation.n_features)
    return Explored(index, order, _positions(result.selection, selection), _positions(result.hidden, hidden), check)


def _positions(now: Sequence[int] | None, before: Sequence[int]) -> tuple[int, ...]:
    return tuple(int(feature) for feature in (before if now is None else now))


def _mask(hidden: Sequence[int], n_features: int) -> list[bool]:
    gone = {int(feature) for feature in hidden}
    return [feature not in gone for feature in range(n_features)]


def _hidden_of(checked: Mapping[str, Any], shown: Orientation) -> dict[str, Any]:
    """The browser's form of an answer: hidden positions instead of a mask, the value as all outputs are shown."""
    answer: dict[str, Any] = {"hidden": [at for at, kept in enumerate(checked["mask"]) if not kept]}
    if checked.get("value") is not None:
        answer["value"] = shown(float(checked["value"]))
    return answer | ({"error": str(checked["error"])} if checked.get("error") else {})


def _nothing() -> None:
    """Streamlit returns only the states that have a callback."""
