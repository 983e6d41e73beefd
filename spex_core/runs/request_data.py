"""A request as plain data and back: what the store keeps so that a run can be repeated, resumed and extended.

No secret is ever part of it, and reading it trusts nothing: whatever is wrong is one `StoreError`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from spex_core.errors import StoreError
from spex_core.inputs.pictures import MAX_STORED_BYTES
from spex_core.inputs.segmentation import MAX_CHARACTERS
from spex_core.models.base import ModelSpec
from spex_core.models.registry import backends
from spex_core.runs.requests import PictureRequest, RunRequest, TextRequest
from spex_core.runs.store.records import LONGEST, RunRecord

_MOST_OPTIONS = 50
_LARGEST = 2**63 - 1
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
    }
    if isinstance(request, PictureRequest):
        own = {"grid": list(request.grid), "question_words": request.question_words, "stored": request.stored}
        return {"kind": "picture", **data, **own}, request.picture
    assert isinstance(request, TextRequest)
    return {"kind": "text", **data, "unit": request.unit}, request.text.encode("utf-8", "surrogatepass")


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
    picture = isinstance(request, PictureRequest)
    kind = backends().get(request.model.name)
    asked = request.model.options.get("question", "").strip()
    if isinstance(request, PictureRequest):
        title, unit = asked or "a picture", "x".join(map(str, request.grid))
    else:
        assert isinstance(request, TextRequest)
        title, unit = request.text, request.unit
    return RunRecord(
        id=run_id,
        title=" ".join(title[: 4 * LONGEST].split())[:LONGEST],
        kind="picture" if picture else "text",
        model=request.model.name,
        target=target_in_words(request.model.options, "" if kind is None else kind.toward[1]),
        unit=unit,
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
        "model": ModelSpec(_text(data["model"]), {_text(name): _text(value) for name, value in options.items()}),
        **{name: _text(data[name]) for name in _CHOICES},
        **{name: _number(data[name]) for name in _NUMBERS},
    }
    if data["kind"] == "picture":
        if len(content) > MAX_STORED_BYTES:
            raise StoreError(f"the stored picture is larger than {MAX_STORED_BYTES / 1e6:.0f} MB, the limit")
        columns, rows = (_number(number) for number in data["grid"])
        words, stored = _truth(data["question_words"]), _truth(data["stored"])
        return PictureRequest(picture=content, grid=(columns, rows), question_words=words, stored=stored, **choices)
    if data["kind"] != "text":
        raise StoreError(f"the stored request is of no known kind: {data['kind']!r:.40}")
    if len(content) > 4 * MAX_CHARACTERS:
        raise StoreError(f"the stored text is longer than {MAX_CHARACTERS:,} characters, the limit")
    return TextRequest(text=content.decode("utf-8", "surrogatepass"), unit=_text(data["unit"]), **choices)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise StoreError(f"the stored request holds {type(value).__name__} where text belongs")
    return value


def _number(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _LARGEST:
        raise StoreError(f"the stored request holds {value!r:.40} where a whole number belongs")
    return value


def _truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise StoreError(f"the stored request holds {value!r:.40} where yes or no belongs")
    return value
