"""Everything that can be compared on the same masked passes: our estimators and the baselines.

Where a baseline and an estimator share a name, it means the baseline.
"""

from __future__ import annotations

import importlib
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from spex_core.arrays import BoolArray, FloatArray, Samples, ValueFunction
from spex_core.cpu import one_blas_thread
from spex_core.engine.budget import minimum_budget
from spex_core.engine.design import stream
from spex_core.errors import InputError, closest
from spex_core.estimation.registry import as_estimator, estimators
from spex_core.fourier import faithfulness
from spex_core.fourier.faithfulness import Faithfulness
from spex_core.fourier.masks import Known
from spex_core.fourier.spectrum import Spectrum
from spex_core.trust.baseline import Baseline, baselines, quiet

if TYPE_CHECKING:
    from spex_core.trust.passes import Passes

_LOG = logging.getLogger(__name__)
_FIRST = ("lime", "kernel-shap", "banzhaf", "faith-banzhaf", "faith-shapley", "shapley-taylor", "smt")
_OURS = ("spex-hard", "spex", "proxyspex", "auto")
_UNLISTED = ("exact",)  # nothing is left to be judged on
_CUBE_FEATURES = 20
_NO_MEMORY = "There is too little memory for it here."


@dataclass(frozen=True)
class Method:
    """One way of explaining.

    Attributes:
        name: of a baseline or an estimator.
        title: as shown, the order included where there is a choice.
        order: largest order of interaction; None for the run's own.
        package: the library that does it, "" where it is our own.
    """

    name: str
    title: str
    order: int | None = None
    package: str = ""


@dataclass(frozen=True, eq=False)
class Outcome:
    """What a method made of the passes.

    Attributes:
        method: which.
        r2: on the unseen masks, the same way for every method; None where it could not run.
        seconds: wall time of the fit, loading its library not counted.
        reason: why it could not run, one plain sentence; "" where it did.
        spectrum: what predicts; None where it could not run.
        notes: sentences a person should read.
    """

    method: Method
    r2: Faithfulness | None = None
    seconds: float = 0.0
    reason: str = ""
    spectrum: Spectrum | None = None
    notes: tuple[str, ...] = ()


def methods(n_features: int, rows: int, max_order: int, names: Sequence[str] | None = None) -> list[Method]:
    """What can be compared, in the order of a table.

    A method that cannot run is among them, `run_method` says why; of a baseline's orders only the lowest of those.

    Args:
        n_features: n.
        rows: training passes.
        max_order: largest order of interaction to list.
        names: the methods wanted, with all their orders; "faith-banzhaf-2" for one order alone, whatever `max_order`
            is. None for all.

    Raises:
        InputError: no such method, or not of that order; the message lists those there are.
    """
    if names is None:
        names = [*known_methods()]
    found: list[Method] = []
    for name in names:
        kind, order = _parsed(name)
        found += [_ours(kind)] if kind not in baselines() else _of(kind, order, n_features, rows, max_order)
    return list(dict.fromkeys(found))


def known_methods() -> dict[str, str]:
    """Name -> title of everything that `methods` lists where no names are given, in the order of a table."""
    kinds = baselines()
    others = [name for name in kinds if name not in _FIRST]
    listed = {name: kinds[name].title for name in (*_FIRST, *others) if name in kinds}
    return listed | {name: _ours(name).title for name in _OURS}


def run_method(method: Method, passes: Passes, seed: int) -> Outcome:
    """Fit a method to the training passes and judge it on the unseen ones.

    Calls no model, and never raises for what cannot run: the outcome's `reason` says why.

    Args:
        method: one of `methods`.
        passes: the same for every method that is compared.
        seed: of the baselines' own randomness; our estimators use the run's.
    """
    kind = baselines().get(method.name)
    try:
        with one_blas_thread():
            return _run_ours(method, passes) if kind is None else _run_baseline(method, kind(), passes, seed)
    except InputError as error:
        return Outcome(method, reason=str(error))
    except MemoryError:
        return Outcome(method, reason=_NO_MEMORY)


def run_method_live(method: Method, function: ValueFunction, passes: Passes, seed: int) -> Outcome:
    """`run_method` where a method may ask the model: one that would choose masks of its own does, as many as there are
    training passes, and is judged on the same unseen ones. Of few features it may draw some of those.

    Raises:
        Exception: whatever the model raises.
    """
    kind = baselines().get(method.name)
    if kind is None or not kind.draws_own:
        return run_method(method, passes, seed)
    baseline, budget, order = kind(), len(passes.training), method.order or passes.max_order
    reason = baseline.reason_live(passes.n_features, budget, order) or _unloadable(baseline)
    if reason:
        return Outcome(method, reason=reason)
    paid = _Paid(function)
    started = time.perf_counter()
    try:
        with one_blas_thread():
            spectrum = baseline.live(paid, passes.n_features, budget, order, stream(seed, method.name))
    except Exception as error:
        if paid.failed:
            raise
        return Outcome(method, reason=_failure(baseline, error))
    seconds = time.perf_counter() - started - paid.seconds
    note = f"Made of {len(paid.known):,} passes of its own choice."
    return Outcome(method, passes.judge(spectrum), seconds, "", spectrum, (note,))


