"""Prompts that a model is good at, or fails at in a way worth looking at: offered while it is chosen."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import streamlit as st

from pages.components.form import examples_control
from pages.components.form.text_examples import TextExample, read_examples
from spex_core.models.base import Backend
from spex_core.models.registry import backends

KEY = "form_prompt"


@lru_cache(maxsize=16)
def prompts(model: str) -> dict[str, TextExample]:
    """Id -> prompt of the model called so, with every option filled in; empty for most models."""
    found = read_examples(f"prompts-{model}.json")
    return {name: replace(one, options={**defaults(backends()[model]), **one.options}) for name, one in found.items()}


def defaults(model: type[Backend]) -> dict[str, str]:
    """What the form holds of a model that nobody has asked anything."""
    return {option.name: option.default for option in model.options}


def chosen(model: str | None) -> TextExample | None:
    """The prompt that the form was filled with and still shows."""
    return prompts(model or "").get(st.session_state.get(KEY) or "")


def row(model: str | None) -> None:
    """The buttons."""
    found = prompts(model or "")
    if not found:
        return
    if st.session_state.get(KEY) not in found:
        st.session_state[KEY] = None
    examples_control.row("Ready prompts", {name: prompt.title for name, prompt in found.items()}, KEY)
