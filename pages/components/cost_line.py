"""The line under the budget: passes, seconds measured on this machine, and what they can find."""

from __future__ import annotations

import streamlit as st

from pages.components import session
from pages.components.budget import buys, duration
from pages.components.plain import draw, say, tag
from pages.components.ticker import ticker
from spex_core.budget import Cost
from spex_core.registry import backends
from spex_core.runs import TextRequest

_POLL_SECONDS = 1.0
_PAINTED = "cost_line_painted"


def cost_line(request: TextRequest, cost: Cost | None) -> None:
    """Draw the line; while the speed is unknown it asks again every second and redraws itself."""
    st.session_state[_PAINTED] = False
    st.fragment(_line)(request, cost)


def _line(request: TextRequest, cost: Cost | None) -> None:
    if cost is None:
        say("The cost is shown once the text can be cut into features.")
        return
    known = st.session_state.setdefault("known_speeds", {})
    speed = known.get(_key(request))
    waiting = speed is None and not _incomplete(request)
    if waiting and st.session_state[_PAINTED]:  # measuring loads the model: never before the page has been painted
        speed = session.manager().speed(request)
        if speed is not None:
            known[_key(request)], waiting = speed, False
    st.session_state[_PAINTED] = True
    passes = tag("b", f"{cost.passes:,} masked passes")
    if speed:
        seconds = f" · {duration(cost.passes / speed)} on this machine"
        measured = f"measured {speed:,.0f} passes/s · "
    else:
        seconds, measured = " · measuring the speed of this machine …" if waiting else "", ""
    draw(
        tag("p", passes, seconds, class_="spex-say spex-cost"),
        tag("p", measured, buys(cost, request.estimator), class_="spex-say spex-hint"),
    )
    for note in cost.notes:
        say(note)
    if waiting:
        ticker("cost-ticker", _POLL_SECONDS)


def _incomplete(request: TextRequest) -> bool:
    """Whether a required option of the model is still empty: it cannot load, so nothing can be measured."""
    needed = (option.name for option in backends()[request.model.name].options if option.required)
    return any(name not in request.model.options for name in needed)


def _key(request: TextRequest) -> tuple[object, ...]:
    """What the speed depends on; the length of the text only roughly."""
    options = tuple(sorted(request.model.options.items()))
    return request.model.name, options, request.unit, request.masking, len(request.text).bit_length()
