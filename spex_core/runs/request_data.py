"""A request as plain data and back: what the store keeps so that a run can be repeated, resumed and extended.

No secret is ever part of it, and reading it trusts nothing: whatever is wrong is one `StoreError`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from spex_core.errors import StoreError
from spex_core.explanation.sources import read_expected
from spex_core.models.base import ModelSpec
from spex_core.models.registry import backends
from spex_core.runs.checks import as_number, as_text
from spex_core.runs.requests import REQUESTS, RunRequest
from spex_core.runs.store.records import RunRecord, in_a_line

_MOST_OPTIONS = 50
_CHOICES = ("masking", "estimator")
_NUMBERS = ("budget", "max_order", "seed")


def plain(request: RunRequest) -> tuple[dict[str, Any], bytes]:
    """JSON data, and the input's bytes: UTF-8 text or the picture file.

    Options that the model declares secret are left out; their names are kept, so that a person can be asked again.
    """
    kind = backends().get(request.model.name)
    declared = {option.name: option.secret for option in kind.options} if kind is not None else {}
    given = request.model.options
    data: dict[str, Any] = {
        "model": request.model.name,
        "options": {name: str(value) for name, value in given.items() if declared.get(name) is False},
        "secrets": sorted(name for name, value in given.items() if declared.get(name) and str(value or "").strip()),
        "masking": request.masking,
        "budget": request.budget,
        "estimator": request.estimator,
        "max_order": request.max_order,
        "seed": request.seed,
        **({"expected": request.expected} if request.expected else {}),
    }
    return {"kind": request.kind, **data, **request.own_data()}, request.content


def from_plain(data: Mapping[str, Any], content: bytes) -> RunRequest:
    """The request that `plain` was given, without its secrets.

    Raises:
        StoreError: it is not such data.
    """
    try:
        return _read(data, content)
    except StoreError:
        raise
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise StoreError(f"the stored request cannot be read: {type(error).__name__}: {error}") from error


def withheld(data: Mapping[str, Any]) -> tuple[str, ...]:
    """Names of the secret options that were given when the run was started."""
    names = data.get("secrets", ())
    return tuple(name for name in names if isinstance(name, str)) if isinstance(names, list) else ()


def first_record(run_id: str, request: RunRequest) -> RunRecord:
    """The line of a run that is just being started."""
    kind = backends().get(request.model.name)
    return RunRecord(
        id=run_id,
        title=in_a_line(request.title),
        kind=request.kind,
        model=request.model.name,
        target=target_in_words(request.model.options, "" if kind is None else kind.toward[1]),
        unit=request.unit_in_words,
        estimator=request.estimator,
        budget=request.budget,
    )


def target_in_words(options: Mapping[str, str], toward: str) -> str:
    """What is explained: the answer, label or query in a model's options, else what a rising value means."""
    given = {name: value.strip() for name, value in options.items() if isinstance(value, str)}
    wanted = given.get("answer") or given.get("label") or given.get("query") or ""
    if given.get("against"):
        return f"“{wanted or 'its own answer'}” rather than “{given['against']}”"
    return f"“{wanted}”" if wanted else toward


def _read(data: Mapping[str, Any], content: bytes) -> RunRequest:
    options = data["options"]
    if not isinstance(options, dict) or len(options) > _MOST_OPTIONS:
        raise StoreError("the stored request has no proper list of options")
    choices: dict[str, Any] = {
        "model": ModelSpec(as_text(data["model"]), {as_text(name): as_text(value) for name, value in options.items()}),
        **{name: as_text(data[name]) for name in _CHOICES},
        **{name: as_number(data[name]) for name in _NUMBERS},
        "expected": read_expected(data),
    }
    kind = REQUESTS.get(data["kind"])
    if kind is None:
        raise StoreError(f"the stored request is of no known kind: {data['kind']!r:.40}")
    return kind.from_data(data, content, choices)
