"""Runs in worker threads: they outlive a click, a page switch and a reload, and can be cancelled."""

from __future__ import annotations

import math
import threading
import time
import uuid
from dataclasses import dataclass, field

import numpy as np

from spex_core.arrays import BoolArray
from spex_core.checking import call
from spex_core.engine import Progress, explain_text, text_masker
from spex_core.errors import InputError, SpexError, StoreError
from spex_core.explanation import Explanation
from spex_core.protocols import Backend, ModelSpec
from spex_core.registry import load_backend
from spex_core.samples import Samples
from spex_core.speed import passes_per_second
from spex_core.store import RunStore, sample_key

_REMEMBERED_RUNS = 100
_LOADED_BACKENDS = 8


@dataclass(frozen=True)
class RunRequest:
    """Everything a person chose for one run."""

    text: str
    model: ModelSpec
    unit: str = "word"
    masking: str = "unk"
    budget: int = 1000
    estimator: str = "auto"
    max_order: int = 5
    seed: int = 0


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
        return Run(run_id, _request_of(explanation), state="done", explanation=explanation)

    def list(self) -> list[Run]:
        """Runs of this process, newest first."""
        with self._guard:
            return sorted(self._runs.values(), key=lambda run: -run.started_at)

    def check(self, explanation: Explanation, mask: BoolArray) -> float:
        """What the model really says with only `mask` (n,) kept: one masked pass.

        Raises:
            InputError: the explanation has no model or text behind it, or the mask has another length.
            ModelError: the model failed.
        """
        source, spec = explanation.source, explanation.model
        if source is None or spec is None:
            raise InputError("this explanation has no model and text behind it, so nothing can be checked")
        mask = np.asarray(mask, dtype=bool)
        if mask.shape != (explanation.n_features,):
            raise InputError(f"mask of shape {mask.shape} does not fit {explanation.n_features} features")
        backend = self.backend(spec)
        masker = text_masker(source.text, backend, source.unit, source.masking)
        if masker.n_features != explanation.n_features:
            raise InputError("the saved run was cut into features by another version; run it again")
        with self._lock(backend):
            return float(call(backend.value_function(masker), mask[None], lambda: Samples.empty(len(mask)))[0])

    def speed(self, request: RunRequest) -> float | None:
        """Masked passes per second for a request; None while it is being measured in the background."""
        size = round(2 * math.log2(len(request.text) + 1))
        key = (*_spec_key(request.model), request.unit, request.masking, size)
        with self._guard:
            if key in self._speeds:
                return self._speeds[key]
            self._speeds[key] = None
        threading.Thread(target=self._measure, args=(key, request), daemon=True).start()
        return None

    def backend(self, spec: ModelSpec) -> Backend:
        """A loaded backend, shared between runs with the same name and options."""
        key = _spec_key(spec)
        with self._loading:
            backend = self._backends.pop(key, None)
            if backend is None:
                backend = load_backend(spec.name, **spec.options)
            self._backends[key] = backend
            while len(self._backends) > _LOADED_BACKENDS:
                del self._backends[next(iter(self._backends))]
        return backend

    def _measure(self, key: tuple[object, ...], request: RunRequest) -> None:
        try:
            backend = self.backend(request.model)
            with self._lock(backend):
                speed = passes_per_second(backend, text_masker(request.text, backend, request.unit, request.masking))
        except SpexError:
            with self._guard:
                del self._speeds[key]
            return
        except Exception:  # a process that is shutting down, say: the speed stays unknown, a run would tell why
            return
        with self._guard:
            self._speeds[key] = speed
        _load_fitting_libraries()

    def _lock(self, backend: Backend) -> threading.Lock:
        with self._guard:
            return self._locks.setdefault(backend.name, threading.Lock())

    def _work(self, run: Run) -> None:
        try:
            run.state = "loading"
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
        masker = text_masker(request.text, backend, request.unit, request.masking)
        key = sample_key(request.text, request.model, masker.unit, masker.masking)

        def report(progress: Progress) -> None:
            run.progress = progress
            run.preview = progress.preview or run.preview
            if progress.stage == "fit":
                run.state = "fitting"

        return explain_text(
            request.text,
            backend,
            request.unit,
            request.budget,
            request.estimator,
            request.max_order,
            request.seed,
            report,
            run._stop.is_set,
            masking=request.masking,
            known=self.store.samples(key, masker.n_features),
            on_samples=lambda samples: self.store.append(key, samples),
            previews=True,
            lock=self._lock(backend),
        )


def _load_fitting_libraries() -> None:
    """Import what the fits need while nobody waits; the first fit would otherwise pay for it."""
    import lightgbm  # noqa: F401
    import scipy.linalg
    import scipy.optimize  # noqa: F401


def _spec_key(spec: ModelSpec) -> tuple[str, tuple[tuple[str, str], ...]]:
    return spec.name, tuple(sorted(spec.options.items()))


def _request_of(explanation: Explanation) -> RunRequest:
    """The request that would repeat a stored run."""
    source, spec = explanation.source, explanation.model
    return RunRequest(
        text="" if source is None else source.text,
        model=ModelSpec("") if spec is None else spec,
        unit="word" if source is None else source.unit,
        masking="unk" if source is None else source.masking,
        budget=explanation.budget,
        estimator=explanation.requested_estimator,
        max_order=explanation.max_order,
        seed=explanation.seed,
    )
