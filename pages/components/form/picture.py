"""The form of the Image page: a picture, what is explained of it, how the picture is cut."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

import streamlit as st

from pages.components.common import session
from pages.components.common.markup import say, sentence
from pages.components.form import examples_control, from_run, picture_asked, picture_examples, picture_seen, saved_runs
from pages.components.form.cost_line import cost_line
from pages.components.form.counting import Count, count_patches
from pages.components.form.fields import FORMS, Form, models_for, priced
from pages.components.form.probe import probe_part
from spex_core.errors import SpexError
from spex_core.inputs.base import MAX_FEATURES
from spex_core.inputs.maskers.segments import SegmentMasker
from spex_core.inputs.pictures import MAX_BYTES, MAX_GRID, open_picture
from spex_core.models.base import Backend, ModelSpec
from spex_core.runs.requests import PictureRequest
from spex_core.views.outlines import outlined

if TYPE_CHECKING:
    from PIL.Image import Image

FIELDS = FORMS[session.IMAGE]
GRIDS: dict[str, tuple[int, int] | None] = {
    "4×3": (4, 3),
    "6×4": (6, 4),
    "8×6": (8, 6),
    "12×9": (12, 9),
    "free": None,
}
SEGMENTS = "segments"
_SEGMENTS = 40  # where nothing else is chosen
_ANOTHER = "another"
_FILLED = "picture_filled_with"


def draw_form() -> Form:
    """Draw the form; Explain and Ctrl+Enter start the run. Returns what it says."""
    _take_over_example()
    _picture_part()
    picture_area = st.container()
    question_area = st.container()
    answer_area = st.container()
    members = models_for("image")
    model = members[FIELDS.model(members, without=_own_fields(members[_model(members)]))]
    if asks(model):
        with question_area:
            picture_asked.question_part()
    _grid_part(model)
    budget_area = st.container()
    action_area = st.container(key="form-action")
    with st.expander("Advanced"):
        FIELDS.advanced(model)
    form = read_form()
    with picture_area:
        _thumbnail(form)
    with answer_area:
        if asks(model):
            picture_asked.answer_part(form, draws(model))
        elif names_things(model):
            picture_seen.seen_part(form)
            picture_seen.class_part(model, FIELDS.options(model, without=picture_seen.OPTIONS))
        probe_part(form, model)
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
    return form


def read_form() -> Form:
    """The form's values and everything that is wrong with them, from the session alone."""
    members = models_for("image")
    model = members[_model(members)]
    drawn = draws(model)
    asked = picture_asked.options(drawn) if asks(model) else picture_seen.options() if names_things(model) else {}
    options = {**FIELDS.options(model, without=_own_fields(model)), **asked}
    data = FIELDS.get("bytes")
    if data is None:
        return Form(None, Count(None, ""), None, {"picture": "Upload a picture or pick one first."})
    problems = picture_asked.problems(options, drawn) if asks(model) else {}
    for name, says in FIELDS.missing(model, options).items():
        problems.setdefault(name, says)
    request = PictureRequest(
        picture=data,
        model=ModelSpec(model.name, options),
        **_pieces(),
        question_words=reads_words(model) and bool(FIELDS.get("words", False)),
        **FIELDS.choices(model),
    )
    count = count_patches(request)
    return priced(request, count, problems, "grid")


def asks(model: type[Backend]) -> bool:
    """Whether a person types a question for it."""
    return any(option.name == "question" for option in model.options)


def draws(model: type[Backend]) -> bool:
    """Whether the form asks for replies in words, of which the share that matches is explained."""
    return FIELDS.options(model).get("mode") == "sampled"


def reads_words(model: type[Backend]) -> bool:
    """Whether it reads a sentence whose words may be features."""
    return any(option.name == model.words_option for option in model.options)


def names_things(model: type[Backend]) -> bool:
    """Whether it says by itself what is in the picture."""
    return any(option.name == "label" for option in model.options)


def _model(members: dict[str, type[Backend]]) -> str:
    chosen = str(FIELDS.get("model", ""))
    return chosen if chosen in members else next(iter(members))


def _own_fields(model: type[Backend]) -> tuple[str, ...]:
    return picture_asked.OPTIONS if asks(model) else picture_seen.OPTIONS if names_things(model) else ()


def _pieces() -> dict[str, Any]:
    """What the picture is cut into, as the request has it."""
    name = FIELDS.get("grid", "8×6")
    if name == SEGMENTS:
        return {"segments": FIELDS.get("segments", _SEGMENTS)}
    return {"grid": GRIDS.get(name) or (FIELDS.get("columns", 8), FIELDS.get("rows", 6))}


# The picture


