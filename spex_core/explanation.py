"""The result of a run: a spectrum, how far to trust it, what it cost, and how to read it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from spex_core import conversions
from spex_core.arrays import BoolArray, FloatArray, Support
from spex_core.errors import InputError, StoreError
from spex_core.faithfulness import Faithfulness
from spex_core.protocols import ModelSpec
from spex_core.spectrum import Spectrum, check_masks

SCHEMA = "spex-explanation/1"
MAX_FEATURES = 1024
MAX_TERMS = 100_000
MAX_JSON_BYTES = 64_000_000


@dataclass(frozen=True)
class Interaction:
    """One interaction: the features that act together and by how much.

    Attributes:
        features: sorted feature positions.
        value: in the unit of the model's output.
        low: smallest value over refits on resampled passes, None where there are none.
        high: largest such value.
    """

    features: Support
    value: float
    low: float | None = None
    high: float | None = None

    @property
    def order(self) -> int:
        """Number of features."""
        return len(self.features)


@dataclass(frozen=True)
class TextSource:
    """The text behind a run: enough to draw it and to ask the model again.

    Attributes:
        text: the whole input, unchanged.
        spans: (start, end) character positions of each feature in `text`.
        unit: "token", "word", "sentence" or "paragraph".
        masking: how hidden features are replaced, "unk" or "removal".
    """

    text: str
    spans: tuple[tuple[int, int], ...]
    unit: str
    masking: str


@dataclass(frozen=True, eq=False)
class Explanation:
    """What a run found, with everything needed to judge, draw, save and reopen it.

    Attributes:
        features: label of each feature, in order; identity is the position.
        spectrum: the sparse spectrum that is listed and drawn.
        resamples: (B, k) coefficients refitted on resampled passes, columns as `spectrum.supports`.
        output_full: the model's value with everything kept.
        output_empty: its value with everything hidden.
        faithfulness_report: held-out R² with its interval.
        estimator: the estimator that produced the spectrum.
        requested_estimator: what was asked for ("auto" or a name).
        budget: most passes allowed.
        evaluations: passes really spent, all included.
        max_order: largest order searched.
        seed: the seed.
        seconds_model: wall time inside the model.
        seconds_decode: wall time of everything else.
        notes: sentences a person should read (a choice made, a run stopped early, ...).
        complete: False for an early estimate or a run stopped before its plan was done.
        model: which backend, None for a bare value function.
        value_unit: unit of the output, e.g. "log-odds".
        toward: what a falling and a rising value mean in words.
        source: the input, None for a bare value function.
    """

    features: tuple[str, ...]
    spectrum: Spectrum
    resamples: FloatArray
    output_full: float
    output_empty: float
    faithfulness_report: Faithfulness
    estimator: str
    requested_estimator: str
    budget: int
    evaluations: int
    max_order: int
    seed: int
    seconds_model: float = 0.0
    seconds_decode: float = 0.0
    notes: tuple[str, ...] = ()
    complete: bool = True
    model: ModelSpec | None = None
    value_unit: str = "score"
    toward: tuple[str, str] = ("lower", "higher")
    source: TextSource | None = None
    _cache: dict[Any, list[Interaction]] = field(default_factory=dict, repr=False)

    @property
    def n_features(self) -> int:
        """Number of features."""
        return len(self.features)

    @property
    def faithfulness(self) -> float:
        """R² on masks that no fit has seen (see `faithfulness_report` for its interval); never NaN."""
        return self.faithfulness_report.r2

    def predict(self, masks: BoolArray) -> FloatArray:
        """What the spectrum predicts on (m, n) masks, True = kept: (m,) float64.

        Raises:
            ValueError: the masks do not have n columns.
        """
        return self.spectrum.predict(check_masks(masks, self.n_features))

    def interactions(self, index: str = "FBII", order: int | None = None) -> list[Interaction]:
        """Interactions under an index, strongest first; an exact conversion, no model call.

        Args:
            index: "Fourier", "Moebius", "SV", "BV", "SII", "BII", "STII", "FSII" or "FBII"
                (upper or lower case; see `spex_core.conversions` for definitions and sources).
            order: largest interaction order; for STII, FSII and FBII also the order of the index.
                Default: the largest order in the spectrum.

        Raises:
            InputError: unknown index or an order below 1.
            ExpansionError: the conversion would pass its stated cap.
        """
        key = (conversions.canonical(index), order)
        if key not in self._cache:
            self._cache[key] = self._convert(*key)
        return list(self._cache[key])

    def _convert(self, index: str, order: int | None) -> list[Interaction]:
        columns = np.concatenate([self.spectrum.coefficients[:, None], self.resamples.T], axis=1)
        supports, values = conversions.convert(self.n_features, self.spectrum.supports, columns, index, order)
        keep = [row for row, support in enumerate(supports) if support]
        ranked = sorted(keep, key=lambda row: (-abs(values[row, 0]), len(supports[row]), supports[row]))
        low, high = (values[:, 1:].min(axis=1), values[:, 1:].max(axis=1)) if len(self.resamples) else (None, None)
        return [
            Interaction(
                supports[row],
                float(values[row, 0]),
                None if low is None else float(min(low[row], values[row, 0])),
                None if high is None else float(max(high[row], values[row, 0])),
            )
            for row in ranked
        ]

    def stability(self, index: str = "FBII", top: int = 10) -> tuple[int, int] | None:
        """(kept, of): how many of the `top` interactions of order >= 2 stay among the `top` on average
        over resamples, rounded; None where nothing was resampled or no such interaction exists."""
        supports, values = conversions.convert(
            self.n_features,
            self.spectrum.supports,
            np.concatenate([self.spectrum.coefficients[:, None], self.resamples.T], axis=1),
            conversions.canonical(index),
            None,
        )
        joint = np.array([row for row, s in enumerate(supports) if len(s) >= 2], dtype=np.int64)
        top = min(top, len(joint))
        if top == 0 or len(self.resamples) == 0:
            return None
        sizes = np.abs(values[joint])
        leading = [set(np.argsort(-sizes[:, column], kind="stable")[:top].tolist()) for column in range(sizes.shape[1])]
        kept = np.mean([len(leading[0] & other) for other in leading[1:]])
        return int(round(float(kept))), top

    def to_json(self) -> str:
        """The explanation as JSON text: data only, schema "spex-explanation/1"; ends in a newline."""
        report = self.faithfulness_report
        document = {
            "schema": SCHEMA,
            "features": list(self.features),
            "spectrum": [
                {"features": list(support), "coefficient": value}
                for support, value in zip(self.spectrum.supports, self.spectrum.coefficients.tolist(), strict=True)
            ],
            "resamples": self.resamples.tolist(),
            "output": {
                "full": self.output_full,
                "empty": self.output_empty,
                "unit": self.value_unit,
                "toward": list(self.toward),
            },
            "faithfulness": {"r2": report.r2, "low": report.low, "high": report.high, "n_test": report.n_test},
            "model": None if self.model is None else self.model.name,
            "model_options": {} if self.model is None else dict(self.model.options),
            "unit": None if self.source is None else self.source.unit,
            "masking": None if self.source is None else self.source.masking,
            "text": None if self.source is None else self.source.text,
            "spans": None if self.source is None else [list(span) for span in self.source.spans],
            "estimator": self.estimator,
            "requested_estimator": self.requested_estimator,
            "budget": self.budget,
            "evaluations": self.evaluations,
            "max_order": self.max_order,
            "seed": self.seed,
            "seconds": {"model": self.seconds_model, "decode": self.seconds_decode},
            "notes": list(self.notes),
            "complete": self.complete,
        }
        return json.dumps(document, ensure_ascii=False, allow_nan=False) + "\n"

    @staticmethod
    def from_json(text: str) -> Explanation:
        """Read `to_json` output. The text is treated as data: checked, bounded, never executed.

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
        except (InputError, KeyError, IndexError, TypeError, ValueError, OverflowError, RecursionError) as error:
            raise StoreError(f"not a readable SPEX run: {type(error).__name__}: {error}") from error


