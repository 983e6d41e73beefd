"""Groups of features in a line of a table."""

from __future__ import annotations

from collections.abc import Sequence

from spex_core.explanation.result import Explanation
from spex_core.views.labels import occurrences
from spex_core.views.patches import names

_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def group(explanation: Explanation, features: Sequence[int], most: int = 8) -> str:
    """The features' names with dots between; equal ones are told apart by which occurrence they are."""
    labels, which = names(explanation), occurrences(explanation.features)
    shown = [labels[at] + (str(which[at]).translate(_SUBSCRIPTS) if which[at] else "") for at in features[:most]]
    rest = len(features) - len(shown)
    return " · ".join(shown) + (f" and {rest} more" if rest > 0 else "")
