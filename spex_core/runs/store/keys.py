"""Names of set functions: under which masked passes that were paid for are kept, and found by any later run.

A set function is a model (its fingerprint), an input, a target (what the model is asked and which answer is scored)
and a way of masking. Budget, estimator, order and seed are no part of it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from spex_core.models.base import Backend, ModelSpec


def target_of(backend: Backend) -> ModelSpec:
    """What a settled backend scores: every option that changes it, defaults filled in; never a secret.

    Options that only say where the weights are or what a pass costs (`Option.scored` is False) are left out: the
    fingerprint says which weights there are.
    """
    given = {} if backend.spec is None else backend.spec.options
    options = {}
    for option in backend.options:
        value = str(given.get(option.name) or "")
        if option.scored and not option.secret:
            options[option.name] = value if value.strip() else option.default
    return ModelSpec(backend.name, options)


def sample_key(
    text: str,
    target: ModelSpec,
    unit: str,
    masking: str,
    fingerprint: str = "",
    focus: Mapping[str, Any] = MappingProxyType({}),
) -> str:
    """Name of the set function of a text.

    Args:
        text: the whole of it.
        target: see `target_of`.
        unit, masking: as the masker has them.
        fingerprint: `Backend.fingerprint`.
        focus: see `explanation.sources.focus_data`.
    """
    options = sorted(target.options.items())
    focused = [dict(focus)] if focus else []  # passes of whole texts keep the names they had before there was a focus
    return _name("text", text, target.name, options, unit, masking, fingerprint, *focused)


def picture_key(
    digest: str,
    target: ModelSpec,
    grid: tuple[int, int] | None,
    masking: str,
    question_words: bool,
    fingerprint: str = "",
    segments: str = "",
) -> str:
    """Name of the set function of a picture.

    Args:
        digest: `pictures.digest` of the picture.
        target: see `target_of`.
        grid: (columns, rows), None where it is cut into segments.
        masking: how patches are hidden.
        question_words: whether the question's words are features too.
        fingerprint: `Backend.fingerprint`.
        segments: the digest of their map, where there are any: another version of the library may draw others.
    """
    options = sorted(target.options.items())
    cut = ["segments", segments] if grid is None else list(grid)
    return _name("picture", digest, target.name, options, cut, masking, question_words, fingerprint)


def _name(*parts: Any) -> str:
    return hashlib.sha256(json.dumps(parts, ensure_ascii=True).encode()).hexdigest()[:32]
