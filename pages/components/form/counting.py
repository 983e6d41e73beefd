"""How many features an input has, counted as the run would cut it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from pages.components.common import session
from pages.components.common.markup import sentence
from spex_core.errors import SpexError
from spex_core.inputs.base import MAX_FEATURES
from spex_core.inputs.focus import Stretches
from spex_core.inputs.maskers.text import TextMasker
from spex_core.inputs.segmentation import MAX_CHARACTERS
from spex_core.models.registry import backends
from spex_core.runs.requests import PictureRequest, TextRequest
from spex_core.views.labels import unit_noun

LIMITS = f"up to {MAX_FEATURES:,} features, {MAX_CHARACTERS:,} characters"


@dataclass(frozen=True)
class Count:
    """Features of an input.

    Attributes:
        features: how many; None where the input is unusable, or counting waits for the model.
        says: one line for the screen.
        problem: why the input is unusable, and what to do; "" where it is fine.
    """

    features: int | None
    says: str
    problem: str = ""


def count_text(request: TextRequest) -> Count:
    """Count the features of the request's text."""
    if not request.text.strip():
        return Count(None, LIMITS, "Paste or type a text first.")
    if request.unit != "token":
        return _count(request.text, request.unit, keep=request.keep, only=request.only)
    if session.manager().models.speed(request) is None:
        return Count(None, "tokens are counted once the model has loaded")
    try:
        spans = session.manager().models.backend(request.model).token_spans(request.text)
    except SpexError as error:
        return Count(None, LIMITS, _for_the_screen(error))
    return _count(request.text, "token", tuple(spans or ()), request.keep, request.only)


def count_patches(request: PictureRequest) -> Count:
    """Count the patches or segments of the request's picture, and the words of its question where they are features."""
    try:
        masker = request.outline(backends()[request.model.name])
    except SpexError as error:
        return Count(None, "", _for_the_screen(error))
    if masker is None:
        return Count(None, "", "This model does not read pictures.")
    patches = masker.patches
    words = masker.n_features - patches
    parts = f"{patches:,} {unit_noun('patch' if request.segments is None else 'segment', patches)}"
    if words:
        parts += f" + {words:,} word{'' if words == 1 else 's'}"
    return Count(masker.n_features, f"{parts} → {masker.n_features:,} features")


@lru_cache(maxsize=64)
def _count(
    text: str,
    unit: str,
    tokens: Sequence[tuple[int, int]] | None = None,
    keep: Stretches = (),
    only: Stretches = (),
) -> Count:
    try:
        features = TextMasker(text, unit=unit, token_spans=tokens, keep=keep, only=only).n_features
    except SpexError as error:
        return Count(None, LIMITS, _for_the_screen(error))
    return Count(features, f"{features:,} {unit_noun(unit, features)} → {features:,} {unit_noun(None, features)}")


def _for_the_screen(error: SpexError) -> str:
    """The error as a sentence in the words of the form."""
    return sentence(re.sub(r"use unit='(\w+)'", r"choose \1s as the unit", str(error)))
