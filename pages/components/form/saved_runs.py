"""The saved runs: one for nearly every example, computed by this app, so that a click on it opens a result at once.

A file is the JSON of an explanation, its numbers rounded and the whole compressed; `assets/saved/make_examples.py`
writes it. A photograph of another package is not in it again: it is put back from there.
"""

from __future__ import annotations

import base64
import gzip
import io
import json
from dataclasses import replace
from typing import Any

import streamlit as st

from pages.components.common import session
from pages.components.form import picture_examples, puzzles, text_examples
from spex_core.errors import StoreError
from spex_core.explanation.codec import MAX_JSON_BYTES
from spex_core.explanation.result import Explanation
from spex_core.inputs.pictures import open_picture, png_bytes
from spex_core.models.registry import backends

PREFIX = "saved-"
_OPENING = {session.TEXT: "poster", session.IMAGE: "coffee"}  # the examples that the pages start with
_DIGITS = 5
_DIGITS_OF_DRAWS = 3  # they tell how far a value may be off


def name_of(page: str, example: str) -> str:
    """Name of an example's saved run, "" where it has none."""
    if starts(page, example):
        return "saved"
    found = session.saved_file(PREFIX + example)
    return PREFIX + example if found is not None and found[0] == page else ""


def starts(page: str, example: str) -> bool:
    """Whether a page starts with this example."""
    return _OPENING[page] == example


def show(page: str, example: str) -> bool:
    """Look at an example's saved run from now on; whether it has one."""
    name = name_of(page, example)
    if name:
        session.show_saved(name, page)
    return bool(name)


def on_page(page: str) -> Explanation | None:
    """The saved run that a page shows where the visitor looks at nothing else."""
    name = session.saved_shown(page)
    return session.saved_run(page) if name == "saved" else load(name)


@st.cache_resource(show_spinner=False, max_entries=64)
def load(name: str) -> Explanation | None:
    """The saved run of this name; None where there is none, it is unreadable or its photograph is not installed."""
    found = session.saved_file(name)
    if found is None:
        return None
    try:
        document = json.loads(text_of(found[1].read_bytes()))
        if document.get("picture") == "":
            document["picture"] = _photograph(name.removeprefix(PREFIX))
        return Explanation.from_json(json.dumps(document))
    except (OSError, EOFError, KeyError, ValueError, StoreError):
        return None


def text_of(data: bytes) -> str:
    """The JSON in a file, as far as a run may be long; raises `OSError` or `ValueError`."""
    with gzip.open(io.BytesIO(data), "rb") as file:
        return file.read(MAX_JSON_BYTES).decode()


def write(explanation: Explanation, with_picture: bool) -> bytes:
    """A file as `load` reads it: numbers to a few digits, the same bytes whenever it is made from the same run.

    Args:
        explanation: what to save.
        with_picture: whether the picture is in it; else it must be that of an example.
    """
    document = json.loads(explanation.to_json())
    draws = _rounded(document.pop("draws"), _DIGITS_OF_DRAWS)
    document = {**_rounded(document, _DIGITS), "draws": draws}
    if not with_picture:
        document["picture"] = ""
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    return gzip.compress(text.encode(), compresslevel=9, mtime=0)


def twins(puzzle: puzzles.Puzzle) -> list[text_examples.TextExample]:
    """The changed puzzle for each further model that was made for it; the gallery compares them."""
    first = puzzles.example(puzzle, "variant")
    asked = {name: puzzle.options(backends()[name]) or {} for name in puzzle.models[1:]}
    return [replace(first, id=f"{first.id}-{name}", model=name, options=options) for name, options in asked.items()]


def _photograph(example: str) -> str:
    picture = open_picture(picture_examples.examples()[example].picture).image
    return base64.b64encode(png_bytes(picture)).decode()


def _rounded(part: Any, digits: int) -> Any:
    if isinstance(part, dict):
        return {key: _rounded(value, digits) for key, value in part.items()}
    if isinstance(part, list):
        return [_rounded(value, digits) for value in part]
    return float(f"{part:.{digits}g}") if isinstance(part, float) else part
