"""A trial of a model behind an API: it costs a few passes, so it is made at a click only."""

from __future__ import annotations

import streamlit as st

from pages.components.common import session
from pages.components.common.markup import say, sentence
from pages.components.form.fields import Form
from spex_core.errors import SpexError
from spex_core.models.base import Backend

_SAID = "probe_said"


def probe_part(form: Form, model: type[Backend]) -> None:
    """The button, where the model can be tried, and what came of it."""
    if model.probe is Backend.probe or form.request is None:
        return
    about = (form.request.model, form.request.asked_key())
    if st.button("Try the server", key="probe", help="A few short calls: what comes back, and how fast?"):
        with st.spinner("Asking the server …"):
            st.session_state[_SAID] = (about, *_try(form))
    said = st.session_state.get(_SAID)
    if said is not None and said[0] == about:
        say(said[1], said[2])


def _try(form: Form) -> tuple[str, str]:
    """(sentence, kind) of what the server did."""
    assert form.request is not None
    try:
        backend = session.manager().models.backend(form.request.model)
        forecast = backend.probe(form.request.whole or "The weather is fine today.")
    except SpexError as error:
        return sentence(error), "error"
    speed = forecast.passes_per_second if forecast else None
    pace = f", about {speed:,.1f} passes/s" if speed else ""
    how = "in words" if backend.samples else "with log-probabilities"
    return f"The server answers {how}{pace}.", "notice"
