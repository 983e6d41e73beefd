"""How long a person waits for a run beside its passes: until it begins, until the model is loaded, until it is fitted.

What is expected before anything is known is a rough rule; what runs of this process really took corrects it.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Sequence

from spex_core.runs.queue import WORKERS
from spex_core.runs.run import Run

_START = 0.8  # s of any fit
_EACH = 0.3  # s more for each thousand passes, at 30 features
_FEATURES = 30
_EXACT = 0.2  # s where every mask was evaluated
_FACTORS = (0.1, 50.0)  # slower or faster than the rule no machine is taken to be
_NEW = 0.5  # weight of the latest run against those before it


class Clock:
    """What runs took here; shared by threads."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._factor = 1.0
        self._known = False
        self._loads: dict[str, float] = {}

    def fit(self, n_features: int, passes: int, estimator: str) -> float:
        """Seconds that fitting takes, from the last pass to the result.

        Args:
            n_features: how many features there are.
            passes: masked passes that are fitted.
            estimator: the one that runs, "auto" resolved.
        """
        with self._guard:
            return self._factor * _rule(n_features, passes, estimator)

    def fitted(self, n_features: int, passes: int, estimator: str, seconds: float) -> None:
        """Learn from a run that is over: its fit and early estimates took `seconds`."""
        ratio = min(max(seconds / _rule(n_features, passes, estimator), _FACTORS[0]), _FACTORS[1])
        with self._guard:
            weight = _NEW if self._known else 1.0
            self._factor = math.exp((1 - weight) * math.log(self._factor) + weight * math.log(ratio))
            self._known = True

    def load(self, model: str) -> float:
        """Seconds that loading a model of this name took last, 0.0 where it was not loaded yet."""
        with self._guard:
            return self._loads.get(model, 0.0)

    def loaded(self, model: str, seconds: float) -> None:
        """Learn how long loading a model took."""
        with self._guard:
            self._loads[model] = seconds


def ahead(runs: Sequence[Run], run: Run | None = None) -> float:
    """Seconds until a run has its turn: 0.0 while there is a free place, and as far as those before it know.

    Args:
        runs: those of this process.
        run: which one waits; a new one where None.
    """
    before = [other for other in runs if other.live and other is not run]
    if run is not None:
        before = [other for other in before if other.started_at < run.started_at]
    left = [other.progress.seconds_left or 0.0 for other in before if other.progress is not None]
    return sum(left) / WORKERS if len(before) >= WORKERS else 0.0


def _rule(n_features: int, passes: int, estimator: str) -> float:
    if estimator == "exact":
        return _EXACT
    return _START + _EACH * passes / 1000 * math.sqrt(max(n_features, 1) / _FEATURES)
