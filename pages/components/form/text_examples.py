"""The example texts and the button row that fills the form with one."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import lru_cache

import streamlit as st

from spex_core.plugins import ASSETS

FOLDER = ASSETS / "examples"
KEY = "form_example"
_FIELDS = ("id", "title", "model", "options", "unit", "why", "expected")


@dataclass(frozen=True)
class TextExample:
    """A text with the settings that suit it.

    Attributes:
        id: stable name.
        title: what the button says.
        text: the text.
        model: name of the backend.
        options: the backend's options.
        unit: what a feature is.
        why: what to look for.
        expected: the answer that is right, "" where there is none.
    """

    id: str
    title: str
    text: str
    model: str
    options: dict[str, str] = field(default_factory=dict)
    unit: str = "word"
    why: str = ""
    expected: str = ""


@lru_cache(maxsize=1)
def examples() -> dict[str, TextExample]:
    """Id -> example, in the order of the file; empty where there is none."""
    return read_examples("examples.json")


def read_examples(name: str) -> dict[str, TextExample]:
    """Id -> example of a file in `FOLDER`, in its order; empty where there is none."""
    index = FOLDER / name
    if not index.exists():
        return {}
    found = {}
    for entry in json.loads(index.read_text(encoding="utf-8")):
        text = entry["text"] if "text" in entry else (FOLDER / entry["file"]).read_text(encoding="utf-8")
        known = {
            key: entry[key] for key in ("id", "title", "model", "options", "unit", "why", "expected") if key in entry
        }
        found[entry["id"]] = TextExample(text=text, **known)
    return found


def chosen() -> TextExample | None:
    """The example that the form was filled with and still shows."""
    return examples().get(st.session_state.get(KEY) or "")
