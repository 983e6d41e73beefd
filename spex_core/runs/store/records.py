"""What is known about a run besides its result: one line of the list of runs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from types import NoneType
from typing import Any, get_args, get_type_hints

from spex_core.errors import StoreError
from spex_core.explanation.result import Explanation
from spex_core.explanation.sources import SOURCES, TextSource
from spex_core.fourier.faithfulness import of_ceiling

NOT_ENDED = ("queued", "running")  # `run.LIVE` tells more of them apart while a run is in this process
ENDED = ("done", "cancelled", "failed", "interrupted")
STATES = (*NOT_ENDED, *ENDED)
LONGEST = 200  # characters of a title or a name
_LARGEST = 2**31 - 1  # what a database keeps as a whole number


@dataclass(frozen=True, kw_only=True)
class RunRecord:
    """One line of the list of runs.

    Attributes:
        id: name in the store: letters, digits, "-" and "_".
        name: chosen by a person, "" until then.
        title: start of the text, or what the picture was asked; at most 200 characters.
        kind: of its input, one of `sources.SOURCES`.
        model: name of the backend.
        target: what is explained, in words.
        unit: "word", "sentence", ... or the grid as "8x6".
        estimator: the one that was asked for.
        budget: most passes allowed.
        n_features: number of features, None until they are known.
        state: "queued", "running", "done", "cancelled", "failed" or "interrupted".
        paid: passes that the model really made for this run; those known from earlier runs are not counted.
        evaluations: passes behind the result, known ones included; None without a result.
        r2: held-out R² of the result.
        ceiling: the R² of a perfect prediction where values are shares of replies; None where they are not.
        seconds: wall time of the result, model and decoding.
        error: one line, where the run failed.
        pinned: whether it is listed first.
        belongs_to: whose it is, a name that says nothing about the person; "" for the host.
        shared: whether others may read it.
        created_at: seconds since the epoch, as `updated_at`.
    """

    id: str
    name: str = ""
    title: str
    kind: str
    model: str
    target: str
    unit: str
    estimator: str
    budget: int
    n_features: int | None = None
    state: str = "queued"
    paid: int = 0
    evaluations: int | None = None
    r2: float | None = None
    ceiling: float | None = None
    seconds: float | None = None
    error: str = ""
    pinned: bool = False
    belongs_to: str = ""
    shared: bool = False
    created_at: float = 0.0
    updated_at: float = 0.0

    @property
    def explained(self) -> float | None:
        """R² by its ceiling where it has one: see `Faithfulness.explained`; None without a result."""
        return self.r2 if self.r2 is None else of_ceiling(self.r2, self.ceiling)


_TYPES: dict[str, tuple[type, ...]] = {
    name: get_args(kind) or (kind,) for name, kind in get_type_hints(RunRecord).items()
}
"""Field -> the types that its value may have."""


def checked(values: dict[str, Any]) -> dict[str, Any]:
    """Fields of a record in a form that every database keeps: text without NUL and half characters, titles and names
    cut at 200 characters.

    Raises:
        StoreError: an unknown field, kind or state, a number that is not finite or far too large.
    """
    return {name: _checked(name, value) for name, value in values.items()}


def _checked(name: str, value: Any) -> Any:
    kinds = _TYPES.get(name)
    if kinds is None:
        raise StoreError(f"a run has no {name!r}; it has {', '.join(_TYPES)}")
    if value is None and NoneType in kinds:
        return None
    if str in kinds and isinstance(value, str):
        return _text(name, value)
    if bool in kinds and isinstance(value, bool):
        return value
    if int in kinds and isinstance(value, int) and -_LARGEST <= value <= _LARGEST:
        return int(value)
    if float in kinds and isinstance(value, int | float) and math.isfinite(value):
        return float(value)
    raise StoreError(f"{value!r:.40} cannot be the {name} of a run")


def _text(name: str, value: str) -> str:
    value = value.replace("\0", "").encode("utf-8", "replace").decode("utf-8")
    allowed = {"kind": tuple(SOURCES), "state": STATES}.get(name)
    if allowed and value not in allowed:
        raise StoreError(f"{value!r:.40} cannot be the {name} of a run; known: {', '.join(allowed)}")
    return value[:LONGEST] if name in ("title", "name") else value


def results(explanation: Explanation) -> dict[str, Any]:
    """The fields of a record that a result fills in."""
    return {
        "n_features": explanation.n_features,
        "evaluations": explanation.evaluations,
        "r2": explanation.faithfulness,
        "ceiling": explanation.faithfulness_report.ceiling,
        "seconds": explanation.seconds_model + explanation.seconds_decode,
    }


def record_of(run_id: str, explanation: Explanation, name: str = "") -> RunRecord:
    """The line of a run of which only the result is known, such as one from a file."""
    source = explanation.source
    return RunRecord(
        id=run_id,
        name=name,
        title=in_a_line(", ".join(explanation.features) if source is None else source.title),
        kind=TextSource.kind if source is None else source.kind,
        model="" if explanation.model is None else explanation.model.name,
        target=f"{explanation.toward[1]} ({explanation.value_unit})",
        unit="feature" if source is None else source.unit_in_words,
        estimator=explanation.requested_estimator,
        budget=explanation.budget,
        state="done" if explanation.complete else "cancelled",
        paid=explanation.evaluations,
        **results(explanation),
    )


def in_a_line(title: str) -> str:
    """The start of a title without line breaks."""
    return " ".join(title[: 4 * LONGEST].split())[:LONGEST]
