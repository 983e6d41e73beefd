"""An explanation as JSON: written in full, read as data only.

Reading trusts nothing: sizes are bounded before anything is built, numbers must be finite, positions must
exist, and whatever is wrong is one `StoreError`.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from spex_core.arrays import FloatArray, Support
from spex_core.errors import InputError, StoreError
from spex_core.explanation.sources import PictureSource, Source, TextSource
from spex_core.fourier.faithfulness import Faithfulness
from spex_core.fourier.spectrum import Spectrum
from spex_core.inputs.base import MAX_FEATURES
from spex_core.inputs.pictures import MASKINGS, MAX_STORED_BYTES, check_grid, check_png
from spex_core.models.base import ModelSpec

SCHEMA = "spex-explanation/1"
MAX_TERMS = 100_000
MAX_JSON_BYTES = 64_000_000
LARGEST = 1e100  # what is squared and added up later stays finite


def dump(fields: Mapping[str, Any]) -> str:
    """JSON text of an `Explanation`'s fields, ending in a newline."""
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
    return json.dumps(document, allow_nan=False) + "\n"


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
    }


def _dump_source(source: Source | None) -> dict[str, Any]:
    if source is None:
        return {"unit": None, "masking": None, "text": None, "spans": None}
    known = {"unit": source.unit, "masking": source.masking}
    if isinstance(source, TextSource):
        return {**known, "text": source.text, "spans": [list(span) for span in source.spans]}
    return {
        **known,
        "picture": base64.b64encode(source.picture).decode("ascii"),
        "grid": list(source.grid),
        "question": source.question,
        "question_spans": [list(span) for span in source.spans],
    }


def load(text: str) -> dict[str, Any]:
    """The fields of the `Explanation` that `dump` wrote.

    Raises:
        StoreError: not JSON, another schema, a missing field, NaN, a position out of range, or too large.
    """
    if len(text) > MAX_JSON_BYTES:
        raise StoreError(f"the run file has {len(text)} characters; the limit is {MAX_JSON_BYTES}")
    try:
        document = json.loads(text, parse_constant=_refuse_constant)
        return _read(document)
    except StoreError:
        raise
    except (AttributeError, InputError, LookupError, TypeError, ValueError, OverflowError, RecursionError) as error:
        raise StoreError(f"not a readable SPEX run: {type(error).__name__}: {error}") from error


def _refuse_constant(name: str) -> float:
    raise StoreError(f"the run file holds {name}, which no run can contain")


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise StoreError(f"expected a number, found {type(value).__name__}")
    result = float(value)
    if not abs(result) <= LARGEST:
        raise StoreError(f"the run file holds a number that is not finite, or above {LARGEST:g}")
    return result


