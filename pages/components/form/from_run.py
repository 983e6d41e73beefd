"""The form holds what is on the screen: a run that came by a link, from a file or from Runs fills it."""

from __future__ import annotations

import streamlit as st

from pages.components.common import session
from pages.components.form import saved_runs
from pages.components.form.fields import HOLDS, Fields, models_for
from spex_core.estimation.registry import estimators
from spex_core.runs.requests import PictureRequest, RunRequest, TextRequest, request_of

_FILLED = "filled_as"  # field: (name of what is shown, what the form asked when it was filled with it)


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


def belongs(page: str, fields: Fields, request: RunRequest | None) -> bool:
    """Whether what the page shows was asked as the form asks now: the same input, cut and hidden alike, of the same
    model. Budget, estimator, order and seed change how well it is answered, not what is asked.

    Args:
        page: the page.
        fields: its form, which was filled with what is shown (`newly_shown`).
        request: what the form says now.
    """
    name, shown = _on_screen(page)
    key = None if request is None else _question(request)
    known = fields.get(_FILLED)
    if known is None or known[0] != name:  # as it was filled
        fits = shown is None or request is None or shown.model.name == request.model.name
        known = (name, key if fits else None)
        fields.put(_FILLED, known)
    return bool(shown is None or known[1] == key)


def fill_again(fields: Fields) -> None:
    """Fill the form with what is on the screen at the next drawing, as if it were new there."""
    fields.put(HOLDS, None)
    fields.put(_FILLED, None)


def _question(request: RunRequest) -> tuple[object, ...]:
    member = models_for(session.page_of_kind(request.kind)).get(request.model.name)
    secret = {option.name for option in member.options if option.secret} if member is not None else set()
    options = tuple(sorted((name, value) for name, value in request.model.options.items() if name not in secret))
    words = request.question_words if isinstance(request, PictureRequest) else False
    part = (request.keep, request.only) if isinstance(request, TextRequest) else ()
    return request.model.name, options, request.unit_in_words, request.masking, words, part, *request.asked_key()


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
    name = session.saved_shown(page) if opened is None else f"opened {id(opened)}"
    explanation = saved_runs.on_page(page) if opened is None else opened.explanation
    return name, None if explanation is None else request_of(explanation)