def _refuse_constant(name: str) -> float:
    raise StoreError(f"the run file holds {name}, which no run can contain")


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise StoreError(f"expected a number, found {type(value).__name__}")
    result = float(value)
    if not np.isfinite(result):
        raise StoreError("the run file holds a number that is not finite")
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


def _read(document: Any) -> Explanation:
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        found = document.get("schema") if isinstance(document, dict) else None
        raise StoreError(f"schema {found!r} is not {SCHEMA!r}")
    features = _strings(document["features"])
    terms = document["spectrum"]
    if not 1 <= len(features) <= MAX_FEATURES:
        raise StoreError(f"{len(features)} features; a run has 1 to {MAX_FEATURES}")
    if len(terms) > MAX_TERMS:
        raise StoreError(f"{len(terms)} spectrum terms; the limit is {MAX_TERMS}")
    supports = [tuple(_count(position) for position in term["features"]) for term in terms]
    coefficients = [_number(term["coefficient"]) for term in terms]
    spectrum = Spectrum.from_terms(len(features), supports, coefficients)
    resamples = _read_resamples(document.get("resamples", []), supports, spectrum)
    output, report = document["output"], document["faithfulness"]
    toward = _strings(output.get("toward", ("lower", "higher")))
    return Explanation(
        features=features,
        spectrum=spectrum,
        resamples=resamples,
        output_full=_number(output["full"]),
        output_empty=_number(output["empty"]),
        faithfulness_report=Faithfulness(
            _number(report["r2"]),
            _number(report.get("low", report["r2"])),
            _number(report.get("high", report["r2"])),
            _count(report["n_test"]),
        ),
        estimator=_text(document["estimator"]),
        requested_estimator=_text(document.get("requested_estimator", document["estimator"])),
        budget=_count(document["budget"]),
        evaluations=_count(document["evaluations"]),
        max_order=_count(document.get("max_order", spectrum.max_order)),
        seed=_count(document["seed"]),
        seconds_model=_number(document["seconds"]["model"]),
        seconds_decode=_number(document["seconds"]["decode"]),
        notes=_strings(document.get("notes", ())),
        complete=bool(document.get("complete", True)),
        model=_read_model(document),
        value_unit=_text(output.get("unit", "score")),
        toward=(toward[0], toward[1]),
        source=_read_source(document, len(features)),
    )


