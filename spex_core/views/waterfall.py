"""The waterfall: from the output with everything hidden to the answer, step by step, so that the steps add up.

Most indices do not add up to anything a person can see. Faith-Shapley values do, at every order: those of all features
and groups together are the full prediction with everything kept minus that with everything hidden (Tsai, Yeh and
Ravikumar, JMLR 24, 2023, theorem 19). They are taken of the full prediction, of single features and pairs.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from spex_core.arrays import FloatArray, Support
from spex_core.explanation.result import Explanation
from spex_core.fourier.conversions import convert
from spex_core.fourier.indices import info
from spex_core.fourier.spectrum import strongest_first
from spex_core.views.remembered import remembered
from spex_core.views.shown import Shown

INDEX = "FSII"
ORDER = 2
"""Pairs are the largest groups of a step: beyond, steps that cancel each other become many and large."""
MOST_STEPS = 12


def waterfall(shown: Shown, most: int = MOST_STEPS) -> dict[str, Any]:
    """Plain data of the waterfall, the same under every index; of single features alone where the order on show is 1.

    Returns:
        ``index`` (its title) and ``order``; ``start`` and ``end``, the model's own output with everything hidden and
        with nothing hidden; ``steps``, the largest that stand out from noise and are not weak, at most `most`:
        ``features`` and ``value``; ``rest``, the sum of all others, and ``others``, how many they are; ``missed``, what
        the model does beyond its prediction at both ends. ``start`` with all values added is ``end``.
    """
    explanation = shown.explanation
    order = min(ORDER, shown.order or ORDER)
    supports, values = _terms(explanation, order)
    told = Shown(explanation, INDEX, order)
    named = {i.features for i in told.found if not told.weak(i)}
    ranked = [at for at in strongest_first(values).tolist() if supports[at] in named][:most]
    start, end = explanation.output_empty, explanation.output_full
    steps = [{"features": list(supports[at]), "value": float(values[at])} for at in ranked]
    total = float(values.sum())
    return {
        "index": info(INDEX).title,
        "order": order,
        "start": start,
        "end": end,
        "steps": steps,
        "rest": total - float(values[ranked].sum()),
        "others": int(np.count_nonzero(values)) - len(steps),
        "missed": (end - start) - total,
    }


def _terms(explanation: Explanation, order: int) -> tuple[list[Support], FloatArray]:
    return remembered(explanation, ("waterfall", order), lambda: _converted(explanation, order))


def _converted(explanation: Explanation, order: int) -> tuple[list[Support], FloatArray]:
    spectrum = explanation.predicting
    supports, values = convert(explanation.n_features, spectrum.supports, spectrum.coefficients, INDEX, order)
    kept = [at for at, support in enumerate(supports) if support]
    return [supports[at] for at in kept], values[kept]
