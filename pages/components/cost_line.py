"""The line under the budget: passes, seconds measured on this machine, and what they can find."""

from __future__ import annotations

import streamlit as st

from pages.components import session
from pages.components.budget import buys, duration
from pages.components.plain import draw, say, tag
from spex_core.budget import Cost
from spex_core.runs import RunRequest

_POLL_SECONDS = 1.0


def cost_line(request: RunRequest, cost: Cost | None) -> None:
    """Draw the line; while the speed is unknown it asks again every second and redraws itself."""
    known = st.session_state.get("known_speeds", {})
    speed = known.get(_key(request))
    waiting = cost is not None and speed is None and not _incomplete(request)
    run_every = _POLL_SECONDS if waiting else None
    st.session_state["cost_line_first"] = True
    st.fragment(_line, run_every=run_every)(request, cost, speed, waiting)


def _line(request: RunRequest, cost: Cost | None, speed: float | None, waiting: bool) -> None:
    if cost is None:
        say("The cost is shown once the text can be cut into features.")
        return
    first = st.session_state.pop("cost_line_first", False)
    if waiting and not first:  # measuring loads the model: never before the page has been painted
        speed = session.manager().speed(request)
        if speed is not None:
            st.session_state.setdefault("known_speeds", {})[_key(request)] = speed
            st.rerun()
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


def _incomplete(request: RunRequest) -> bool:
    """Whether a required option of the model is still empty: it cannot load, so nothing can be measured."""
    from spex_core.registry import backends

    needed = (option.name for option in backends()[request.model.name].options if option.required)
    return any(name not in request.model.options for name in needed)


def _key(request: RunRequest) -> tuple[object, ...]:
    """What the speed depends on; the length of the text only roughly."""
    options = tuple(sorted(request.model.options.items()))
    return request.model.name, options, request.unit, request.masking, len(request.text).bit_length()