def _read_resamples(rows: Any, supports: list[Support], spectrum: Spectrum) -> FloatArray:
    """Resampled coefficients in the order of the canonically sorted spectrum."""
    if len(rows) * len(supports) > 10 * MAX_TERMS:
        raise StoreError("too many resampled coefficients")
    if any(len(row) != len(supports) for row in rows):
        raise StoreError("resamples and spectrum differ in length")
    table = np.array([[_number(value) for value in row] for row in rows]).reshape(len(rows), len(supports))
    column = {support: position for position, support in enumerate(supports)}
    return table[:, [column[support] for support in spectrum.supports]] if len(supports) else table


def _read_model(document: dict[str, Any]) -> ModelSpec | None:
    if document.get("model") is None:
        return None
    options = {_text(key): _text(value) for key, value in document.get("model_options", {}).items()}
    return ModelSpec(_text(document["model"]), options)


def _read_source(document: dict[str, Any], n_features: int) -> TextSource | None:
    if document.get("text") is None:
        return None
    text = _text(document["text"])
    spans = tuple((_count(start), _count(end)) for start, end in document["spans"])
    edges = [edge for span in spans for edge in span]
    if len(spans) != n_features or edges != sorted(edges) or (edges and not 0 <= edges[0] <= edges[-1] <= len(text)):
        raise StoreError("the feature spans do not fit the text")
    return TextSource(text, spans, _text(document["unit"]), _text(document["masking"]))