def _take_over_example() -> None:
    """Fill the form when another example was picked."""
    found = picture_examples.examples()
    state = st.session_state
    _follow_screen()
    empty = FIELDS.key("bytes") not in state
    if empty and state.get(FIELDS.key("example")) is None and found:
        state[FIELDS.key("example")] = next(iter(found))  # Explain works at once
    chosen = state.get(FIELDS.key("example"))
    if chosen is None or chosen == state.get(_FILLED):
        return
    example = found.get(chosen)
    if chosen == _ANOTHER:
        example = picture_examples.random_example(secrets.randbelow(2**31))
    if example is not None:
        _fill(example)
        examples_control.close()
    state[_FILLED] = chosen
    if example is not None and not empty and saved_runs.show(session.IMAGE, chosen):
        _follow_screen()


def _follow_screen() -> None:
    """Fill the form with what is newly on the screen."""
    shown = from_run.newly_shown(session.IMAGE, FIELDS)
    if isinstance(shown, PictureRequest) and len(shown.picture) <= MAX_BYTES:
        _follow(shown)


def _follow(request: PictureRequest) -> None:
    """Fill the form with a run, and mark the example that it is of."""
    whole = request.whole
    same = (
        one
        for one in picture_examples.examples().values()
        if one.model == request.model.name and open_picture(one.picture).image == whole
    )
    example = next(same, None)
    FIELDS.put("example", None if example is None else example.id)
    st.session_state[_FILLED] = FIELDS.get("example")
    for name in ("note", "upload_error"):
        FIELDS.put(name, "")
    FIELDS.put("why", "" if example is None else example.why)
    FIELDS.put("credit", "" if example is None else example.credit)
    FIELDS.put("bytes", request.picture if example is None else example.picture)
    from_run.take_over(request, FIELDS)
    filled = picture_asked if asks(models_for("image")[request.model.name]) else picture_seen
    filled.fill(request.model.options)
    if request.segments is not None:
        FIELDS.put("grid", SEGMENTS)
        FIELDS.put("segments", request.segments)
    else:
        FIELDS.put("grid", next((name for name, grid in GRIDS.items() if grid == request.grid), "free"))
        FIELDS.put("columns", request.grid[0])
        FIELDS.put("rows", request.grid[1])
    FIELDS.put("words", request.question_words)


def _fill(example: picture_examples.PictureExample) -> None:
    FIELDS.put("bytes", example.picture)
    FIELDS.put("note", "")
    FIELDS.put("why", example.why)
    FIELDS.put("credit", example.credit)
    FIELDS.put("model", example.model)
    filled = picture_asked if asks(models_for("image")[example.model]) else picture_seen
    filled.fill(example.options)
    FIELDS.put("expected", example.expected)
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
    with examples_control.control():
        examples_control.row("Examples", titles, FIELDS.key("example"), _picked)
    if FIELDS.get("why") and FIELDS.get("example"):
        say(FIELDS.get("why"))


def _thumbnail(form: Form) -> None:
    """The picture as the model reads it, with the outlines of segments where it is cut into them."""
    if form.request is None:
        return
    st.image(_cut_open(form.request), width="stretch", alt="The picture to explain, cut open")
    for name in ("note", "credit"):
        if FIELDS.get(name):
            say(FIELDS.get(name))


def _cut_open(request: PictureRequest) -> Image:
    picture = request.whole
    if request.segments is None:
        return picture
    try:
        masker = request.outline(models_for("image")[request.model.name])
    except SpexError:  # said where the segments are counted
        return picture
    return outlined(picture, masker.segments) if isinstance(masker, SegmentMasker) else picture


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
    FIELDS.put("credit", "")
    FIELDS.put("expected", "")
    picture_seen.fill({})  # of another picture another class is explained: what the model sees
    members = models_for("image")
    if members[_model(members)].toy:  # it knows nothing of photographs
        FIELDS.put("model", next(iter(members)))
    st.session_state[_FILLED] = None


def _grid_part(model: type[Backend]) -> None:
    st.pills(
        "Patches",
        [*GRIDS, SEGMENTS],
        key=FIELDS.start("grid", "8×6"),
        required=True,
        persist_state="session",
        help="A grid is best for questions about where something is; segments follow the outlines of objects. "
        "[Patches and segments](learn?section=patches)",
    )
    name = FIELDS.get("grid", "8×6")
    if name == SEGMENTS:
        st.number_input(
            "Number of segments",
            min_value=1,
            max_value=MAX_FEATURES,
            step=1,
            key=FIELDS.start("segments", _SEGMENTS),
            persist_state="session",
        )
    elif GRIDS.get(name) is None:
        left, right = st.columns(2)
        number: dict[str, Any] = {"min_value": 1, "max_value": MAX_GRID, "step": 1, "persist_state": "session"}
        with left:
            st.number_input("Columns", key=FIELDS.start("columns", 8), **number)
        with right:
            st.number_input("Rows", key=FIELDS.start("rows", 6), **number)
    if asks(model):
        picture_asked.words_part(FIELDS.get("question", ""))
    elif reads_words(model):
        picture_asked.words_part(FIELDS.options(model).get(model.words_option, ""), "Words of the sentence")
