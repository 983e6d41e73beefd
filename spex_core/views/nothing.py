"""What a picture says where it has nothing to draw: why that is, and what to do about it."""

from __future__ import annotations

import numpy as np

from spex_core.explanation.result import Explanation
from spex_core.fourier.faithfulness import BELOW_PRECISION, PRECISION
from spex_core.fourier.indices import info
from spex_core.fourier.significance import RULE
from spex_core.models.answers import ONLY_BOUNDS
from spex_core.views.patches import feature_noun

_FIRST_ORDER = frozenset({"banzhaf", "lime"})  # estimators of single features, unless "auto" weighed one against others
_CONSTANT = 1 - 1e-9  # R² of a prediction that never varies is 1 where the model does not vary either, else at most 0


def tested(explanation: Explanation) -> bool:
    """Whether what is listed had to be told from noise; not where every mask was evaluated."""
    return len(explanation.draws) > 0


def is_flat(explanation: Explanation) -> bool:
    """Whether the output moved by no more than rounding leaves, whatever was hidden, or was hardly seen at all; then R²
    says nothing."""
    if _unseen(explanation):
        return True
    spectrum = explanation.predicting
    floor = PRECISION * abs(spectrum.constant)
    moves = any(np.abs(spectrum.coefficients[spectrum.orders > 0]) > floor)
    alike = abs(explanation.output_full - explanation.output_empty) <= 1e-9 * max(1.0, abs(explanation.output_full))
    return alike and not moves and explanation.faithfulness >= _CONSTANT


def _unseen(explanation: Explanation) -> str:
    """What the run says where it saw bounds of its answer instead, "" where it saw the answer."""
    return next((note for note in explanation.notes if ONLY_BOUNDS in note), "")


def why_flat(explanation: Explanation) -> str:
    """The reason for `is_flat`, without a capital or a full stop."""
    if unseen := _unseen(explanation):
        return unseen
    if any(BELOW_PRECISION in note for note in explanation.notes):
        return f"the differences are {BELOW_PRECISION}"
    return f"hiding {feature_noun(explanation, 2)} did not change the output"


def looked_for_groups(explanation: Explanation) -> bool:
    """Whether groups of two or more could have been found."""
    first_order = explanation.estimator in _FIRST_ORDER and explanation.accurate is None
    return min(explanation.n_features, explanation.max_order) > 1 and not first_order


def no_effect(explanation: Explanation) -> str:
    """One sentence for a picture of effects that has none to show."""
    if is_flat(explanation):
        return f"No effect found: {why_flat(explanation)}."
    one = feature_noun(explanation)
    kinds = f"no {one.replace(' or ', ', ')} or group" if looked_for_groups(explanation) else f"no {one}"
    if not tested(explanation):
        return f"No effect found: {kinds} stood out. More passes may show some."
    return f"Nothing stands out from noise yet: {kinds} is significant {RULE}. More passes may show some."


def no_group(explanation: Explanation, order: int | None = None, index: str = "") -> str:
    """One sentence for a picture of groups that has none to show, where the view is limited to an order or not, and of
    an index that may have values of single features only."""
    one, several = feature_noun(explanation), feature_noun(explanation, 2)
    if explanation.n_features == 1:
        return f"One {one} alone makes no group."
    if is_flat(explanation):
        return no_effect(explanation)
    if not looked_for_groups(explanation):
        if explanation.max_order > 1 and explanation.requested_estimator == "auto":
            return f"With so few passes only single {several} are judged; more passes look for groups as well."
        return f"Only single effects were estimated, so {several} acting together do not show."
    if index and info(index).first_order_only:
        return f"{info(index).title}s are values of single {several}; another index shows groups."
    if order == 1:
        return f"The list is limited to single {several}; choose a larger order to see groups."
    if not tested(explanation):
        return f"No interaction was found: the {several} act separately."
    return f"No group of {several} is significant {RULE}. More passes may show some."
