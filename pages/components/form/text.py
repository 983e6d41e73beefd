"""The form of the Text page: what to explain, with which model, cut how, for how many passes."""

from __future__ import annotations

import streamlit as st

from pages.components.common import session
from pages.components.common.markup import say
from pages.components.form import examples_control, from_run, part, puzzles, ready_prompts, saved_runs, text_examples
from pages.components.form.answer_line import answer_line
from pages.components.form.converted_models import converted_models
from pages.components.form.cost_line import cost_line
from pages.components.form.counting import count_text
from pages.components.form.fields import DEFAULT_BUDGET, FORMS, Form, has_tokens, models_for, priced
from pages.components.form.probe import probe_part
from spex_core.models.base import Backend, ModelSpec
from spex_core.runs.requests import TextRequest

UNITS = ("word", "sentence", "line", "paragraph", "token")
FIELDS = FORMS[session.TEXT]
_FILLED = "form_filled_with"  # the example whose text the form was given last


def draw_form() -> Form:
    """Draw the form; Explain and Ctrl+Enter start the run. Returns what it says."""
    puzzles.leave_for_compare()
    _take_over_example()
    _examples_part()
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
        [*(unit for unit in UNITS if unit != "token" or has_tokens(model)), *part.patterns()],
        key="form_unit",
        required=True,
        format_func=part.unit_label,
        persist_state="session",
    )
    answer_area = st.container()
    probe_area = st.container()
    budget_area = st.container()
    action_area = st.container(key="form-action")
    with st.expander("Advanced"):
        FIELDS.advanced(model)
        converted_models(model)
    form = read_form()
    with under_text:
        _under_text(form)
    with answer_area:
        answer_line(form, model)
    with probe_area:
        probe_part(form, model)
    with budget_area:
        FIELDS.budget(form.request, form.count.features)
        form = read_form()
        if "budget" in form.problems:
            say(form.problems["budget"], "error")
        cost_line(form)
    with action_area:
        FIELDS.explain(read_form, "Not started: see the message above." if form.problems else "")
        puzzles.explain_both(read_form)
    return form


def read_form() -> Form:
    """The form's values and everything that is wrong with them, from the session alone."""
    members = models_for("text")
    model = members[FIELDS.get("model", next(iter(members)))]
    options = FIELDS.options(model)
    text = FIELDS.get("text", "")
    request = TextRequest(
        text=text,
        model=ModelSpec(model.name, options),
        unit=FIELDS.get("unit", "word"),
        **part.held(text),
        **FIELDS.choices(model),
    )
    count = count_text(request)
    problems = FIELDS.missing(model, options)
    return priced(request, count, problems, "text")


def _take_over_example() -> None:
    """Fill the form when another example or puzzle was picked; unmark it once its text was edited.

    Decided from what is shown and what was filled in last, not in callbacks: Streamlit may call those of the
    buttons and of the text in either order.
    """
    state = st.session_state
    _follow_screen()
    found = text_examples.examples()
    empty = "form_text" not in state
    if empty and found:
        state[text_examples.KEY] = next(iter(found))  # Explain works at once
    marked = {key: example for key, example in _marked().items() if example is not None}
    new = next((key for key, example in marked.items() if example.id != state.get(_FILLED)), None)
    if new is not None:
        _fill(marked[new])
        examples_control.close()
    for key, example in marked.items():
        if key != new and (new is not None or state["form_text"] != example.text):
            state[key] = None
            if new is None and FIELDS.get("expected", "") == example.expected:  # it was right for the other text
                FIELDS.put("expected", "")
    state[_FILLED] = next((example.id for example in _marked().values() if example is not None), None)
    if new is not None and not empty and marked[new].model == FIELDS.get("model"):
        saved_runs.show(session.TEXT, marked[new].id)
        _follow_screen()


def _follow_screen() -> None:
    """Fill the form with what is newly on the screen."""
    shown = from_run.newly_shown(session.TEXT, FIELDS)
    if isinstance(shown, TextRequest) and shown.text:
        _follow(shown)


def _follow(request: TextRequest) -> None:
    """Fill the form with a run, and mark the example or puzzle that it is of."""
    FIELDS.put("text", request.text)
    FIELDS.put("unit", request.unit)
    part.hold(request)
    from_run.take_over(request, FIELDS)
    state = st.session_state
    for key in (text_examples.KEY, ready_prompts.KEY, puzzles.KEY):
        state[key] = None
    state[_FILLED] = None
    name = request.model.name
    for key, found in ((text_examples.KEY, text_examples.examples()), (ready_prompts.KEY, ready_prompts.prompts(name))):
        for example in found.values():
            if (example.text, example.model) == (request.text, name) and state[_FILLED] is None:
                state[key], state[_FILLED] = example.id, example.id
    place = puzzles.place_of(request.text)
    if place is not None and state[_FILLED] is None:
        state[puzzles.KEY], state[puzzles.VERSION] = place
        example = puzzles.chosen()
        state[_FILLED] = None if example is None else example.id


def _marked() -> dict[str, text_examples.TextExample | None]:
    """Session key of each row of buttons -> what is chosen there."""
    return {
        text_examples.KEY: text_examples.chosen(),
        puzzles.KEY: puzzles.chosen(),
        ready_prompts.KEY: ready_prompts.chosen(FIELDS.get("model")),
    }


def _fill(example: text_examples.TextExample) -> None:
    FIELDS.put("text", example.text)
    FIELDS.put("expected", example.expected)
    FIELDS.put("unit", example.unit)
    members = models_for("text")
    puzzle = puzzles.picked() if puzzles.chosen() == example else None
    if puzzle is not None:
        settings = {name: asked for name, member in members.items() if (asked := puzzle.options(member))}
    else:
        settings = {example.model: example.options} if example.model in members else {}
    if settings and (FIELDS.get("model") not in settings or _has_a_better(puzzle, members)):
        FIELDS.put("model", example.model)
    for name, options in settings.items():
        for option, value in options.items():
            st.session_state[FIELDS.option_key(name, option)] = value
    if FIELDS.get("model") in members:
        FIELDS.put("masking", members[FIELDS.get("model")].maskings[0])
    FIELDS.put("wanted_budget", DEFAULT_BUDGET)
    FIELDS.put("tried", False)


def _has_a_better(puzzle: puzzles.Puzzle | None, members: dict[str, type[Backend]]) -> bool:
    """Whether a puzzle has models that were made for it, and the one on the form is another that comes with the app."""
    chosen = FIELDS.get("model")
    return puzzle is not None and bool(puzzle.models) and members[chosen].built_in and chosen not in puzzle.models


def _examples_part() -> None:
    """All that fills the form behind one control, and what to look for in what was picked."""
    found = text_examples.examples()
    with examples_control.control():
        if found:
            titles = {name: example.title for name, example in found.items()}
            examples_control.row("Examples", titles, text_examples.KEY)
        puzzles.puzzles_row()
        ready_prompts.row(FIELDS.get("model"))
    for example in (text_examples.chosen(), ready_prompts.chosen(FIELDS.get("model"))):
        if example is not None and example.why:
            say(example.why)
    puzzles.puzzle_part()


def _under_text(form: Form) -> None:
    say(form.count.says, "hint")
    part.part_line(FIELDS.get("text", ""))
    if "text" in form.problems and (FIELDS.get("text", "").strip() or FIELDS.get("tried")):
        say(form.problems["text"], "error")
