"""Runs in worker threads: they outlive a click, a page switch and a reload, and can be cancelled."""

from __future__ import annotations

import threading
import time
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from spex_core.arrays import BoolArray
from spex_core.checking import call
from spex_core.engine import Progress, cost
from spex_core.errors import InputError, SpexError, StoreError
from spex_core.explanation import Explanation
from spex_core.memory import check_forecast
from spex_core.protocols import Backend, Forecast, ModelSpec
from spex_core.registry import backends, check_options, load_backend
from spex_core.requests import PictureRequest, RunRequest, TextRequest, request_of
from spex_core.samples import Samples
from spex_core.speed import passes_per_second
from spex_core.store import RunStore

if TYPE_CHECKING:
    pass

__all__ = ["Failure", "PictureRequest", "Run", "RunManager", "RunRequest", "TextRequest"]

_REMEMBERED_RUNS = 100
_LOADED_BACKENDS = 8


class Failure(str):
    """Why there is no answer: one line that may be shown in its place."""

    __slots__ = ()


@dataclass(eq=False)
class Run:
    """One run and where it stands; written by its worker, read by anyone.

    Attributes:
        id: name of the run, also in the store.
        state: "queued", "loading", "running", "fitting", "done", "cancelled" or "failed".
        progress: the latest progress, None before the first batch.
        preview: the latest early estimate.
        explanation: the result; after a cancel, of what was paid for.
        error: one line that may be shown, where the run failed.
    """

    id: str
    request: RunRequest
    state: str = "queued"
    progress: Progress | None = None
    preview: Explanation | None = None
    explanation: Explanation | None = None
    error: str | None = None
    started_at: float = field(default_factory=time.time)
    _stop: threading.Event = field(default_factory=threading.Event, repr=False)

    @property
    def live(self) -> bool:
        """Whether a worker still works on it."""
        return self.state in ("queued", "loading", "running", "fitting")

    def cancel(self) -> None:
        """Ask the worker to stop after the batch in hand; what is paid for is kept and explained."""
        self._stop.set()