def _count(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise StoreError(f"expected a whole number, found {type(value).__name__}")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise StoreError(f"expected text, found {type(value).__name__}")
    return value


def _strings(values: Sequence[Any]) -> tuple[str, ...]:
    return tuple(_text(value) for value in values)


def _read(document: Any) -> dict[str, Any]:
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        found = document.get("schema") if isinstance(document, dict) else None
        raise StoreError(f"schema {found!r} is not {SCHEMA!r}")
    features = _strings(document["features"])
    if not 1 <= len(features) <= MAX_FEATURES:
        raise StoreError(f"{len(features)} features; a run has 1 to {MAX_FEATURES}")
    supports, spectrum = _read_terms(document["spectrum"], len(features))
    draws = _read_draws(document.get("draws", []), supports, spectrum)
    accurate, listed = document.get("accurate"), document.get("listed_faithfulness")
    stability = document.get("stability")
    output = document["output"]
    toward = _strings(output.get("toward", ("lower", "higher")))
    return {
        "features": features,
        "spectrum": spectrum,
        "draws": draws,
        "output_full": _number(output["full"]),
        "output_empty": _number(output["empty"]),
        "faithfulness_report": _read_report(document["faithfulness"]),
        "estimator": _text(document["estimator"]),
        "requested_estimator": _text(document.get("requested_estimator", document["estimator"])),
        "budget": _count(document["budget"]),
        "evaluations": _count(document["evaluations"]),
        "max_order": _count(document.get("max_order", spectrum.max_order)),
        "seed": _count(document["seed"]),
        "seconds_model": _number(document["seconds"]["model"]),
        "seconds_decode": _number(document["seconds"]["decode"]),
        "notes": _strings(document.get("notes", ())),
        "complete": bool(document.get("complete", True)),
        "model": _read_model(document),
        "value_unit": _text(output.get("unit", "score")),
        "toward": (toward[0], toward[1]),
        "source": _read_source(document, len(features)),
        "accurate": None if accurate is None else _read_terms(accurate, len(features))[1],
        "listed_report": None if listed is None else _read_report(listed),
        "resampled": None if stability is None else _read_draws(stability["resampled"], supports, spectrum),
    }


def _read_terms(terms: Any, n_features: int) -> tuple[list[Support], Spectrum]:
    """Supports in the order of the file, and the spectrum in its own."""
    if len(terms) > MAX_TERMS:
        raise StoreError(f"{len(terms)} spectrum terms; the limit is {MAX_TERMS}")
    supports = [tuple(_count(position) for position in term["features"]) for term in terms]
    return supports, Spectrum.from_terms(n_features, supports, [_number(term["coefficient"]) for term in terms])


def _read_report(report: Any) -> Faithfulness:
    return Faithfulness(
        _number(report["r2"]),
        _number(report.get("low", report["r2"])),
        _number(report.get("high", report["r2"])),
        _count(report["n_test"]),
        _count(report.get("n_crossed", 0)),
    )


def _read_draws(rows: Any, supports: list[Support], spectrum: Spectrum) -> FloatArray:
    """Drawn coefficients in the order of the canonically sorted spectrum."""
    if len(rows) * len(supports) > 10 * MAX_TERMS:
        raise StoreError("too many draws or resamples")
    if any(len(row) != len(supports) for row in rows):
        raise StoreError("draws and spectrum differ in length")
    table = np.array([[_number(value) for value in row] for row in rows]).reshape(len(rows), len(supports))
    column = {support: position for position, support in enumerate(supports)}
    return table[:, [column[support] for support in spectrum.supports]] if len(supports) else table


def _read_model(document: dict[str, Any]) -> ModelSpec | None:
    if document.get("model") is None:
        return None
    options = {_text(key): _text(value) for key, value in document.get("model_options", {}).items()}
    return ModelSpec(_text(document["model"]), options)


def _read_source(document: dict[str, Any], n_features: int) -> Source | None:
    if document.get("picture") is not None:
        return _read_picture(document, n_features)
    if document.get("text") is None:
        return None
    text = _text(document["text"])
    spans = _read_spans(document["spans"], text)
    if len(spans) != n_features:
        raise StoreError("the feature spans do not fit the features")
    return TextSource(text, spans, _text(document["unit"]), _text(document["masking"]))


def _read_picture(document: dict[str, Any], n_features: int) -> PictureSource:
    """A picture whose header was read and whose pixels were not."""
    if document.get("text") is not None:
        raise StoreError("the run file holds both a text and a picture")
    unit, masking = _text(document["unit"]), _text(document["masking"])
    if unit != PictureSource.unit or masking not in MASKINGS:
        raise StoreError(f"unit {unit!r} with masking {masking!r} does not belong to a picture")
    encoded = _text(document["picture"])
    if len(encoded) > MAX_STORED_BYTES * 4 // 3 + 4:
        raise StoreError(f"the picture in the run file is larger than {MAX_STORED_BYTES / 1e6:.0f} MB, the limit")
    picture = base64.b64decode(encoded, validate=True)
    size = check_png(picture)
    grid = check_grid([_count(number) for number in document["grid"]], size)
    question = _text(document["question"])
    spans = _read_spans(document["question_spans"], question)
    if grid[0] * grid[1] + len(spans) != n_features:
        raise StoreError(f"a grid of {grid[0]} x {grid[1]} and {len(spans)} words do not make {n_features} features")
    return PictureSource(picture, grid, masking, question, spans)


def _read_spans(values: Any, text: str) -> tuple[tuple[int, int], ...]:
    """Ordered, disjoint spans inside `text`."""
    spans = tuple((_count(start), _count(end)) for start, end in values)
    edges = [edge for span in spans for edge in span]
    if edges != sorted(edges) or (edges and not 0 <= edges[0] <= edges[-1] <= len(text)):
        raise StoreError("the feature spans do not fit the text")
    return spans
