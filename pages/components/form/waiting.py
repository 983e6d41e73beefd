"""How long a person waits for a run, everything included: its turn, the model, the fit."""

from __future__ import annotations

from dataclasses import dataclass

from pages.components.common import session
from pages.components.common.budget import duration
from spex_core.engine.budget import Cost
from spex_core.engine.design import cost
from spex_core.errors import SpexError
from spex_core.models.base import Backend
from spex_core.models.registry import backends
from spex_core.runs.clock import ahead
from spex_core.runs.requests import RunRequest
from spex_core.runs.run import Run

_EARLY = 0.15  # early estimates may take this share of the model's time


@dataclass(frozen=True)
class Wait:
    """Seconds.

    Attributes:
        turn: until it begins.
        model: loading it and asking it.
        fit: from the last pass to the result.
    """

    turn: float
    model: float
    fit: float

    @property
    def total(self) -> float:
        """All of it."""
        return self.turn + self.model + self.fit

    @property
    def says(self) -> str:
        """What it is made of, in a few words."""
        parts = [f"model {_short(self.model)}", f"fit {_short(self.fit)}"]
        return " + ".join([f"runs before it {_short(self.turn)}", *parts] if self.turn >= 1 else parts)


def whole_wait(request: RunRequest, planned: Cost, features: int, speed: float) -> Wait:
    """For a run that is not begun; `speed` in passes per second."""
    manager = session.manager()
    model = planned.passes / speed * (1 + _EARLY) + _load(request)
    return Wait(ahead(manager.list()), model, manager.models.clock.fit(features, planned.passes, planned.estimator))


def left(run: Run, fitting_for: float = 0.0) -> Wait | None:
    """For a run that goes on; None where its speed is not known yet.

    Args:
        run: the run.
        fitting_for: seconds that it has been fitted for.
    """
    manager, request, progress = session.manager(), run.request, run.progress
    fit = max(0.0, _fit(run) - fitting_for)
    if run.state == "fitting":
        return Wait(0.0, 0.0, fit)
    if run.state == "running" and progress is not None and progress.seconds_left is not None:
        return Wait(0.0, progress.seconds_left * (1 + _EARLY), fit)
    speed = manager.models.known_speed(request)
    if not speed or run.watching:
        return None
    turn = ahead(manager.list(), run) if run.state == "queued" else 0.0
    return Wait(turn, request.budget / speed * (1 + _EARLY) + _load(request), fit)


def _fit(run: Run) -> float:
    """What the fit of a run takes, as far as its features can be counted without its model."""
    request = run.request
    features = run.preview.n_features if run.preview is not None else None
    try:
        if features is None:
            masker = request.outline(_kind(request))
            features = 64 if masker is None else masker.n_features
        planned = cost(features, request.budget, request.estimator, request.max_order)
    except SpexError:
        return 0.0
    return session.manager().models.clock.fit(features, planned.passes, planned.estimator)


def _load(request: RunRequest) -> float:
    models = session.manager().models
    return 0.0 if models.loaded.holds(request.model) else models.clock.load(request.model.name)


def _kind(request: RunRequest) -> type[Backend]:
    return backends()[request.model.name]


def _short(seconds: float) -> str:
    return duration(seconds).removeprefix("about ")
