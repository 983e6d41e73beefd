"""The result of a run: a spectrum, how far to trust it, what it cost, and how to read it."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np

from spex_core.arrays import BoolArray, FloatArray, Support, check_masks
from spex_core.explanation.codec import dump, load
from spex_core.explanation.sources import Source
from spex_core.fourier import conversions
from spex_core.fourier.faithfulness import Faithfulness
from spex_core.fourier.indices import canonical
from spex_core.fourier.scales import exponent, multiplied
from spex_core.fourier.spectrum import Spectrum, strongest_first
from spex_core.fourier.stability import STEADY, clear_of_zero, reappearances
from spex_core.models.base import ModelSpec

_ROUNDING = 1e-12  # smaller shares of the largest coefficient are what cancellation leaves behind


@dataclass(frozen=True)
class Interaction:
    """One interaction: the features that act together, by how much, and whether that is more than noise.

    Attributes:
        features: sorted feature positions.
        value: in the unit of the model's output.
        low: value minus two standard deviations over the posterior draws, None where the value is exact.
        high: value plus two.
        significant: whether it is told from zero, at a false-discovery rate of 5 % over the list it stands in
            (Benjamini and Hochberg, JRSS B 57, 1995); always where it is exact.
        reappears: in how many resamples of the rows it is listed again with the same sign (see `stability`), None
            where nothing was resampled.
    """

    features: Support
    value: float
    low: float | None = None
    high: float | None = None
    significant: bool = True
    reappears: int | None = None

    @property
    def order(self) -> int:
        """Number of features."""
        return len(self.features)


@dataclass(frozen=True, eq=False)
class Explanation:
    """What a run found, with everything needed to judge, draw, save and reopen it.

    Attributes:
        features: label of each feature, in order; identity is the position.
        spectrum: the listed spectrum: sparse, drawn, significant terms only where the estimator tests.
        draws: (B, k) posterior draws of the coefficients, columns as `spectrum.supports`; (0, k) where exact.
        output_full: the model's value with everything kept.
        output_empty: its value with everything hidden.
        faithfulness_report: R² on unseen masks of the spectrum that predicts, with its interval.
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
        accurate: the accurate spectrum, larger, which predicts; None where the listed one does.
        listed_report: R² on unseen masks of the listed spectrum; None where it is the one that predicts.
        resampled: (B, k) coefficients of resamples of the rows, columns as `spectrum.supports`, 0 where a resample
            does not list the term; None where nothing was resampled (an exact result, an older file).
    """

    features: tuple[str, ...]
    spectrum: Spectrum
    draws: FloatArray
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
    source: Source | None = None
    accurate: Spectrum | None = None
    listed_report: Faithfulness | None = None
    resampled: FloatArray | None = None
    _cache: dict[Any, list[Interaction]] = field(default_factory=dict, repr=False)

    @property
    def n_features(self) -> int:
        """Number of features."""
        return len(self.features)

    @property
    def faithfulness(self) -> float:
        """R² of `predict` on masks that no fit has seen (see `faithfulness_report` for its interval); never NaN."""
        return self.faithfulness_report.r2

    @property
    def predicting(self) -> Spectrum:
        """The spectrum behind `predict`: the accurate one, or the listed one where there is no other."""
        return self.spectrum if self.accurate is None else self.accurate

    @property
    def listed_faithfulness(self) -> float:
        """R² of the listed spectrum on masks that no fit has seen."""
        return (self.listed_report or self.faithfulness_report).r2

    @property
    def covers_all_masks(self) -> bool:
        """Whether R² was measured on all 2^n masks, so that none is unseen and nothing is estimated."""
        return self.n_features <= 20 and self.faithfulness_report.n_test == 1 << self.n_features

    def predict(self, masks: BoolArray) -> FloatArray:
        """What the accurate spectrum says on (m, n) masks, True = kept: (m,) float64. `spectrum.predict`: the listed.

        Raises:
            ValueError: the masks do not have n columns.
        """
        return self.predicting.predict(check_masks(masks, self.n_features))

    def interactions(self, index: str = "FBII", order: int | None = None) -> list[Interaction]:
        """Interactions under an index, strongest first; an exact conversion, no model call.

        Args:
            index: "Fourier", "Moebius", "SV", "BV", "SII", "BII", "STII", "FSII" or "FBII"
                (upper or lower case; see `spex_core.fourier.conversions` for definitions and sources).
            order: largest interaction order; for STII, FSII and FBII also the order of the index.
                Default: the largest order in the spectrum.

        Raises:
            InputError: unknown index or an order below 1.
            ExpansionError: the conversion would pass its stated cap.
        """
        key = (canonical(index), order)
        if key not in self._cache:
            self._cache[key] = self._convert(*key)
        return list(self._cache[key])

    def _convert(self, index: str, order: int | None) -> list[Interaction]:
        again = np.zeros((0, len(self.spectrum))) if self.resampled is None else self.resampled
        power = exponent(self.spectrum.coefficients)
        columns = np.concatenate([self.spectrum.coefficients[:, None], self.draws.T, again.T], axis=1)
        columns = multiplied(columns, -power)  # the square of a draw must neither be lost nor overflow
        supports, everything = conversions.convert(self.n_features, self.spectrum.supports, columns, index, order)
        values, resampled = np.split(everything, [1 + len(self.draws)], axis=1)
        rounding = _ROUNDING * float(np.abs(columns[:, 0]).max(initial=0.0))
        keep = [row for row, support in enumerate(supports) if support and abs(values[row, 0]) > rounding]
        ranked = [keep[at] for at in strongest_first(values[keep, 0])]  # `supports` rise: ties by size and position
        reach = 2 * values[:, 1:].std(axis=1) if len(self.draws) else None
        clear = np.ones(len(values), dtype=bool)
        if reach is not None:
            clear[ranked] = clear_of_zero(values[ranked, 0], reach[ranked])
        reaches = np.zeros(len(values)) if reach is None else reach
        counts = None if self.resampled is None else reappearances(values[:, 0], reaches, resampled, rounding)
        middle, spread = multiplied(values[:, 0], power), None if reach is None else multiplied(reach, power)
        return [
            Interaction(
                supports[row],
                float(middle[row]),
                None if spread is None else float(middle[row] - spread[row]),
                None if spread is None else float(middle[row] + spread[row]),
                bool(clear[row]),
                None if counts is None else int(counts[row]),
            )
            for row in ranked
        ]

    @property
    def resamples(self) -> int:
        """How many resamples of the rows `Interaction.reappears` counts in."""
        return 0 if self.resampled is None else len(self.resampled)

    def stability(self, index: str = "FBII", order: int | None = None, top: int = 10) -> tuple[int, int] | None:
        """(steady, of): how many of the `top` significant interactions of order >= 2 reappear in at least 80 % of the
        resamples (`stability.STEADY`); None where nothing was resampled or there is no such interaction.

        Raises:
            InputError, ExpansionError: see `interactions`.
        """
        if not self.resamples:
            return None
        joint = [i for i in self.interactions(index, order) if i.order >= 2 and i.significant][:top]
        steady = sum((i.reappears or 0) >= STEADY * self.resamples for i in joint)
        return (steady, len(joint)) if joint else None

    def to_json(self) -> str:
        """The explanation as JSON text: data only, schema "spex-explanation/1"; ends in a newline."""
        return dump({field.name: getattr(self, field.name) for field in fields(self)})

    @staticmethod
    def from_json(text: str) -> Explanation:
        """Read `to_json` output. The text is treated as data: checked, bounded, never executed.

        Raises:
            StoreError: not JSON, another schema, a missing field, NaN, a position out of range, or too large.
        """
        return Explanation(**load(text))
