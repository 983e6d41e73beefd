"""What a model that comes with the app says about a text by itself, before anything is explained."""

from __future__ import annotations

import streamlit as st

from pages.components.common import session
from pages.components.common.markup import draw, say, tag
from pages.components.common.ticker import ticker
from pages.components.form.fields import Form
from spex_core.errors import SpexError
from spex_core.models.base import Backend, ModelSpec
from spex_core.runs.models import Failure
from spex_core.runs.requests import TextRequest

_POLL_SECONDS = 0.5
_PAINTED = "answer_line_painted"
_TARGETS = ("answer", "against", "scale")  # what is explained, which the model's own answer does not depend on


def answer_line(form: Form, model: type[Backend]) -> None:
    """Draw the line for a built-in model that speaks; the others are asked at a run only, and toys say one word."""
    if model.toy or not model.built_in or model.reply is Backend.reply:
        return
    if isinstance(form.request, TextRequest) and form.count.features:
        st.fragment(_line)(form.request)


def _line(request: TextRequest) -> None:
    options = {name: value for name, value in request.model.options.items() if name not in _TARGETS}
    bare = TextRequest(text=request.text, model=ModelSpec(request.model.name, options))
    models = session.manager().models
    try:
        unprepared = models.forecast(bare) is not None
    except SpexError:
        unprepared = True
    if unprepared:  # converting it takes a while: a run does so, and the cost line says so
        return
    painted = st.session_state.get(_PAINTED)  # asking loads the model: never before the page has been painted
    reply = models.ask(bare) if painted else None
    st.session_state[_PAINTED] = True
    if reply is None:
        say("Asking the model …")
        ticker(f"answer-ticker-{request.model.name}", _POLL_SECONDS)
    elif isinstance(reply, Failure):
        say(f"The model could not answer: {reply}", "error")
    elif reply:
        draw(tag("p", "The model answers ", tag("b", f"“{reply}”"), class_="spex-say", id="model-reply"))
    else:
        say("The model has nothing to say to this.")
