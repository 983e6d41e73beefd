"""The form beside the result: what to explain, with which model, cut how, for how many passes."""

from __future__ import annotations

from dataclasses import dataclass, field

import streamlit as st

from pages.components import examples, session
from pages.components.budget import estimator_title, ladder, nearest
from pages.components.cost_line import cost_line
from pages.components.counting import Count, count_features
from pages.components.plain import say
from spex_core.budget import Cost
from spex_core.engine import MAX_ORDER, cost
from spex_core.errors import InputError
from spex_core.protocols import Backend, ModelSpec
from spex_core.registry import backends, estimators
from spex_core.runs import TextRequest

UNITS = ("word", "sentence", "paragraph", "token")
MASKINGS = {"unk": "replace by the model's unknown token", "removal": "remove, keep positions"}
DEFAULT_BUDGET = 1000
_TRIED = "form_tried"
_FILLED = "form_filled_with"  # the example whose text the form was given last


@dataclass(frozen=True)
class Form:
    """What the form says now.

    Attributes:
        request: the run it describes.
        count: how many features the text has.
        cost: what the run would cost; None while the text is not usable.
        problems: field -> one sentence; empty where the run can start.
    """

    request: TextRequest
    count: Count
    cost: Cost | None
    problems: dict[str, str] = field(default_factory=dict)


def text_backends() -> dict[str, type[Backend]]:
    """Name -> class of every backend that reads text."""
    return {name: member for name, member in backends().items() if member.modality == "text"}


def draw_form() -> Form:
    """Draw the form and return what it says; Explain and Ctrl+Enter start the run."""
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
    model = text_backends()[_model_picker()]
    st.pills(
        "Unit",
        [unit for unit in UNITS if unit != "token" or _has_tokens(model)],
        key="form_unit",
        required=True,
        format_func=lambda unit: f"{unit}s",
        persist_state="session",
    )
    budget_area = st.container()
    action_area = st.container(key="form-action")
    with st.expander("Advanced"):
        _advanced(model)
    form = read_form()
    with under_text:
        _under_text(form)
    with budget_area:
        _budget(form)
        form = read_form()
        _problem(form, "budget")
        cost_line(form.request, form.cost)
    with action_area:
        st.button("Explain", type="primary", key="form_go", shortcut="Ctrl+Enter", width="stretch", on_click=_explain)
        _problem(form, "start")
    return form


def read_form() -> Form:
    """The form's values and everything that is wrong with them, from the session alone."""
    state = st.session_state
    members = text_backends()
    model = members[state.get("form_model") or next(iter(members))]
    options = {
        option.name: value.strip()
        for option in model.options
        if (value := state.get(f"form_option_{model.name}_{option.name}") or "").strip()
    }
    request = TextRequest(
        text=state.get("form_text") or "",
        model=ModelSpec(model.name, options),
        unit=state.get("form_unit") or "word",
        masking=state.get("form_masking") or model.maskings[0],
        budget=state.get("form_budget") or DEFAULT_BUDGET,
        estimator=state.get("form_estimator") or "auto",
        max_order=state.get("form_max_order") or 5,
        seed=state.get("form_seed") or 0,
    )
    count = count_features(request)
    problems = {}
    if count.problem:
        problems["text"] = count.problem
    for option in model.options:
        if option.required and option.name not in options:
            problems[option.name] = f"Fill in “{option.label}”: {option.help or 'the model needs it.'}"
    price = None
    if count.features is not None:
        try:
            price = cost(count.features, request.budget, request.estimator, request.max_order)
            if request.budget < price.minimum:
                problems["budget"] = (
                    f"{estimator_title(request.estimator)} needs at least {price.minimum:,} passes for "
                    f"{count.features:,} features. Raise the budget, or choose the automatic estimator."
                )
        except InputError as error:
            problems["budget"] = str(error)
    return Form(request, count, price, problems)


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
    state = st.session_state
    state["form_text"] = example.text
    state["form_unit"] = example.unit
    if example.model in text_backends():
        state["form_model"] = example.model
        for name, value in example.options.items():
            state[f"form_option_{example.model}_{name}"] = value
    state[_TRIED] = False


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


def _model_picker() -> str:
    members = text_backends()
    name = st.selectbox(
        "What to explain",
        list(members),
        key="form_model",
        format_func=lambda name: members[name].title,
        persist_state="session",
    )
    say(members[name].summary)
    tried = st.session_state.get(_TRIED)
    for option in members[name].options:
        key = f"form_option_{name}_{option.name}"
        if key not in st.session_state:
            st.session_state[key] = option.default
        st.text_input(
            option.label if option.required else f"{option.label} (optional)",
            key=key,
            type="password" if option.secret else "default",
            placeholder=option.help,
            persist_state="session",
        )
        if tried and option.required and not st.session_state[key].strip():
            say(f"Fill in “{option.label}”. {option.help}", "error")
    return name


def _has_tokens(model: type[Backend]) -> bool:
    return model.token_spans is not Backend.token_spans


def _under_text(form: Form) -> None:
    say(form.count.says, "hint")
    if "text" in form.problems and (form.request.text.strip() or st.session_state.get(_TRIED)):
        say(form.problems["text"], "error")


def _budget(form: Form) -> None:
    features = form.count.features
    least = 2 if features is None else _least(features, form.request)
    steps = ladder(features or 64, least)
    wanted = st.session_state.get("form_wanted_budget", DEFAULT_BUDGET)
    if st.session_state.get("form_budget") != nearest(steps, wanted):  # else a slider in motion would snap back
        st.session_state["form_budget"] = nearest(steps, wanted)
    if len(steps) == 1:
        say(f"Budget: all {steps[0]:,} masks there are.")
        return
    st.select_slider(
        "Budget",
        steps,
        key="form_budget",
        format_func=lambda passes: f"{passes:,}",
        on_change=_budget_moved,
    )


def _least(features: int, request: TextRequest) -> int:
    """The least budget that any estimator takes; a chosen estimator that needs more says so beside the slider."""
    return min(cost(features, 1, name, request.max_order).minimum for name in ("auto", "banzhaf"))


def _budget_moved() -> None:
    st.session_state["form_wanted_budget"] = st.session_state["form_budget"]


def _advanced(model: type[Backend]) -> None:
    names = ["auto", *(name for name in estimators() if name != "auto")]
    st.selectbox("Estimator", names, key="form_estimator", format_func=estimator_title, persist_state="session")
    chosen = estimators().get(st.session_state["form_estimator"])
    if chosen is not None:
        say(chosen.summary)
    st.selectbox(
        "Hidden features",
        model.maskings,
        key="form_masking",
        format_func=lambda name: MASKINGS.get(name, name),
        persist_state="session",
    )
    if "form_max_order" not in st.session_state:
        st.session_state["form_max_order"] = 5
    st.slider("Largest order searched", 1, MAX_ORDER, key="form_max_order", persist_state="session")
    if "form_seed" not in st.session_state:
        st.session_state["form_seed"] = 0
    st.number_input("Seed", 0, 2**31 - 1, step=1, key="form_seed", persist_state="session")


def _problem(form: Form, name: str) -> None:
    if name in form.problems:
        say(form.problems[name], "error")
    elif name == "start" and st.session_state.get(_TRIED) and form.problems:
        say("Not started: see the message above.", "error")


def _explain() -> None:
    st.session_state[_TRIED] = True
    form = read_form()
    if form.problems or form.count.features is None:
        return
    st.session_state[_TRIED] = False
    session.show_run(session.manager().start(form.request))
