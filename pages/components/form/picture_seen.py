"""What a classifier sees in a picture, and which class or group of classes is explained."""

from __future__ import annotations

import streamlit as st

from pages.components.common import session
from pages.components.common.markup import Markup, draw, say, tag
from pages.components.form.fields import FORMS, Form
from pages.components.form.picture_asked import may_ask, unmasked, waiting
from spex_core.models.base import Backend, Guess
from spex_core.models.vision.classes import Classes
from spex_core.models.vision.classifier import PictureClassifier
from spex_core.runs.models import Failure
from spex_core.views.outputs import share

FIELDS = FORMS[session.IMAGE]
OPTIONS = ("label", "against")  # those that have fields of their own here
_LABEL, _AGAINST = "class", "class_against"
_SHOWN_NAMES = 3


def options() -> dict[str, str]:
    """The options that say which class is explained."""
    found = {"label": FIELDS.get(_LABEL, ""), "against": FIELDS.get(_AGAINST, "")}
    return {name: value.strip() for name, value in found.items() if value.strip()}


def fill(given: dict[str, str]) -> None:
    """Take over an example's options."""
    FIELDS.put(_LABEL, given.get("label", ""))
    FIELDS.put(_AGAINST, given.get("against", ""))


def seen_part(form: Form) -> None:
    """The most probable classes with their bars; in a fragment, since the model may have to be loaded first."""
    st.fragment(_seen)(form)


def class_part(model: type[Backend], given: dict[str, str]) -> None:
    """The class or group to explain, found by typing a part of its name, and what it is compared with.

    Args:
        model: the classifier.
        given: its other options, which say where its names are.
    """
    known = model.known_classes(given) if issubclass(model, PictureClassifier) else None
    first = "Class or group to explain" if known is not None and known.groups else "Class to explain"
    fields = ((first, _LABEL, "what the model sees"), ("Against", _AGAINST, "everything else"))
    for label, name, empty in fields:
        if known is None:
            st.text_input(label, key=FIELDS.key(name), placeholder=empty, persist_state="session")
        else:
            _choice(known, label, name, empty)


def _choice(known: Classes, label: str, name: str, empty: str) -> None:
    names = ["", *known.groups, *known.names]
    if FIELDS.get(name, "") not in names:
        FIELDS.put(name, "")  # another model's class
    called = {name: ", ".join(others[:_SHOWN_NAMES]) for name, others in zip(known.names, known.known_as, strict=True)}
    st.selectbox(
        label,
        names,
        key=FIELDS.key(name),
        format_func=lambda name: called.get(name, f"{name} (a group)") if name else empty,
        filter_mode="contains",
        persist_state="session",
    )


def _seen(form: Form) -> None:
    bare = unmasked(form, without=OPTIONS)
    if bare is None or not may_ask(bare):
        return
    found = session.manager().models.see(bare)
    if found is None:
        waiting("Looking at the picture …")
    elif isinstance(found, Failure):
        say(f"The model could not look at it: {found}", "error")
    elif found:
        draw(bars(found))


def bars(guesses: tuple[Guess, ...]) -> Markup:
    """A list of names with their probabilities as bars."""
    rows = [
        tag(
            "li",
            tag("span", guess.name, class_="spex-guess"),
            tag("span", share(guess.probability), class_="num"),
            tag("i", style=f"width: {100 * guess.probability:.1f}%"),
        )
        for guess in guesses
    ]
    return Markup(tag("p", "The model sees", class_="spex-label") + tag("ol", *rows, class_="spex-guesses", id="seen"))
