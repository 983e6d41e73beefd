"""The form of the Image page: a picture, a question, which answer to explain, how the picture is cut."""

from __future__ import annotations

import secrets
from typing import Any

import streamlit as st

from pages.components.common import session
from pages.components.common.markup import draw, say, sentence, tag
from pages.components.common.ticker import ticker
from pages.components.form import picture_examples
from pages.components.form.cost_line import cost_line
from pages.components.form.counting import Count, count_patches
from pages.components.form.fields import FORMS, Form, models_for, priced
from spex_core.errors import SpexError
from spex_core.inputs.pictures import MAX_BYTES, MAX_GRID, open_picture
from spex_core.models.base import ModelSpec
from spex_core.runs.models import Failure
from spex_core.runs.requests import PictureRequest

FIELDS = FORMS[session.IMAGE]
GRIDS: dict[str, tuple[int, int] | None] = {
    "4×3": (4, 3),
    "6×4": (6, 4),
    "8×6": (8, 6),
    "12×9": (12, 9),
    "free": None,
}
OWN, PROBABILITY, ODDS = "own", "probability", "odds"
TARGETS = {
    ODDS: "one answer against another (log-odds)",
    OWN: "how likely an answer is (log-probability)",
    PROBABILITY: "how likely an answer is (probability)",
}
_ASKED = ("question", "answer", "against", "scale")  # options that have fields of their own here
_ANOTHER = "another"
_FILLED = "picture_filled_with"
_POLL_SECONDS = 0.7


def draw_form() -> None:
    """Draw the form; Explain and Ctrl+Enter start the run."""
    _take_over_example()
    _picture_part()
    picture_area = st.container()
    st.text_input("Question", key=FIELDS.key("question"), placeholder="Is there a dog?", persist_state="session")
    members = models_for("image")
    answer_area = st.container()
    model = members[FIELDS.model(members, without=_ASKED)]
    _grid_part()
    budget_area = st.container()
    action_area = st.container(key="form-action")
    with st.expander("Advanced"):
        FIELDS.advanced(model)
    form = read_form()
    with picture_area:
        _thumbnail(form)
    with answer_area:
        _answer_part(form)
    with budget_area:
        if form.count.says:
            say(form.count.says)
        FIELDS.budget(form.request, form.count.features)
        form = read_form()
        for name in ("grid", "budget"):
            if name in form.problems:
                say(form.problems[name], "error")
        cost_line(form)
    with action_area:
        FIELDS.explain(read_form, f"Not started. {next(iter(form.problems.values()))}" if form.problems else "")


def read_form() -> Form:
    """The form's values and everything that is wrong with them, from the session alone."""
    members = models_for("image")
    model = members[FIELDS.get("model", next(iter(members)))]
    options = {**FIELDS.options(model, without=_ASKED), **_asked()}
    problems: dict[str, str] = {}
    data = FIELDS.get("bytes")
    if data is None:
        return Form(None, Count(None, ""), None, {"picture": "Upload a picture or pick one first."})
    if not FIELDS.get("question", "").strip():
        problems["question"] = "Type a question about the picture."
    if FIELDS.get("target", ODDS) == ODDS and not (options.get("answer") and options.get("against")):
        problems["answer"] = "Fill in both answers, or explain how likely one answer is."
    for name, says in FIELDS.missing(model, options).items():
        problems.setdefault(name, says)
    request = PictureRequest(
        picture=data,
        model=ModelSpec(model.name, options),
        grid=_grid(),
        question_words=bool(FIELDS.get("words", False)),
        **FIELDS.choices(model),
    )
    count = count_patches(request)
    return priced(request, count, problems, "grid")


def _asked() -> dict[str, str]:
    """The options that say what is asked and which answer is explained."""
    target = FIELDS.get("target", ODDS)
    found = {"question": FIELDS.get("question", "").strip(), "answer": FIELDS.get("answer", "").strip()}
    if target == ODDS:
        found["against"] = FIELDS.get("against", "").strip()
    if target == PROBABILITY:
        found["scale"] = "probability"
    return {name: value for name, value in found.items() if value}


def _grid() -> tuple[int, int]:
    chosen = GRIDS.get(FIELDS.get("grid", "8×6"))
    return chosen or (FIELDS.get("columns", 8), FIELDS.get("rows", 6))


# The picture


def _take_over_example() -> None:
    """Fill the form when another example was picked."""
    found = picture_examples.examples()
    state = st.session_state
    if FIELDS.key("bytes") not in state and state.get(FIELDS.key("example")) is None and found:
        state[FIELDS.key("example")] = next(iter(found))  # Explain works at once
    chosen = state.get(FIELDS.key("example"))
    if chosen is None or chosen == state.get(_FILLED):
        return
    example = found.get(chosen)
    if chosen == _ANOTHER:
        example = picture_examples.random_example(secrets.randbelow(2**31))
    if example is not None:
        _fill(example)
    state[_FILLED] = chosen


def _fill(example: picture_examples.PictureExample) -> None:
    FIELDS.put("bytes", example.picture)
    FIELDS.put("note", "")
    FIELDS.put("why", example.why)
    FIELDS.put("question", example.question)
    FIELDS.put("answer", example.answer)
    FIELDS.put("against", example.against)
    FIELDS.put("target", ODDS if example.against else OWN)
    FIELDS.put("grid", next(name for name, grid in GRIDS.items() if grid == example.grid))
    FIELDS.put("tried", False)
    FIELDS.put("upload_error", "")


