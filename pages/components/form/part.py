"""Which part of the text is masked: what a run said that the form was filled with, for as long as the text is that one.

The library and the shell choose a part (`inputs.focus`); the form goes on with it, or lets go of it.
"""

from __future__ import annotations

from typing import Any

import streamlit as st

from pages.components.common import session
from pages.components.common.markup import say
from pages.components.form.fields import FORMS
from spex_core.explanation.sources import FOCUS
from spex_core.inputs.segmentation import PATTERN, is_pattern
from spex_core.runs.requests import TextRequest

FIELDS = FORMS[session.TEXT]
_HELD, _PATTERN = "part", "pattern"


def hold(request: TextRequest) -> None:
    """Take over a run's choice."""
    FIELDS.put(_HELD, (request.text, {name: getattr(request, name) for name in FOCUS}))
    FIELDS.put(_PATTERN, request.unit if is_pattern(request.unit) else "")


def held(text: str) -> dict[str, Any]:
    """`keep` and `only` of a request for `text`: nothing where it is another text than the run's."""
    of, chosen = FIELDS.get(_HELD, ("", {}))
    return {name: stretches for name, stretches in chosen.items() if stretches} if of == text else {}


def patterns() -> tuple[str, ...]:
    """The unit that is no other's, where the run had one."""
    pattern = FIELDS.get(_PATTERN, "")
    return (pattern,) if pattern else ()


def unit_label(unit: str) -> str:
    """What a unit is called on its button."""
    return f"matches of {unit.removeprefix(PATTERN)}" if is_pattern(unit) else f"{unit}s"


def part_line(text: str) -> None:
    """Say that only a part is masked, with a way to mask all of it."""
    if held(text):
        with st.container(horizontal=True, vertical_alignment="center"):
            say("Only part of this text is masked, as in the result.", "hint")
            st.button("Mask all of it", key="form_part_free", on_click=FIELDS.put, args=(_HELD, ("", {})))
