"""An output of the model as it is printed: as a probability where its unit is one in disguise, else as it is.

As assets/web/common/outputs.js, which prints the same numbers again when a person asks for log-odds.
"""

from __future__ import annotations

import math

from spex_core.models.answers import SHARE
from spex_core.views.labels import signed

TWO_WAYS = ("log-odds", "log-probability")
"""Units that can be read in two ways: as they are, and as a probability."""


def probability(value: float, unit: str) -> float | None:
    """The probability that an output stands for, of one answer against the other where there are two; None where its
    unit is none. A prediction of shares may lie a little outside of 0 to 1."""
    if unit == "log-odds":
        return 1 / (1 + math.exp(-value)) if value > -700 else 0.0
    if unit == "log-probability":
        return math.exp(min(value, 700.0))
    return value if unit in ("probability", SHARE) else None


def output_text(value: float, unit: str) -> str:
    """An output in the words that come first: "93 %", or "+43.0" where the unit is no probability."""
    found = probability(value, unit)
    return signed(value) if found is None else share(found)


def share(probability: float) -> str:
    """A probability in per cent with about two figures: "82 %", "0.35 %", "below 0.01 %"."""
    percent = 100 * probability
    if percent < 0.01:
        return "below 0.01 %"
    if percent >= 99.95:
        return "100 %" if percent >= 100 else "above 99.9 %"
    return f"{percent:.{0 if 9.95 <= percent < 99 else 1 if percent >= 0.995 else 2}f} %"