def _picture_part() -> None:
    st.file_uploader(
        "Picture",
        type=["png", "jpg", "jpeg", "webp"],
        key=FIELDS.key("file"),
        on_change=_uploaded,
        max_upload_size=MAX_BYTES // 1_000_000,
    )
    if FIELDS.get("upload_error"):
        say(FIELDS.get("upload_error"), "error")
    found = picture_examples.examples()
    titles = {name: example.title for name, example in found.items()} | {_ANOTHER: "Another scene"}
    st.pills(
        "Examples",
        list(titles),
        key=FIELDS.key("example"),
        format_func=lambda name: titles[name],
        on_change=_picked,
        persist_state="session",
    )
    if FIELDS.get("why") and FIELDS.get("example"):
        say(FIELDS.get("why"))


def _thumbnail(form: Form) -> None:
    """The picture as the model reads it."""
    if form.request is None:
        return
    st.image(form.request.whole, width="stretch")
    if FIELDS.get("note"):
        say(FIELDS.get("note"))


def _picked() -> None:
    """A second click on "Another scene" draws another one."""
    if FIELDS.get("example") is None and st.session_state.get(_FILLED) == _ANOTHER:
        FIELDS.put("example", _ANOTHER)
        st.session_state[_FILLED] = None


def _uploaded() -> None:
    """Take over an uploaded file, or say why it is refused; the picture before it stays."""
    file = st.session_state.get(FIELDS.key("file"))
    if file is None:
        return
    data = file.getvalue()
    try:
        note = open_picture(data).note
    except SpexError as error:
        FIELDS.put("upload_error", sentence(error))
        return
    FIELDS.put("bytes", data)
    FIELDS.put("note", f"The picture was {note}, which is all that any supported model reads." if note else "")
    FIELDS.put("upload_error", "")
    FIELDS.put("example", None)
    FIELDS.put("why", "")
    st.session_state[_FILLED] = None


# The answer


def _answer_part(form: Form) -> None:
    """What the model says by itself, and which answer is explained."""
    st.fragment(_reply)(form)
    st.selectbox(
        "Answer to explain",
        list(TARGETS),
        key=FIELDS.start("target", ODDS),
        format_func=lambda name: TARGETS[name],
        persist_state="session",
    )
    if FIELDS.get("target") == ODDS:
        left, right = st.columns(2)
        with left:
            st.text_input("Answer", key=FIELDS.key("answer"), placeholder="yes", persist_state="session")
        with right:
            st.text_input("Against", key=FIELDS.key("against"), placeholder="no", persist_state="session")
    else:
        st.text_input(
            "Answer",
            key=FIELDS.key("answer"),
            placeholder="the model's own answer",
            persist_state="session",
        )
    if FIELDS.get("tried") and "answer" in form.problems:
        say(form.problems["answer"], "error")


def _reply(form: Form) -> None:
    """The model's own answer: asked at once where the model is built in, else at a click."""
    request = form.request
    if not isinstance(request, PictureRequest) or "question" in form.problems:
        if "question" in form.problems and FIELDS.get("tried"):
            say(form.problems["question"], "error")
        return
    own = {key: value for key, value in request.model.options.items() if key not in ("answer", "against", "scale")}
    bare = PictureRequest(picture=request.picture, model=ModelSpec(request.model.name, own))
    manager = session.manager()
    try:
        large = manager.models.forecast(bare) is not None
    except SpexError:
        large = True
    asked = (bare.model.name, tuple(sorted(own.items())), bare.asked_key())
    if large and st.session_state.get(FIELDS.key("asked")) != asked:
        if st.button("Ask the model", key=FIELDS.key("ask"), help="Loads the model and asks it once, unmasked."):
            FIELDS.put("asked", asked)
            st.rerun(scope="fragment")
        return
    if not FIELDS.get("painted"):  # asking loads the model: never before the page has been painted
        FIELDS.put("painted", True)
        _waiting()
        return
    reply = manager.models.ask(bare)
    if reply is None:
        _waiting()
    elif isinstance(reply, Failure):
        say(f"The model could not answer: {reply}", "error")
    elif reply:
        draw(tag("p", "The model answers ", tag("b", f"“{reply}”"), class_="spex-say", id="model-reply"))
        unknown = manager.models.backend(bare.model).unknown_words
        if unknown:
            listed = ", ".join(f"“{word}”" for word in unknown)
            say(f"It does not know {listed}: such words are all the same to it.", "warning")


def _waiting() -> None:
    say("Asking the model …")
    ticker("reply-ticker", _POLL_SECONDS)


def _grid_part() -> None:
    st.pills("Patches", list(GRIDS), key=FIELDS.start("grid", "8×6"), required=True, persist_state="session")
    if GRIDS.get(FIELDS.get("grid", "8×6")) is None:
        left, right = st.columns(2)
        number: dict[str, Any] = {"min_value": 1, "max_value": MAX_GRID, "step": 1, "persist_state": "session"}
        with left:
            st.number_input("Columns", key=FIELDS.start("columns", 8), **number)
        with right:
            st.number_input("Rows", key=FIELDS.start("rows", 6), **number)
    words = len(FIELDS.get("question", "").split())
    st.checkbox(
        f"Question words are features too ({words})",
        key=FIELDS.key("words"),
        persist_state="session",
        disabled=not words,
    )
