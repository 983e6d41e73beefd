"""What a model that answers questions about a picture is asked, and which answer is explained."""

from __future__ import annotations

import streamlit as st

from pages.components.common import session
from pages.components.common.markup import draw, say, tag
from pages.components.common.ticker import ticker
from pages.components.form.fields import FORMS, Form
from spex_core.errors import SpexError
from spex_core.models.base import ModelSpec
from spex_core.runs.models import Failure
from spex_core.runs.requests import PictureRequest

FIELDS = FORMS[session.IMAGE]
OWN, PROBABILITY, ODDS = "own", "probability", "odds"
TARGETS = {
    ODDS: "one answer against another (log-odds)",
    OWN: "how likely an answer is (log-probability)",
    PROBABILITY: "how likely an answer is (probability)",
}
OPTIONS = ("question", "answer", "against", "scale")  # those that have fields of their own here
POLL_SECONDS = 0.7


def options(drawn: bool = False) -> dict[str, str]:
    """The options that say what is asked and which answer is explained; `drawn`: how often it is given."""
    target = OWN if drawn else FIELDS.get("target", ODDS)
    found = {"question": FIELDS.get("question", "").strip(), "answer": FIELDS.get("answer", "").strip()}
    if target == ODDS:
        found["against"] = FIELDS.get("against", "").strip()
    if target == PROBABILITY:
        found["scale"] = "probability"
    return {name: value for name, value in found.items() if value}


def problems(given: dict[str, str], drawn: bool = False) -> dict[str, str]:
    """What is missing: field -> what to do."""
    found = {}
    if not given.get("question"):
        found["question"] = "Type a question about the picture."
    if not drawn and FIELDS.get("target", ODDS) == ODDS and not (given.get("answer") and given.get("against")):
        found["answer"] = "Fill in both answers, or explain how likely one answer is."
    return found


def fill(given: dict[str, str]) -> None:
    """Take over an example's options."""
    for name in ("question", "answer", "against"):
        FIELDS.put(name, given.get(name, ""))
    FIELDS.put("target", ODDS if given.get("against") else OWN)


def question_part() -> None:
    """The question."""
    st.text_input("Question", key=FIELDS.key("question"), placeholder="Is there a dog?", persist_state="session")


def words_part(text: str, called: str = "Question words") -> None:
    """Whether the words of the question, or of another sentence that the model reads, are features too."""
    words = len(text.split())
    st.checkbox(
        f"{called} are features too ({words})",
        key=FIELDS.key("words"),
        persist_state="session",
        disabled=not words,
    )


def answer_part(form: Form, drawn: bool = False) -> None:
    """What the model says by itself, and which answer is explained."""
    st.fragment(_reply)(form)
    if not drawn:
        st.selectbox(
            "Answer to explain",
            list(TARGETS),
            key=FIELDS.start("target", ODDS),
            format_func=lambda name: TARGETS[name],
            persist_state="session",
        )
    if not drawn and FIELDS.get("target") == ODDS:
        left, right = st.columns(2)
        with left:
            st.text_input("Answer", key=FIELDS.key("answer"), placeholder="yes", persist_state="session")
        with right:
            st.text_input("Against", key=FIELDS.key("against"), placeholder="no", persist_state="session")
    else:
        st.text_input(
            "Answer, explained by the share of replies that give it" if drawn else "Answer",
            key=FIELDS.key("answer"),
            placeholder="the model's own answer",
            persist_state="session",
        )
    if FIELDS.get("tried") and "answer" in form.problems:
        say(form.problems["answer"], "error")


def _reply(form: Form) -> None:
    if "question" in form.problems:
        if FIELDS.get("tried"):
            say(form.problems["question"], "error")
        return
    bare = unmasked(form, without=("answer", "against", "scale"))
    if bare is None or not may_ask(bare):
        return
    reply = session.manager().models.ask(bare)
    if reply is None:
        waiting("Asking the model …")
    elif isinstance(reply, Failure):
        say(f"The model could not answer: {reply}", "error")
    elif reply:
        draw(tag("p", "The model answers ", tag("b", f"“{reply}”"), class_="spex-say", id="model-reply"))
        unknown = session.manager().models.backend(bare.model).unknown_words
        if unknown:
            listed = ", ".join(f"“{word}”" for word in unknown)
            say(f"It does not know {listed}: such words are all the same to it.", "warning")


def unmasked(form: Form, without: tuple[str, ...]) -> PictureRequest | None:
    """What the model is shown to say something of its own: the picture, and its options but for some."""
    request = form.request
    if not isinstance(request, PictureRequest):
        return None
    own = {key: value for key, value in request.model.options.items() if key not in without}
    return PictureRequest(picture=request.picture, model=ModelSpec(request.model.name, own))


def may_ask(bare: PictureRequest) -> bool:
    """Whether the model is asked now: at once where it is built in, else after a click on the button drawn here."""
    try:
        large = session.manager().models.forecast(bare) is not None
    except SpexError:
        large = True
    asked = (bare.model.name, tuple(sorted(bare.model.options.items())), bare.asked_key())
    if large and st.session_state.get(FIELDS.key("asked")) != asked:
        if st.button("Ask the model", key=FIELDS.key("ask"), help="Loads the model and asks it once, unmasked."):
            FIELDS.put("asked", asked)
            st.rerun(scope="fragment")
        return False
    if not FIELDS.get("painted"):  # asking loads the model: never before the page has been painted
        FIELDS.put("painted", True)
        waiting("Asking the model …")
        return False
    return True


def waiting(says: str) -> None:
    """A line, and another look soon."""
    say(says)
    ticker("reply-ticker", POLL_SECONDS)