class _Paid:
    """A value function that is asked once for each mask.

    Attributes:
        known: what it said.
        seconds: wall time inside the model.
        failed: whether the model raised.
    """

    def __init__(self, function: ValueFunction) -> None:
        self.function = function
        self.known = Known()
        self.seconds = 0.0
        self.failed = False

    def __call__(self, masks: BoolArray) -> FloatArray:
        return self.known.completed(masks, self._ask)

    def _ask(self, masks: BoolArray) -> FloatArray:
        started = time.perf_counter()
        self.failed = True
        values = self.function(masks)
        self.failed = False
        self.seconds += time.perf_counter() - started
        return values


def _parsed(name: str) -> tuple[str, int | None]:
    """The name of a method and the order asked for."""
    kinds = baselines()
    if name in kinds or name in _all_ours():
        return name, None
    kind, _, order = name.rpartition("-")
    if kind in kinds and order.isdecimal():
        if int(order) not in kinds[kind].orders:
            offered = " or ".join(map(str, kinds[kind].orders)) or "that of the run"
            raise InputError(f"{kind} offers order {offered}, not {order}")
        return kind, int(order)
    raise InputError(f"method {name!r} does not exist; {closest(name, {*kinds, *_all_ours()})}")


def _all_ours() -> list[str]:
    return [name for name in estimators() if name not in baselines() and name not in _UNLISTED]


def _ours(name: str) -> Method:
    return Method(name, estimators()[name].title)


def _of(name: str, order: int | None, n_features: int, rows: int, max_order: int) -> list[Method]:
    """A baseline at one order, or at those that can run and the lowest that cannot."""
    kind = baselines()[name]()
    if order is not None or not kind.orders:
        return [_method(kind, order)]
    cube = n_features <= _CUBE_FEATURES and rows > 1 << (n_features - 1)  # some of all masks may be set aside
    given = 1 << n_features if kind.whole_cube and cube else rows
    found: list[Method] = []
    for each in kind.orders:
        if found and (each > min(max_order, n_features) or kind.reason(n_features, given, found[-1].order or 1)):
            break
        found.append(_method(kind, each))
    return found


def _method(kind: Baseline, order: int | None) -> Method:
    title = kind.title if len(kind.orders) <= 1 else f"{kind.title}, order {order}"
    return Method(kind.name, title, order, kind.package)


def _run_ours(method: Method, passes: Passes) -> Outcome:
    n, fewest = passes.n_features, minimum_budget(as_estimator(method.name), passes.n_features, passes.max_order)
    if passes.budget < fewest:
        return Outcome(method, reason=f"It needs {fewest:,} passes for {n:,} features; these are {passes.budget:,}.")
    reason = passes.reason(method.name)
    if reason:
        return Outcome(method, reason=f"{reason}.")
    started = time.perf_counter()
    explanation = passes.fitted(method.name)
    seconds = time.perf_counter() - started
    spectrum = explanation.predicting
    return Outcome(method, passes.judge(spectrum), seconds, "", spectrum, explanation.notes)


def _run_baseline(method: Method, kind: Baseline, passes: Passes, seed: int) -> Outcome:
    passes = passes.usual
    samples, order = passes.training, method.order or passes.max_order
    everything = kind.whole_cube and passes.set_aside
    if everything:
        samples = Samples(
            np.concatenate([samples.masks, passes.unseen.masks]), np.concatenate([samples.values, passes.unseen.values])
        )
    reason = kind.reason(passes.n_features, len(samples), order) or _unloadable(kind)
    if reason:
        return Outcome(method, reason=reason)
    started = time.perf_counter()
    try:
        spectrum = kind.fit(samples, order, stream(seed, method.name))
    except Exception as error:
        return Outcome(method, reason=_failure(kind, error))
    seconds = time.perf_counter() - started
    notes = kind.notes(samples, order)
    if not everything:
        return Outcome(method, passes.judge(spectrum), seconds, "", spectrum, notes)
    r2 = faithfulness.exact(samples.values, spectrum.predict(samples.masks))
    return Outcome(
        method, r2, seconds, "", spectrum, (*notes, f"Made of all {len(samples):,} passes, so R² is over all of them.")
    )


def _failure(kind: Baseline, error: Exception) -> str:
    """An error of a fit as a reason: what was refused, or what its library could not do.

    Raises:
        Exception: the error itself, where it is our own code's.
    """
    if isinstance(error, InputError):
        return str(error)
    if isinstance(error, MemoryError):
        return _NO_MEMORY
    if not kind.package:
        raise error
    _LOG.warning("%s failed", kind.package, exc_info=error)
    return f"{kind.package} failed on these passes: {error}"


def _unloadable(kind: Baseline) -> str:
    """Why its library cannot be loaded, "" where it can; loading it takes seconds, which are not the method's."""
    try:
        if kind.package:
            with quiet():
                importlib.import_module(kind.module or kind.package)
    except ImportError as error:
        return f"The package {kind.package} cannot be loaded: {error}"
    return ""
