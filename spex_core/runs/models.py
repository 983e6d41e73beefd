"""Loaded models of a process, and what is asked of them beside runs: a check, a speed, an answer.

Each loaded model has one lock that is first come, first served, held for one batch at a time: runs of several people
take turns, and a question asked in between waits for a batch, never for a whole run.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol, TypeAlias, TypeVar
from weakref import WeakValueDictionary

import numpy as np

from spex_core.arrays import BoolArray, Samples
from spex_core.engine.checking import call
from spex_core.errors import InputError, SpexError, StoreError
from spex_core.explanation.result import Explanation
from spex_core.fourier.masks import Known
from spex_core.inputs.base import Masker
from spex_core.models.base import Backend, Forecast, Guess, ModelSpec, check_forecast
from spex_core.models.registry import backends, check_options, load_backend
from spex_core.runs.clock import Clock
from spex_core.runs.fair_lock import FairLock
from spex_core.runs.loaded import LoadedModels, key_of
from spex_core.runs.requests import RunRequest, request_of
from spex_core.runs.run import Run

T = TypeVar("T")
Reply: TypeAlias = str | tuple[Guess, ...]

_REMEMBERED = 100
_TELLING = 50  # passes from which a run's own speed says something


class Failure(str):
    """Why there is no answer: one line that may be shown in its place."""

    __slots__ = ()


class Passes(Protocol):
    """Where paid passes are, by the name of their set function (`runs.store.keys`): a `RunStore`, a `Ledger`."""

    def samples(self, key: str, n_features: int) -> Samples:
        """Those that are there."""

    def append(self, key: str, samples: Samples) -> None:
        """Keep these."""


class Models:
    """Loads models once, shares them, and asks them things.

    Attributes:
        loaded: those that are loaded.
        clock: what runs took here beside their passes.
    """

    def __init__(self) -> None:
        self.loaded = LoadedModels(lambda spec: load_backend(spec.name, **spec.options))
        self.clock = Clock()
        self._guard = threading.Lock()
        self._locks: WeakValueDictionary[str, FairLock] = WeakValueDictionary()
        self._speeds: dict[tuple[object, ...], float | None] = {}
        self._answers: dict[tuple[object, ...], Reply | None] = {}

    def backend(self, spec: ModelSpec) -> Backend:
        """A loaded backend, shared between runs with the same name and options."""
        held, began = self.loaded.holds(spec), time.monotonic()
        found = self.loaded.get(spec)
        if not held:
            self.clock.loaded(spec.name, time.monotonic() - began)
        return found

    def lock(self, backend: Backend, question: str = "") -> FairLock:
        """The lock of the loaded model behind a backend; others with the same weights have the same.

        A server takes many calls at once, and may leave one person waiting whom it answers another: there, those who
        ask the same `question` have the same, so that a pass is paid once, and nobody else does.
        """
        if backend.remote and not question:
            return FairLock()
        with self._guard:
            name = f"{backend.fingerprint} {question}" if backend.remote else backend.fingerprint
            return self._locks.setdefault(name, FairLock())

    def check(self, explanation: Explanation, mask: BoolArray, passes: Passes | None = None) -> float:
        """What the model really says with only `mask` (n,) kept: one masked pass, or none where it is paid for.

        Args:
            explanation: of what.
            mask: features kept.
            passes: where paid passes are found, and this one is kept; none where the model is to be asked anyway.

        Raises:
            InputError: the explanation has no model or input behind it, or the mask has another length.
            ModelError: the model failed.
            StoreError: paid passes cannot be read.
        """
        source, spec = explanation.source, explanation.model
        if source is None or spec is None:
            raise InputError("this explanation has no model and input behind it, so nothing can be checked")
        mask = np.asarray(mask, dtype=bool)
        if mask.shape != (explanation.n_features,):
            raise InputError(f"mask of shape {mask.shape} does not fit {explanation.n_features} features")
        backend, request = self.backend(spec), request_of(explanation)
        masker = request.masker(backend)
        if masker.n_features != explanation.n_features:
            raise InputError("the saved run was cut into features by another version; run it again")
        with self.loaded.lease(backend):
            with self.lock(backend):
                settled = backend.settle(request.whole)
            key = request.sample_key(masker, settled)
            with self.lock(settled, key):  # who asks the same waits here, and finds it paid for
                known = Known() if passes is None else Known.of(passes.samples(key, len(mask)))
                [value] = known.look_up(mask[None]).tolist()
                if np.isnan(value):
                    none = Samples.empty(len(mask))
                    [value] = call(settled.value_function(masker), mask[None], lambda: none).tolist()
                    if passes is not None:
                        with suppress(StoreError):  # it is paid for, and may be shown; `Ledger` writes it later
                            passes.append(key, Samples(mask[None], np.array([value])))
        return float(value)

    def speed(self, request: RunRequest) -> float | None:
        """Masked passes per second for a request; None while unknown (measured in the background).

        A model that is not built in (its `forecast` is not None) is not loaded for this: until it is, its own
        forecast stands.
        """
        key = self._speed_key(request)
        if key is None:
            return None
        with self._guard:
            if key in self._speeds:
                return self._speeds[key]
            self._speeds[key] = None
        threading.Thread(target=self._measure, args=(key, request), daemon=True).start()
        return None

    def known_speed(self, request: RunRequest) -> float | None:
        """`speed` as far as it is known, without measuring anything."""
        key = self._speed_key(request)
        with self._guard:
            return None if key is None else self._speeds.get(key)

    def learn(self, run: Run, explanation: Explanation) -> None:
        """What is said of the next run like this one is what this one took, where it paid for its passes itself."""
        made, seconds = explanation.evaluations, explanation.seconds_model
        key = self._speed_key(run.request)
        if key is None or run.paid < max(_TELLING, made) or seconds <= 0:
            return
        with self._guard:
            self._speeds[key] = made / seconds
        self.clock.fitted(explanation.n_features, made, explanation.estimator, explanation.seconds_decode)

    def _speed_key(self, request: RunRequest) -> tuple[object, ...] | None:
        try:
            return (*key_of(request.model), *request.size_key(), self.loaded.holds(request.model))
        except SpexError:
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
        return self._with_backend(request, lambda backend: backend.reply(request.whole))

    def ask(self, request: RunRequest, again: bool = False) -> str | None:
        """`answer` without waiting: None while a background thread works on it, then the reply.

        A model that does not speak gives "", and what went wrong is a `Failure`. `again` forgets an earlier answer.
        """
        found = self._later("says", request, lambda: self.answer(request) or "", again)
        assert found is None or isinstance(found, str)
        return found

    def see(self, request: RunRequest, again: bool = False) -> tuple[Guess, ...] | Failure | None:
        """What the model takes the unmasked input for, without waiting: see `ask`; () where it names nothing."""

        def work() -> tuple[Guess, ...]:
            return self._with_backend(request, lambda backend: backend.guesses(request.whole)) or ()

        found = self._later("sees", request, work, again)
        assert found is None or isinstance(found, tuple | Failure)
        return found

    def _with_backend(self, request: RunRequest, ask: Callable[[Backend], T]) -> T:
        self.refuse_impossible(request)
        backend = self.backend(request.model)
        request.masker(backend)  # refuses an input that this model does not read
        with self.loaded.lease(backend), self.lock(backend):
            return ask(backend)

    def _later(
        self, what: str, request: RunRequest, work: Callable[[], Reply], again: bool
    ) -> str | tuple[Guess, ...] | None:
        """What `work` returns, None while a background thread works on it; what went wrong is a `Failure`."""
        try:
            key = (what, *key_of(request.model), *request.asked_key())
        except SpexError as error:
            return Failure(error)
        with self._guard:
            if key in self._answers and not (again and self._answers[key] is not None):
                return self._answers[key]
            self._answers[key] = None
            for old in [k for k, reply in self._answers.items() if reply is not None][:-_REMEMBERED]:
                del self._answers[old]
        threading.Thread(target=self._answer_later, args=(key, work), daemon=True).start()
        return None

    def refuse_impossible(self, request: RunRequest) -> Forecast | None:
        """Refuse a model that is not loaded yet and known not to fit this machine, idle models unloaded.

        Returns:
            What loading it takes, None where that is nothing to speak of.

        Raises:
            InputError: see `models.base.check_forecast`.
        """
        if self.loaded.holds(request.model):
            return None
        forecast = self.forecast(request)
        try:
            check_forecast(request.model.name, forecast)
        except InputError:
            if (forecast is not None and forecast.problem) or not self.loaded.drop_idle():
                raise
            forecast = self.forecast(request)
            check_forecast(request.model.name, forecast)
        return forecast

    def _answer_later(self, key: tuple[object, ...], work: Callable[[], Reply]) -> None:
        reply: Reply
        try:
            reply = work()
        except SpexError as error:
            reply = Failure(error)
        except Exception as error:  # the page must be told, whatever it was
            reply = Failure(f"unexpected {type(error).__name__}: {error}")
        with self._guard:
            self._answers[key] = reply

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
        with suppress(RuntimeError):  # likewise: libraries refuse to begin while the process ends
            _load_fitting_libraries()

    def _speed(self, request: RunRequest) -> float | None:
        forecast = self.forecast(request)
        if forecast is not None and (forecast.device == "endpoint" or not self.loaded.holds(request.model)):
            return forecast.passes_per_second  # a trial would load the model, or cost money
        backend = self.backend(request.model)
        with self.loaded.lease(backend), self.lock(backend):
            return passes_per_second(backend, request.masker(backend))


def _load_fitting_libraries() -> None:
    """Import what the fits need while nobody waits; the first fit would otherwise pay for it."""
    import lightgbm  # noqa: F401
    import scipy.linalg
    import scipy.optimize  # noqa: F401


_PROBE_SECONDS = 0.4


def passes_per_second(backend: Backend, masker: Masker) -> float:
    """Measure how fast `backend` scores uniform masks of `masker`'s input.

    One warm-up call, then calls of the run's own batch size until about 0.4 s have passed.
    """
    function = backend.value_function(masker)
    rng = np.random.default_rng(0)
    size = min(backend.batch_size(masker), 64)
    masks = rng.random((size, masker.n_features)) < 0.5
    function(masks[: max(1, size // 8)])
    done, began = 0, time.perf_counter()
    while (elapsed := time.perf_counter() - began) < _PROBE_SECONDS:
        function(masks)
        done += size
    return done / elapsed
