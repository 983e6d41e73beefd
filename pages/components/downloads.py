"""An explanation as files: JSON that the app opens again, CSV for a spreadsheet."""

from __future__ import annotations

import csv
import io
from functools import lru_cache

import streamlit as st

from pages.components.plain import say
from spex_core.errors import ExpansionError
from spex_core.explanation import Explanation

COLUMNS = ("rank", "positions", "words", "order", "index", "value", "low", "high")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def interactions_csv(explanation: Explanation, index: str, order: int | None) -> str:
    """The ranked interactions under an index, one row each.

    `positions` are feature positions from 0; `low` and `high` are empty where the value is exact. Text cells
    that a spreadsheet would run as a formula get a leading apostrophe.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for rank, item in enumerate(explanation.interactions(index, order), start=1):
        words = " · ".join(explanation.features[position] for position in item.features)
        positions = " ".join(map(str, item.features))
        row = (rank, positions, inert(words), item.order, index, item.value, _cell(item.low), _cell(item.high))
        writer.writerow(row)
    return out.getvalue()


def inert(text: str) -> str:
    """`text` as a spreadsheet shows it, never as a formula (OWASP, CSV injection)."""
    return f"'{text}" if text.lstrip(" \n").startswith(_FORMULA) or text.startswith("\n") else text


def download_buttons(explanation: Explanation, index: str, order: int | None, name: str) -> None:
    """JSON and CSV; made once per explanation, so that a click elsewhere on the page does not write them again."""
    st.download_button(
        "JSON", _json(explanation), f"{name}.json", "application/json", key="download_json", on_click="ignore"
    )
    try:
        table, problem = _csv(explanation, index, order), None
    except ExpansionError as error:
        table, problem = b"", str(error)
    st.download_button(
        "CSV", table, f"{name}.csv", "text/csv", key="download_csv", on_click="ignore", disabled=problem is not None
    )
    if problem is not None:
        say(problem)


@lru_cache(maxsize=8)
def _json(explanation: Explanation) -> bytes:
    return explanation.to_json().encode()


@lru_cache(maxsize=8)
def _csv(explanation: Explanation, index: str, order: int | None) -> bytes:
    """With a byte order mark, without which spreadsheets take UTF-8 for something else."""
    return interactions_csv(explanation, index, order).encode("utf-8-sig")


def _cell(value: float | None) -> float | str:
    return "" if value is None else value
