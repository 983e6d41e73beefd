"""A run whose values are very large or very small, fitted in a unit of its own."""

from __future__ import annotations

from copy import copy
from dataclasses import replace

from spex_core.arrays import ANCHORS
from spex_core.engine.evaluation import Evaluation
from spex_core.explanation.result import Explanation
from spex_core.fourier.scales import divided, exponent, multiplied
from spex_core.fourier.spectrum import Spectrum


def in_ordinary_unit(evaluation: Evaluation) -> tuple[Evaluation, int]:
    """The passes with values of ordinary size, and the power of two that they were divided by; itself where they are of
    that size."""
    power = exponent(evaluation.values)
    values = divided(evaluation.values, power)
    if values is evaluation.values:
        return evaluation, 0
    ordinary = copy(evaluation)
    ordinary.values = values
    return ordinary, power


def in_models_unit(explanation: Explanation, evaluation: Evaluation, power: int) -> Explanation:
    """What was found of the ordinary passes of an evaluation, in the unit of the model again and with its own words of
    all kept and all hidden, every pass counted."""
    full, empty = (float(value) for value in evaluation.values[:ANCHORS])
    explanation = replace(explanation, output_full=full, output_empty=empty, evaluations=evaluation.made)
    if not power:
        return explanation
    accurate, resampled = explanation.accurate, explanation.resampled
    return replace(
        explanation,
        spectrum=_multiplied(explanation.spectrum, power),
        draws=multiplied(explanation.draws, power),
        accurate=None if accurate is None else _multiplied(accurate, power),
        resampled=None if resampled is None else multiplied(resampled, power),
    )


def _multiplied(spectrum: Spectrum, power: int) -> Spectrum:
    return Spectrum(spectrum.n_features, spectrum.supports, multiplied(spectrum.coefficients, power))
