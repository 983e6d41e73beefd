"""The form of the Text page: what to explain, with which model, cut how, for how many passes."""

from __future__ import annotations

import streamlit as st

from pages.components import examples, session
from pages.components.cost_line import cost_line
from pages.components.counting import count_text
from pages.components.fields import FIELDS as FORMS
from pages.components.fields import Form, models_for, price
from pages.components.plain import say
from pages.components.probe import probe_part
from spex_core.protocols import Backend, ModelSpec
from spex_core.runs import TextRequest

UNITS = ("word", "sentence", "paragraph", "token")
FIELDS = FORMS[session.TEXT]
_FILLED = "form_filled_with"  # the example whose text the form was given last


def draw_form() -> None:
    """Draw the form; Explain and Ctrl+Enter start the run."""
    _take_over_example()
    _examples_row()
    st.text_area(
        "Text to explain",
        key="form_text",
        height=140,
        placeholder="Paste a review, a question with its paragraph, a document …",
        persist_state="session",
    )
    under_text = st.container()
    members = models_for("text")
    model = members[FIELDS.model(members, label="What to explain")]
    st.pills(
        "Unit",
        [unit for unit in UNITS if unit != "token" or _has_tokens(model)],
        key="form_unit",
        required=True,
        format_func=lambda unit: f"{unit}s",
        persist_state="session",
    )
    probe_area = st.container()
    budget_area = st.container()
    action_area = st.container(key="form-action")
    with st.expander("Advanced"):
        FIELDS.advanced(model)
    form = read_form()
    with under_text:
        _under_text(form)
    with probe_area:
        probe_part(form, model)
    with budget_area:
        FIELDS.budget(form.request, form.count.features)
        form = read_form()
        if "budget" in form.problems:
            say(form.problems["budget"], "error")
        cost_line(form)
    with action_area:
        FIELDS.explain(read_form, lambda form: "Not started: see the message above.")


def read_form() -> Form:
    """The form's values and everything that is wrong with them, from the session alone."""
    members = models_for("text")
    model = members[FIELDS.get("model", next(iter(members)))]
    options = FIELDS.options(model)
    request = TextRequest(
        text=FIELDS.get("text", ""),
        model=ModelSpec(model.name, options),
        unit=FIELDS.get("unit", "word"),
        **FIELDS.choices(model),
    )
    count = count_text(request)
    problems = FIELDS.missing(model, options)
    if count.problem:
        problems["text"] = count.problem
    if count.features is None:
        return Form(request, count, None, problems)
    cost, wrong = price(request, count.features)
    if wrong:
        problems["budget"] = wrong
    return Form(request, count, cost, problems)


def _take_over_example() -> None:
    """Fill the form when another example was picked; unmark the example once its text was edited.

    Decided from what is shown and what was filled in last, not in callbacks: Streamlit may call those of the
    buttons and of the text in either order.
    """
    state = st.session_state
    found = examples.examples()
    if "form_text" not in state and found:
        state[examples.KEY] = next(iter(found))  # Explain works at once
    example = examples.chosen()
    if example is not None and example.id != state.get(_FILLED):
        _fill(example)
    elif example is not None and state["form_text"] != example.text:
        state[examples.KEY] = None
    state[_FILLED] = state.get(examples.KEY)


def _fill(example: examples.Example) -> None:
    FIELDS.put("text", example.text)
    FIELDS.put("unit", example.unit)
    if example.model in models_for("text"):
        FIELDS.put("model", example.model)
        for name, value in example.options.items():
            st.session_state[FIELDS.option_key(example.model, name)] = value
    FIELDS.put("tried", False)


def _examples_row() -> None:
    found = examples.examples()
    if not found:
        return
    st.pills(
        "Examples",
        list(found),
        key=examples.KEY,
        format_func=lambda name: found[name].title,
        persist_state="session",
    )
    example = examples.chosen()
    if example is not None and example.why:
        say(example.why)


def _has_tokens(model: type[Backend]) -> bool:
    return model.token_spans is not Backend.token_spans


def _under_text(form: Form) -> None:
    say(form.count.says, "hint")
    if "text" in form.problems and (FIELDS.get("text", "").strip() or FIELDS.get("tried")):
        say(form.problems["text"], "error")
