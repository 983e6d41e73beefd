"""The form holds what is on the screen: a run that came by a link, from a file or from Runs fills it."""

from __future__ import annotations

import streamlit as st

from pages.components.common import session
from pages.components.form.fields import HOLDS, Fields, models_for
from spex_core.estimation.registry import estimators
from spex_core.runs.requests import RunRequest, request_of


def newly_shown(page: str, fields: Fields) -> RunRequest | None:
    """The request to fill the form with: that of what the page shows, where it is not what the form was filled with or
    started last. Told once."""
    name, request = _on_screen(page)
    if name == fields.get(HOLDS):
        return None
    fields.put(HOLDS, name)
    if request is None or request.model.name not in models_for(page):
        return None
    return request


def take_over(request: RunRequest, fields: Fields) -> None:
    """Fill in the model with its settings, the budget and the advanced part; what is secret stays as it is."""
    member = models_for(session.page_of_kind(request.kind))[request.model.name]
    fields.put("model", request.model.name)
    for option in member.options:
        if not option.secret:
            chosen = request.model.options.get(option.name, "" if request.model.options else option.default)
            st.session_state[fields.option_key(request.model.name, option.name)] = chosen
    fields.put("wanted_budget", request.budget)
    if request.masking in member.maskings:
        fields.put("masking", request.masking)
    if request.estimator in estimators():
        fields.put("estimator", request.estimator)
    fields.put("max_order", request.max_order)
    fields.put("seed", request.seed)
    fields.put("expected", request.expected)
    fields.put("tried", False)
    fields.put("refused", "")


def _on_screen(page: str) -> tuple[str, RunRequest | None]:
    """(name of what a page shows, the request that would repeat it); None where there is nothing to repeat."""
    run, _ = session.current_run(page)
    if run is not None:
        return run.id, run.request
    opened = session.opened(page)
    explanation = session.saved_run(page) if opened is None else opened.explanation
    name = "saved" if opened is None else f"opened {id(opened)}"
    return name, None if explanation is None else request_of(explanation)
