"""Try it: what predicts, in a form that a browser can evaluate at once for any set of hidden features."""

from __future__ import annotations

import math
from typing import Any

from spex_core.explanation.result import Explanation

MOST_TERMS = 20_000
_FIGURES = 9  # decimal places below the largest coefficient that are sent: more would only be weight on the page


def tryit(explanation: Explanation, most: int = MOST_TERMS) -> dict[str, Any]:
    """The spectrum behind `Explanation.predict`, flattened.

    ``f(m) = constant + sum_t coefficients[t] (-1)^(kept members of term t)``, coefficients rounded far below what
    the page prints. Beyond `most` terms the strongest are kept and `dropped` says how many are missing.

    Returns:
        ``constant``; ``coefficients`` (k); ``lengths`` (k); ``members`` (sum of lengths), term after term;
        ``dropped``; ``full`` and ``empty``: what the model itself said with all and with nothing kept.
    """
    spectrum = explanation.predicting
    terms = [
        (support, value)
        for support, value in zip(spectrum.supports, spectrum.coefficients.tolist(), strict=True)
        if support
    ]
    kept = terms[:most]  # a spectrum is sorted by falling magnitude
    places = _FIGURES - math.floor(math.log10(abs(kept[0][1]))) if kept and kept[0][1] else _FIGURES
    return {
        "constant": spectrum.constant,
        "coefficients": [round(value, places) for _, value in kept],
        "lengths": [len(support) for support, _ in kept],
        "members": [position for support, _ in kept for position in support],
        "dropped": len(terms) - len(kept),
        "full": explanation.output_full,
        "empty": explanation.output_empty,
    }


def expected_error(explanation: Explanation) -> float | None:
    """Root mean square error of a prediction on a uniform unseen mask, or None where R² is too low to tell.

    From R² = 1 - MSE / variance, with the variance of a well-fitted spectrum (Parseval) being R² times that of
    the model.
    """
    r2 = explanation.faithfulness
    spectrum = explanation.predicting
    explained = float((spectrum.coefficients[spectrum.orders > 0] ** 2).sum())
    if r2 < 0.1:
        return None
    return math.sqrt(explained * max(0.0, 1.0 - r2) / r2)
