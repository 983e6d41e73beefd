"""Run managers that pages are tested with: they begin nothing, and remember what they were asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

import numpy as np

from spex_core.arrays import Samples
from spex_core.errors import InputError
from spex_core.explanation.result import Explanation
from spex_core.models.base import ModelSpec
from spex_core.runs.clock import Clock
from spex_core.runs.manager import RunManager
from spex_core.runs.models import Models
from spex_core.runs.requests import RunRequest
from spex_core.runs.run import Run
from spex_core.runs.store.run_store import RunStore


class OneRun:
    """Knows one run, starts none, measures nothing."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.models = self.loaded = self  # it answers for the models too
        self.clock = Clock()
        self.store = SimpleNamespace(notes=SimpleNamespace(of=lambda run_id: {}))
        self.started: list[RunRequest] = []
        self.resumed: list[str] = []
        self.extended: list[tuple[str, int]] = []
        self.full = False

    def get(self, run_id: str) -> Run | None:
        return self.run if run_id == self.run.id else None

    def start(self, request: RunRequest, person: str) -> Run:
        if self.full:
            raise InputError("the line is full")
        assert person
        self.started.append(request)
        return self.run

    def resume(self, run_id: str, person: str, secrets: dict[str, str]) -> Run:
        if self.full:
            raise InputError("the line is full")
        assert person
        self.resumed.append(run_id)
        return self.run

    def extend(self, run_id: str, budget: int, person: str, secrets: dict[str, str]) -> Run:
        self.extended.append((run_id, budget))
        return self.run

    def knows_passes_of(self, run_id: str) -> bool:
        return True

    def list(self) -> list[Run]:
        return [self.run]

    def speed(self, request: RunRequest) -> float | None:
        return 123.0

    def known_speed(self, request: RunRequest) -> float | None:
        return 123.0

    def holds(self, model: ModelSpec) -> bool:
        return True

    def forecast(self, request: RunRequest) -> None:
        return None

    def ask(self, request: RunRequest) -> str:
        return "I <b>know</b>."


class StillModels(Models):
    """Loads and measures nothing; `value` is what the model says about masks (m, n), and `asked` those checked."""

    def __init__(self, value: Callable[[np.ndarray], np.ndarray] | None) -> None:
        super().__init__()
        self.value = value
        self.asked: list[tuple[bool, ...]] = []

    def speed(self, request: RunRequest) -> float | None:
        return 100.0

    def check(self, explanation: Explanation, mask: np.ndarray, passes: Any = None) -> float:
        assert self.value is not None, "no model stands behind the runs of this test"
        self.asked.append(tuple(mask.tolist()))
        return float(self.value(mask[None])[0])


class Manager(RunManager):
    """The real one over a store, but it resumes and extends nothing and loads no model.

    Args:
        store: the store.
        value: what the model says about masks (m, n), for checks.

    Attributes:
        begun: what should have been resumed or extended, and `people` for whom and with which secrets.
        asked: masks that were checked.
        refuses: why nothing may be resumed or extended, "" where it may.
        samples: passes behind runs, by id, instead of the store's.
    """

    def __init__(self, store: RunStore, value: Callable[[np.ndarray], np.ndarray] | None = None) -> None:
        still = StillModels(value)
        super().__init__(store, models=still)
        self.begun: list[tuple[Any, ...]] = []
        self.people: list[tuple[str, Mapping[str, str] | None]] = []
        self.asked = still.asked
        self.refuses = ""
        self.samples: dict[str, Samples] = {}

    def keep(self, name: str, explanation: Explanation, samples: Samples | None) -> None:
        """A run with its result, and the passes behind it."""
        self.store.save(name, explanation)
        if samples is not None:
            self.samples[name] = samples

    def resume(self, run_id: str, person: str = "", secrets: Any = None) -> Any:
        self._begin(person, secrets, "resume", run_id)

    def extend(self, run_id: str, budget: int, person: str = "", secrets: Any = None) -> Any:
        self._begin(person, secrets, "extend", run_id, budget)

    def _begin(self, person: str, secrets: Any, *what: Any) -> None:
        if self.refuses:
            raise InputError(self.refuses)
        self.begun.append(what)
        self.people.append((person, secrets))

    def paid_for(self, run_id: str, n_features: int) -> tuple[Samples, str]:
        if run_id not in self.samples:
            return super().paid_for(run_id, n_features)
        return self.samples[run_id], "key"
