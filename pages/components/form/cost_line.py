"""The line under the budget: passes, time on this machine, what they can find, and what a large model takes."""

from __future__ import annotations

import streamlit as st

from pages.components.common import session
from pages.components.common.budget import buys, duration
from pages.components.common.markup import draw, say, sentence, tag
from pages.components.common.ticker import ticker
from pages.components.form.fields import Form
from pages.components.form.waiting import whole_wait
from spex_core.engine.budget import Cost
from spex_core.errors import SpexError
from spex_core.memory import gigabytes
from spex_core.models.base import Forecast
from spex_core.models.registry import backends
from spex_core.runs.requests import RunRequest

_POLL_SECONDS = 1.0
_PAINTED = "cost_line_painted"
_LONG = 3600
"""Seconds from which a run on a processor deserves a warning."""


def cost_line(form: Form) -> None:
    """Draw the line; while the speed is unknown it asks again every second and redraws itself."""
    if form.request is None or form.cost is None or form.count.features is None:
        say("The cost is shown once the input can be cut into features.")
        return
    st.session_state[_PAINTED] = False
    st.fragment(_line)(form.request, form.cost, form.count.features)


def _line(request: RunRequest, cost: Cost, features: int) -> None:
    complete = not _incomplete(request)
    forecast = _forecast(request) if complete else None
    models = session.manager().models
    speed = models.known_speed(request) if complete else None
    waiting = complete and speed is None and not (forecast is not None and forecast.passes_per_second is None)
    if waiting and st.session_state[_PAINTED]:  # measuring loads the model: never before the page has been painted
        speed = models.speed(request)
        waiting = speed is None
    st.session_state[_PAINTED] = True
    passes = tag("b", f"{cost.passes:,} masked passes")
    seconds, parts = " · measuring the speed of this machine …" if waiting else "", ""
    if speed:
        wait = whole_wait(request, cost, features, speed)
        seconds, parts = f" · result in {duration(wait.total)}", f"{wait.says} · "
    draw(
        tag("p", passes, seconds, class_="spex-say spex-cost"),
        tag("p", parts, buys(cost, request.estimator), class_="spex-say spex-hint"),
    )
    if forecast is not None:
        for text, kind in forecast_says(forecast, cost.passes):
            say(text, kind)
    if waiting:
        ticker(f"cost-ticker-{request.model.name}", _POLL_SECONDS)


def forecast_says(forecast: Forecast, passes: int) -> list[tuple[str, str]]:
    """What a large model takes, as (sentence, kind) lines; kinds as in `markup.say`."""
    lines: list[tuple[str, str]] = []
    if forecast.preparation:
        lines.append((sentence(forecast.preparation), "warning"))
    elif forecast.download_bytes is None:
        lines.append(("Not on this machine; the size of the download is not known.", "hint"))
    elif forecast.download_bytes:
        lines.append((f"Needs a download of {gigabytes(forecast.download_bytes)} first.", "warning"))
    elif forecast.device != "endpoint":
        lines.append(("Ready: the model is on this machine.", "hint"))
    if forecast.memory_bytes is not None:
        free = "" if forecast.free_bytes is None else f", {gigabytes(forecast.free_bytes)} free"
        lines.append((f"Memory: {gigabytes(forecast.memory_bytes)} on {_device(forecast.device)}{free}.", "hint"))
    if forecast.tokens is not None:
        work = "" if forecast.flops is None else f", {forecast.flops / 1e12:,.1f} TFLOP"
        lines.append((f"Each pass reads about {forecast.tokens:,} tokens{work}.", "hint"))
    if forecast.calls_per_pass > 1:
        lines.append((f"About {forecast.calls(passes):,} calls: some masks are asked more than once.", "hint"))
    dollars = forecast.dollars(passes)
    if dollars is not None:
        lines.append((f"About ${dollars:,.2f} at the price above.", "hint"))
    if forecast.problem:
        lines.append((sentence(forecast.problem), "error"))
    elif forecast.memory_bytes and forecast.free_bytes is not None and forecast.memory_bytes > forecast.free_bytes:
        lines.append(("It does not fit into the memory of this machine.", "error"))
    speed = forecast.passes_per_second
    if forecast.device == "cpu" and speed and passes / speed > _LONG:
        lines.append((sentence(f"{duration(passes / speed)} on this processor: use a GPU or an endpoint"), "warning"))
    return lines


def _device(name: str) -> str:
    return {"cuda": "the GPU", "mps": "the GPU", "cpu": "this machine"}.get(name, name)


def _forecast(request: RunRequest) -> Forecast | None:
    try:
        return session.manager().models.forecast(request)
    except SpexError as error:
        return Forecast(download_bytes=0, problem=str(error))


def _incomplete(request: RunRequest) -> bool:
    """Whether a required option of the model is still empty: it cannot load, so nothing can be measured."""
    needed = (option.name for option in backends()[request.model.name].options if option.required)
    return any(name not in request.model.options for name in needed)
