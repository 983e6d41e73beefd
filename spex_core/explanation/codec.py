"""An explanation as JSON: written in full, read as data only.

Reading trusts nothing: sizes, and what follows from them, are bounded before anything is built; numbers must be finite,
positions must exist, and whatever is wrong is one `StoreError`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from math import comb
from typing import Any

import numpy as np

from spex_core import outside
from spex_core.arrays import FloatArray, Support
from spex_core.errors import InputError, StoreError
from spex_core.explanation.checks import as_count, as_name, as_number, as_seconds, as_text, as_texts, as_truth
from spex_core.explanation.sources import SOURCES, Source
from spex_core.fourier.conversions import MAX_EXPANSION
from spex_core.fourier.faithfulness import Faithfulness
from spex_core.fourier.spectrum import Spectrum
from spex_core.inputs.base import MAX_FEATURES
from spex_core.models.base import ModelSpec

SCHEMA = "spex-explanation/1"
MAX_ORDER = 8
MAX_TERMS = sum(comb(20, order) for order in range(MAX_ORDER + 1))
"""Those of an exact transform of 20 features: no run lists more."""
MAX_SEED = 10**300
MAX_JSON_BYTES = 64_000_000
MAX_DERIVED = 400_000
"""Most interactions that may follow from the listed terms: what a page works out and draws within seconds."""
_MOST_ACCURATE = 20_000  # terms that predict, which a page sends to the browser
_MOST_DRAWS = 256  # rows
_MOST_DERIVED_CELLS = 50_000_000  # subsets of listed terms times the columns that are converted together
_MOST_NOTES = 200
_ROUNDING = 1e-6
_CEILING = ("ceiling", "ceiling_low", "ceiling_high")
_BOUNDS = outside.Bounds(
    size=MAX_JSON_BYTES, items=12 * MAX_TERMS + 1_000_000, containers=600_000, fields=600_000, depth=8
)


def dump(fields: Mapping[str, Any]) -> str:
    """JSON text of an `Explanation`'s fields, ending in a newline.

    Raises:
        StoreError: what `load` would not take: a number that is not finite, more terms or larger ones than a run lists.
    """
    model = fields["model"]
    document = {
        "schema": SCHEMA,
        "features": list(fields["features"]),
        "spectrum": _dump_terms(fields["spectrum"]),
        "draws": fields["draws"].tolist(),
        "output": {
            "full": fields["output_full"],
            "empty": fields["output_empty"],
            "unit": fields["value_unit"],
            "toward": list(fields["toward"]),
        },
        "faithfulness": _dump_report(fields["faithfulness_report"]),
        "accurate": None if fields["accurate"] is None else _dump_terms(fields["accurate"]),
        "listed_faithfulness": None if fields["listed_report"] is None else _dump_report(fields["listed_report"]),
        "stability": None if fields["resampled"] is None else {"resampled": fields["resampled"].tolist()},
        "model": None if model is None else model.name,
        "model_options": {} if model is None else dict(model.options),
        **_dump_source(fields["source"]),
        "estimator": fields["estimator"],
        "requested_estimator": fields["requested_estimator"],
        "budget": fields["budget"],
        "evaluations": fields["evaluations"],
        "max_order": fields["max_order"],
        "seed": fields["seed"],
        "seconds": {"model": fields["seconds_model"], "decode": fields["seconds_decode"]},
        "notes": list(fields["notes"]),
        "complete": fields["complete"],
    }
    _check_derived(document, len(document["features"]))
    try:
        return json.dumps(document, allow_nan=False) + "\n"
    except ValueError as error:
        raise StoreError(f"the run cannot be written: {error}") from error


def _dump_terms(spectrum: Spectrum) -> list[dict[str, Any]]:
    return [
        {"features": list(support), "coefficient": value}
        for support, value in zip(spectrum.supports, spectrum.coefficients.tolist(), strict=True)
    ]


def _dump_report(report: Faithfulness) -> dict[str, Any]:
    return {
        "r2": report.r2,
        "low": report.low,
        "high": report.high,
        "n_test": report.n_test,
        "n_crossed": report.n_crossed,
        **{name: getattr(report, name) for name in _CEILING if getattr(report, name) is not None},
    }


def _dump_source(source: Source | None) -> dict[str, Any]:
    if source is None:
        return {"unit": None, "masking": None, "text": None, "spans": None}
    return {"unit": source.unit, "masking": source.masking, **source.document()}


def load(text: str) -> dict[str, Any]:
    """The fields of the `Explanation` that `dump` wrote.

    Raises:
        StoreError: not JSON, another schema, a missing field, NaN, a position out of range, or too large.
    """
    try:
        document = outside.parse(text, _BOUNDS)
    except ValueError as error:
        raise StoreError(f"not a readable SPEX run: {error}") from error
    try:
        return _read(document)
    except StoreError:
        raise
    except (AttributeError, InputError, LookupError, TypeError, ValueError, OverflowError, RecursionError) as error:
        raise StoreError(f"not a readable SPEX run: {type(error).__name__}: {error}") from error


def _read(document: Any) -> dict[str, Any]:
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        found = document.get("schema") if isinstance(document, dict) else None
        raise StoreError(f"schema {found!r} is not {SCHEMA!r}")
    if not 1 <= len(document["features"]) <= MAX_FEATURES:
        raise StoreError(f"{len(document['features'])} features; a run has 1 to {MAX_FEATURES}")
    features = as_texts(document["features"], MAX_FEATURES)
    _check_derived(document, len(features))
    supports, spectrum = _read_terms(document["spectrum"], len(features))
    draws = _read_draws(document.get("draws", []), supports, spectrum)
    accurate, listed = document.get("accurate"), document.get("listed_faithfulness")
    if accurate is not None and len(accurate) > _MOST_ACCURATE:
        raise StoreError(f"{len(accurate):,} terms that predict; the limit is {_MOST_ACCURATE:,}")
    stability = document.get("stability")
    output = document["output"]
    toward = as_texts(output.get("toward", ("lower", "higher")), 2)
    return {
        "features": features,
        "spectrum": spectrum,
        "draws": draws,
        "output_full": as_number(output["full"]),
        "output_empty": as_number(output["empty"]),
        "faithfulness_report": _read_report(document["faithfulness"]),
        "estimator": as_name(document["estimator"]),
        "requested_estimator": as_name(document.get("requested_estimator", document["estimator"])),
        "budget": as_count(document["budget"], 1),
        "evaluations": as_count(document["evaluations"]),
        "max_order": as_count(document.get("max_order", max(1, spectrum.max_order)), 1, MAX_ORDER),
        "seed": as_count(document["seed"], most=MAX_SEED),
        "seconds_model": as_seconds(document["seconds"]["model"]),
        "seconds_decode": as_seconds(document["seconds"]["decode"]),
        "notes": as_texts(document.get("notes", ()), _MOST_NOTES),
        "complete": as_truth(document.get("complete", True)),
        "model": _read_model(document),
        "value_unit": as_text(output.get("unit", "score")),
        "toward": (toward[0], toward[1]),
        "source": _read_source(document, len(features)),
        "accurate": None if accurate is None else _read_terms(accurate, len(features))[1],
        "listed_report": None if listed is None else _read_report(listed),
        "resampled": None if stability is None else _read_draws(stability["resampled"], supports, spectrum),
    }


def _read_terms(terms: Any, n_features: int) -> tuple[list[Support], Spectrum]:
    """Supports in the order of the file, and the spectrum in its own."""
    _check_orders(terms)
    supports = [tuple(as_count(position) for position in term["features"]) for term in terms]
    return supports, Spectrum.from_terms(n_features, supports, [as_number(term["coefficient"]) for term in terms])


def _check_orders(terms: Sequence[Any]) -> list[int]:
    """The order of each term, none of them above what a run finds."""
    if len(terms) > MAX_TERMS:
        raise StoreError(f"{len(terms)} spectrum terms; the limit is {MAX_TERMS}")
    orders = [len(term["features"]) for term in terms]
    if max(orders, default=0) > MAX_ORDER:
        raise StoreError(f"a term of {max(orders)} features; a run finds interactions of at most {MAX_ORDER}")
    return orders


def _check_derived(document: dict[str, Any], n_features: int) -> None:
    """Refuse what would keep a page busy: the interactions that follow from the listed terms are all their subsets."""
    orders = _check_orders(document["spectrum"])
    subsets = sum(1 << order for order in orders)
    distinct = min(subsets, sum(comb(n_features, order) for order in range(max(orders, default=0) + 1)))
    if distinct > MAX_DERIVED:
        raise StoreError(
            f"from the {len(orders):,} terms of this run {distinct:,} interactions would follow; "
            f"the limit is {MAX_DERIVED:,}, more cannot be drawn"
        )
    stability = document.get("stability")
    tables = [document.get("draws", []), [] if stability is None else stability["resampled"]]
    if max(map(len, tables)) > _MOST_DRAWS:
        raise StoreError(f"{max(map(len, tables)):,} draws or resamples; the limit is {_MOST_DRAWS}")
    columns = 1 + sum(map(len, tables))
    if min(subsets, MAX_EXPANSION) * columns > _MOST_DERIVED_CELLS and columns > 1:
        raise StoreError(f"too many draws or resamples for {len(orders):,} terms")


def _read_report(report: Any) -> Faithfulness:
    r2 = as_number(report["r2"])
    low, high = as_number(report.get("low", r2)), as_number(report.get("high", r2))
    if not low <= r2 <= high or r2 > 1.0 + _ROUNDING:
        raise StoreError("an R² in the run file is above 1, or outside of its own interval")
    ceiling = {name: as_number(report[name]) for name in _CEILING if report.get(name) is not None}
    if not all(0.0 <= value <= 1.0 for value in ceiling.values()):
        raise StoreError("the ceiling of R² in the run file is not between 0 and 1")
    if not ceiling.get("ceiling_low", 0.0) <= ceiling.get("ceiling", 0.0) <= ceiling.get("ceiling_high", 1.0):
        raise StoreError("the ceiling of R² in the run file is outside of its own interval")
    return Faithfulness(
        r2,
        low,
        high,
        as_count(report["n_test"]),
        as_count(report.get("n_crossed", 0)),
        **ceiling,
    )


def _read_draws(rows: Any, supports: list[Support], spectrum: Spectrum) -> FloatArray:
    """Drawn coefficients in the order of the canonically sorted spectrum."""
    if len(rows) * len(supports) > 1_000_000:
        raise StoreError("too many draws or resamples")
    if any(len(row) != len(supports) for row in rows):
        raise StoreError("draws and spectrum differ in length")
    table = np.array([[as_number(value) for value in row] for row in rows]).reshape(len(rows), len(supports))
    column = {support: position for position, support in enumerate(supports)}
    return table[:, [column[support] for support in spectrum.supports]] if len(supports) else table


def _read_model(document: dict[str, Any]) -> ModelSpec | None:
    if document.get("model") is None:
        return None
    options = {as_text(key): as_text(value) for key, value in document.get("model_options", {}).items()}
    return ModelSpec(as_name(document["model"]), options)


def _read_source(document: dict[str, Any], n_features: int) -> Source | None:
    kinds = [kind for kind in SOURCES if document.get(kind) is not None]
    if len(kinds) > 1:
        raise StoreError(f"the run file holds both {' and '.join(f'a {kind}' for kind in kinds)}")
    return SOURCES[kinds[0]].read(document, n_features) if kinds else None