class RunManager:
    """Starts runs, finds them again, and shares loaded models between them; one per process.

    Each backend has one lock, held for one batch at a time, so runs of several people take turns.

    Args:
        store: where results and paid samples are kept.
    """

    def __init__(self, store: RunStore | None = None) -> None:
        self.store = RunStore() if store is None else store
        self._runs: dict[str, Run] = {}
        self._guard = threading.Lock()
        self._loading = threading.Lock()
        self._backends: dict[tuple[str, tuple[tuple[str, str], ...]], Backend] = {}
        self._locks: dict[str, threading.Lock] = {}
        self._speeds: dict[tuple[object, ...], float | None] = {}
        self._answers: dict[tuple[object, ...], str | None] = {}

    def start(self, request: RunRequest) -> Run:
        """Begin a run in a worker thread and return at once."""
        run = Run(uuid.uuid4().hex[:16], request)
        with self._guard:
            self._runs[run.id] = run
            finished = [key for key, old in self._runs.items() if not old.live]
            for key in finished[: max(0, len(self._runs) - _REMEMBERED_RUNS)]:
                del self._runs[key]
        threading.Thread(target=self._work, args=(run,), name=f"run-{run.id}", daemon=True).start()
        return run

    def get(self, run_id: str) -> Run | None:
        """The run with this id, from memory or from the store; None where there is none."""
        with self._guard:
            if run_id in self._runs:
                return self._runs[run_id]
        try:
            explanation = self.store.load(run_id)
        except StoreError:
            return None
        return Run(run_id, request_of(explanation), state="done", explanation=explanation)

    def list(self) -> list[Run]:
        """Runs of this process, newest first."""
        with self._guard:
            return sorted(self._runs.values(), key=lambda run: -run.started_at)

    def check(self, explanation: Explanation, mask: BoolArray) -> float:
        """What the model really says with only `mask` (n,) kept: one masked pass.

        Raises:
            InputError: the explanation has no model or input behind it, or the mask has another length.
            ModelError: the model failed.
        """
        source, spec = explanation.source, explanation.model
        if source is None or spec is None:
            raise InputError("this explanation has no model and input behind it, so nothing can be checked")
        mask = np.asarray(mask, dtype=bool)
        if mask.shape != (explanation.n_features,):
            raise InputError(f"mask of shape {mask.shape} does not fit {explanation.n_features} features")
        backend = self.backend(spec)
        masker = request_of(explanation).masker(backend)
        if masker.n_features != explanation.n_features:
            raise InputError("the saved run was cut into features by another version; run it again")
        with self._lock(backend):
            return float(call(backend.value_function(masker), mask[None], lambda: Samples.empty(len(mask)))[0])

    def speed(self, request: RunRequest) -> float | None:
        """Masked passes per second for a request; None while unknown (measured in the background).

        A model that is not built in (its `forecast` is not None) is not loaded for this: until it is, its own
        forecast stands.
        """
        try:
            key = (*_spec_key(request.model), *request.size_key(), self._is_loaded(request.model))
        except SpexError:
            return None
        with self._guard:
            if key in self._speeds:
                return self._speeds[key]
            self._speeds[key] = None
        threading.Thread(target=self._measure, args=(key, request), daemon=True).start()
        return None

    def forecast(self, request: RunRequest) -> Forecast | None:
        """What the request's model would take on this machine; None for a built-in one.

        Raises:
            InputError: the input or an option breaks a rule.
        """
        options = dict(request.model.options)
        if request.model.name not in backends():
            return None  # `backend` says so
        kind = check_options(request.model.name, options)
        return kind.forecast(options, request.outline(kind))

    def answer(self, request: RunRequest) -> str | None:
        """What the model says about the unmasked input in its own words, None where it does not speak.

        Loads the model; call it from a worker thread.

        Raises:
            InputError: the input or the model's options break a rule, or the model does not fit this machine.
            ModelError: the model failed.
        """
        self._refuse_impossible(request)
        backend = self.backend(request.model)
        request.masker(backend)  # refuses an input that this model does not read
        with self._lock(backend):
            return backend.reply(request.whole)

    def ask(self, request: RunRequest, again: bool = False) -> str | None:
        """`answer` without waiting: None while a background thread works on it, then the reply.

        A model that does not speak gives "", and what went wrong is a `Failure`. `again` forgets an earlier answer.
        """
        try:
            key = (*_spec_key(request.model), *request.asked_key())
        except SpexError as error:
            return Failure(error)
        with self._guard:
            if key in self._answers and not (again and self._answers[key] is not None):
                return self._answers[key]
            self._answers[key] = None
            for old in [k for k, reply in self._answers.items() if reply is not None][:-_REMEMBERED_RUNS]:
                del self._answers[old]
        threading.Thread(target=self._ask, args=(key, request), daemon=True).start()
        return None

    def _ask(self, key: tuple[object, ...], request: RunRequest) -> None:
        try:
            reply = self.answer(request) or ""
        except SpexError as error:
            reply = Failure(error)
        except Exception as error:  # the page must be told, whatever it was
            reply = Failure(f"unexpected {type(error).__name__}: {error}")
        with self._guard:
            self._answers[key] = reply

    def backend(self, spec: ModelSpec) -> Backend:
        """A loaded backend, shared between runs with the same name and options."""
        key = _spec_key(spec)
        with self._loading:
            with self._guard:
                backend = self._backends.get(key)
            if backend is None:
                backend = load_backend(spec.name, **spec.options)
            return self._remember(spec, backend)

    def _remember(self, spec: ModelSpec, backend: Backend) -> Backend:
        """Keep a backend under its own name, so that asking for it later does not load it again; one that is kept
        already stays and is returned."""
        key = _spec_key(spec)
        with self._guard:
            self._backends[key] = kept = self._backends.pop(key, backend)
            while len(self._backends) > _LOADED_BACKENDS:
                del self._backends[next(iter(self._backends))]
        return kept

    def _is_loaded(self, spec: ModelSpec) -> bool:
        with self._guard:
            return _spec_key(spec) in self._backends

    def _refuse_impossible(self, request: RunRequest) -> None:
        """Raise `InputError` where the model, not loaded yet, is known not to fit this machine."""
        if not self._is_loaded(request.model):
            check_forecast(request.model.name, self.forecast(request))

    def _measure(self, key: tuple[object, ...], request: RunRequest) -> None:
        try:
            speed = self._speed(request)
        except SpexError:
            with self._guard:
                del self._speeds[key]
            return
        except Exception:  # a process that is shutting down, say: the speed stays unknown, a run would tell why
            return
        with self._guard:
            if speed is None:
                del self._speeds[key]  # it may be known later
            else:
                self._speeds[key] = speed
        _load_fitting_libraries()

    def _speed(self, request: RunRequest) -> float | None:
        forecast = self.forecast(request)
        if forecast is not None and (forecast.device == "endpoint" or not self._is_loaded(request.model)):
            return forecast.passes_per_second  # a trial would load the model, or cost money
        backend = self.backend(request.model)
        with self._lock(backend):
            return passes_per_second(backend, request.masker(backend))

    def _lock(self, backend: Backend) -> threading.Lock:
        with self._guard:
            return self._locks.setdefault(backend.name, threading.Lock())

    def _work(self, run: Run) -> None:
        try:
            run.state = "loading"
            self._refuse_impossible(run.request)
            backend = self.backend(run.request.model)
            run.state = "running"
            run.explanation = self._explain(run, backend)
            self.store.save(run.id, run.explanation)
            run.state = "done" if run.explanation.complete else "cancelled"
        except SpexError as error:
            run.error = str(error)
            run.state = "failed"
        except Exception as error:  # a worker must never die silently: the page shows this line
            run.error = f"unexpected {type(error).__name__}: {error}"
            run.state = "failed"

    def _explain(self, run: Run, backend: Backend) -> Explanation:
        request = run.request
        masker = request.masker(backend)
        lock = self._lock(backend)
        cost(masker.n_features, request.budget, request.estimator, request.max_order)  # before the model is asked
        with lock:
            backend = backend.settle(request.whole)
        settled = backend.spec or request.model
        if not any(option.secret for option in backend.options):  # nobody else may come to use somebody's key
            backend = self._remember(settled, backend)
        key = request.sample_key(masker, backend)

        def report(progress: Progress) -> None:
            run.progress = progress
            run.preview = progress.preview or run.preview
            if progress.stage == "fit":
                run.state = "fitting"

        return request.explain(
            backend,
            on_progress=report,
            should_stop=run._stop.is_set,
            known=self.store.samples(key, masker.n_features),
            on_samples=lambda samples: self.store.append(key, samples),
            previews=True,
            lock=lock,
        )


def _load_fitting_libraries() -> None:
    """Import what the fits need while nobody waits; the first fit would otherwise pay for it."""
    import lightgbm  # noqa: F401
    import scipy.linalg
    import scipy.optimize  # noqa: F401


def _spec_key(spec: ModelSpec) -> tuple[str, tuple[tuple[str, str], ...]]:
    return spec.name, tuple(sorted(spec.options.items()))
