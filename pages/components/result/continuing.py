"""Going on with a run, as this visitor: with their place in the line, and their own key where a model asks for one."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from pages.components.common import session
from pages.components.common.markup import sentence
from pages.components.form.fields import FORMS
from spex_core.explanation.result import Explanation
from spex_core.models.base import ModelSpec
from spex_core.models.registry import backends
from spex_core.runs.requests import request_of
from spex_core.runs.run import Run
from spex_core.runs.store.bundle import IMPORTED

CANCELLING = "cancelling"  # session: id of the run that was asked to stop; it keeps its id when it goes on


def resume(run_id: str, model: str) -> Run:
    """Go on with a run that ended early; `model` is the name of its backend.

    Raises:
        InputError, StoreError: see `RunManager.resume`.
    """
    st.session_state.pop(CANCELLING, None)
    return session.runs().resume(run_id, _secrets(model))


def extend(run_id: str, model: str, budget: int) -> Run:
    """Give a run that is over a larger budget.

    Raises:
        InputError, StoreError: see `RunManager.extend`.
    """
    st.session_state.pop(CANCELLING, None)
    return session.runs().extend(run_id, budget, _secrets(model))


def again(explanation: Explanation) -> Run:
    """Make a run once more, as a run of its own; passes that are in the store already are not paid again.

    Raises:
        InputError: see `RunManager.start`.
    """
    request = request_of(explanation)
    model = ModelSpec(request.model.name, {**request.model.options, **_secrets(request.model.name)})
    return session.runs().start(replace(request, model=model))


def cancel(run_id: str) -> None:
    """Ask a run to stop.

    Raises:
        InputError: it belongs to somebody else.
    """
    session.runs().cancel(run_id)
    st.session_state[CANCELLING] = run_id


def came_from_a_file(run_id: str) -> bool:
    """Whether a run was imported, so that somebody else may have written every word of it."""
    return run_id.startswith(IMPORTED)


def why_not(run_id: str, model: str) -> str:
    """Why this visitor cannot go on with a run; "" where they can."""
    others = session.runs().why_not_change(run_id)
    return sentence(others) if others else refusal(model, came_from_a_file(run_id))


def refusal(model: str, foreign: bool) -> str:
    """Why a model, which a file names if `foreign`, cannot be asked; "" where it can."""
    kind = backends().get(model)
    if kind is None:
        return "The model of this run is not installed here." if model else "This run was saved without its model."
    if foreign and not kind.built_in:  # what it loads or calls, its options name
        return "The file names a model to load; start a run of your own to use it."
    return ""


def _secrets(model: str) -> dict[str, str]:
    """What this visitor has typed into the forms for a model, as far as it is never stored."""
    kind = backends().get(model)
    wanted = {option.name for option in kind.options if option.secret} if kind is not None else set()
    if kind is None or not wanted:
        return {}
    typed: dict[str, str] = {}
    for form in FORMS.values():
        typed |= {name: value for name, value in form.options(kind).items() if name in wanted}
    return typed
