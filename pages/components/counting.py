"""How many features a text has, counted as the run would cut it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from spex_core.maskers.text import TextMasker

from pages.components import session
from spex_core.errors import SpexError
from spex_core.explanation import MAX_FEATURES
from spex_core.runs import RunRequest

_COARSER = {"token": "word", "word": "sentence", "sentence": "paragraph"}


@dataclass(frozen=True)
class Count:
    """Features of a text.

    Attributes:
        features: how many; None where the text is unusable, or counting waits for the model.
        says: one line for the screen.
        problem: why the text is unusable, and what to do; "" where it is fine.
    """

    features: int | None
    says: str
    problem: str = ""


def count_features(request: RunRequest) -> Count:
    """Count the features of the request's text."""
    if not request.text.strip():
        return Count(None, f"up to {MAX_FEATURES:,} features", "Paste or type a text first.")
    if request.unit != "token":
        return _count(request.text, request.unit)
    if session.manager().speed(request) is None:
        return Count(None, "tokens are counted once the model has loaded")
    try:
        backend = session.manager().backend(request.model)
        spans = backend.token_spans(request.text) or []
    except SpexError as error:
        return Count(None, "", str(error))
    return _judge(len(spans), "token")


@lru_cache(maxsize=64)
def _count(text: str, unit: str) -> Count:
    try:
        return _judge(TextMasker(text, unit=unit).n_features, unit)
    except SpexError as error:
        coarser = _COARSER.get(unit)
        tail = f" Try {coarser}s as the unit." if coarser and "features" in str(error) else ""
        return Count(None, "", str(error) + tail)


def _judge(features: int, unit: str) -> Count:
    says = f"{features:,} {unit}{'' if features == 1 else 's'} → {features:,} feature{'' if features == 1 else 's'}"
    if features == 0:
        return Count(None, says, f"There is no {unit} in this text.")
    if features > MAX_FEATURES:
        coarser = _COARSER.get(unit)
        tail = f" Choose {coarser}s as the unit, or shorten the text." if coarser else " Shorten the text."
        return Count(
            None, says, f"{features:,} {unit}s are more than the {MAX_FEATURES:,} features a run can have.{tail}"
        )
    return Count(features, says)
