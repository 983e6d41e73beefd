"""The default estimator: the best explanation that the budget can buy.

Four models of the function are fitted: the first-order ridge, what SPEX decodes from the coded masks (exact where
the function is sparse), boosted trees (ProxySPEX) and a Gaussian process (best where it is dense and hierarchical).
Rows that were kept apart say how to average them. Models that left out a part of the rows each (`stacking.CrossFit`)
give every term of the average an unbiased estimate with its standard error. The significant terms, with these
estimates, are the sparse output, which is listed and drawn. The accurate output, which predicts, is the average with
those terms moved towards them.

Where every mask fits the budget the engine takes the exact transform instead.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property
from typing import ClassVar

import numpy as np

from spex_core.arrays import ANCHORS, FloatArray, IntArray, Samples, Support
from spex_core.coding.plan import COVERAGE, Plan, nominal_rows
from spex_core.estimation.base import Estimator, Fit
from spex_core.estimation.boosting import WIDE, TreeTerms, supports_again, tree_spectrum
from spex_core.estimation.cross_process import CrossProcess, cross_process
from spex_core.estimation.kernel import RelevanceKernel
from spex_core.estimation.posterior import MOST_ROWS, Process
from spex_core.estimation.registry import estimator as find_estimator
from spex_core.estimation.regression import DRAWS, fit_ridge, refit
from spex_core.estimation.stacking import CrossFit, Mixture, combine, fold_rows, stack
from spex_core.fourier.significance import RULE, significant
from spex_core.fourier.spectrum import Spectrum
from spex_core.fourier.stability import retested

_FEWEST_ROWS = 12  # with the anchors: below, no third of the rows can be spared
_CODED_BITS = 4  # below 2^4 bins a group, decoding finds too little to be named in advance
_FEW_ROWS = 250  # below, each third of the rows takes part in the choice of the weights
_FOLD_ROWS = 2500  # of the rows that a fold leaves, its Gaussian process uses so many
_TREES_ALONE = 0.6  # weight from which trees are fitted to every fold too
_MANY_ROWS = 800  # from which the trees' number and that of their terms are chosen once, for all fits
_QUICK_ROWS = 3000  # from which fewer rows say how many trees
_ROUNDING = 1e-9  # of the spread of the values


class Auto(Estimator):
    """First order, SPEX, ProxySPEX and a Gaussian process, averaged by what unseen rows say."""

    name: ClassVar[str] = "auto"
    title: ClassVar[str] = "Automatic"
    summary: ClassVar[str] = "Whatever explains best at this budget; never below the first-order fit."

    def minimum(self, n_features: int, max_order: int) -> int:
        """One row beside the anchors."""
        return min(1, (1 << n_features) - 2)

    def resolve(self, n_features: int, rows: int, max_order: int) -> str:
        """Which way `rows` training rows would be used: "hybrid", "gp" or "banzhaf"."""
        if rows < _FEWEST_ROWS or max_order == 1:
            return "banzhaf"
        return "hybrid" if rows >= _coded_minimum(n_features, max_order) else "gp"

    def highest_order(self, n_features: int, rows: int, max_order: int) -> int:
        """That of the way it would go: any order where coded masks are decoded."""
        way = self.resolve(n_features, rows, max_order)
        if way == "hybrid":
            return min(max_order, n_features)
        return super().highest_order(n_features, rows, 1 if way == "banzhaf" else max_order)

    def fit(self, samples: Samples, plan: Plan, max_order: int, rng: np.random.Generator) -> Fit:
        """Fit the models, average them, keep what is significant."""
        if len(samples) < _FEWEST_ROWS or max_order == 1:
            return _first_order(samples, rng)
        decoded, seed = _decoded(samples, plan, max_order, rng), int(rng.integers(2**31))
        folds = fold_rows(samples.masks, rng)
        if any(np.ptp(np.delete(samples.values, fold)) == 0 for fold in folds):
            return _first_order(samples, rng)  # constant but for a few rows, or altogether
        models = _Models(samples, folds, decoded, max_order, seed)
        weights, trial = _choose(models)
        cross = _cross_fit(models, weights, trial)
        spectra = {name: _final(models, name, trial) for name in weights}
        average = combine(spectra, weights)
        evidence = _evidence(average, samples, cross, trial.kernel)
        listed = _listed(average, evidence, decoded)
        draws = listed.coefficients + evidence.error * rng.standard_normal((DRAWS, len(listed)))
        resampled = _resampled(average, listed, evidence, samples, cross, rng)
        name = next(iter(weights)) if len(weights) == 1 else "hybrid"
        accuracy = min(1.0, trial.error / max(float(cross.squared_errors().mean()), 1e-300))
        accurate = None if listed is average else _towards(average, listed, accuracy / 2)
        return Fit(listed, draws, _notes(weights, listed), name, accurate, cross, resampled)

    def preview(self, samples: Samples, max_order: int, rng: np.random.Generator) -> Fit:
        """A quick early estimate from the rows paid so far."""
        if len(samples) < _FEWEST_ROWS or max_order == 1:
            return _first_order(samples, rng)
        return replace(find_estimator("gp").fit(samples, Plan(samples.masks[:0]), max_order, rng), estimator="gp")


def _first_order(samples: Samples, rng: np.random.Generator) -> Fit:
    return replace(find_estimator("banzhaf").fit(samples, Plan(samples.masks[:0]), 1, rng), estimator="banzhaf")


def _coded_minimum(n_features: int, max_order: int) -> int:
    return int(np.ceil(COVERAGE * nominal_rows(n_features, max_order, _CODED_BITS)))


def _decoded(samples: Samples, plan: Plan, max_order: int, rng: np.random.Generator) -> Spectrum | None:
    """What SPEX decodes from the coded masks; None where none are complete, or nothing beyond single features."""
    if plan.layout is None or len(samples) != len(plan.masks) + ANCHORS:
        return None
    spectrum = find_estimator("spex").fit(samples, plan, max_order, rng).spectrum
    return spectrum if spectrum.max_order > 1 else None


@dataclass(frozen=True, eq=False)
class _Models:
    """The models, by name, and how each is fitted to all samples or to those outside of a fold."""

    samples: Samples
    folds: tuple[IntArray, ...]
    decoded: Spectrum | None
    max_order: int
    seed: int

    @property
    def names(self) -> tuple[str, ...]:
        """The simpler first."""
        return ("banzhaf", *(() if self.decoded is None else ("spex",)), "proxyspex", "gp")

    @cached_property
    def processes(self) -> CrossProcess | None:
        """Gaussian processes of everything at once, where rows are many."""
        return cross_process(self.samples, self.folds)

    def pool(self) -> ThreadPoolExecutor:
        """Threads: two where a model takes a second."""
        return ThreadPoolExecutor(2 if self.samples.masks.size >= WIDE else 1)

    def kept(self, fold: int | None) -> Samples:
        """The samples outside of a fold."""
        if fold is None:
            return self.samples
        return self.samples.take(np.setdiff1d(np.arange(len(self.samples)), self.folds[fold]))

    def fit_all(self, fold: int) -> tuple[dict[str, Spectrum | Process], TreeTerms]:
        """Every model without a fold, and what was chosen for the trees; two at a time where each takes seconds."""
        others = [name for name in self.names[::-1] if name != "proxyspex"]
        with self.pool() as pool:
            fitted = pool.map(lambda name: self.fit(name, fold), others)  # slowest first
            trees, chosen = self.boosted(fold)
            return {"proxyspex": trees, **dict(zip(others, fitted, strict=True))}, chosen

    def boosted(self, fold: int | None) -> tuple[Spectrum, TreeTerms]:
        """ProxySPEX, and what was chosen on the way."""
        samples, rng = self.kept(fold), np.random.default_rng(self.seed)
        chosen = tree_spectrum(samples, self.max_order, rng, quick=len(self.samples) >= _QUICK_ROWS)
        return refit(samples, chosen.supports, rng).spectrum, chosen

    def boosted_again(self, chosen: TreeTerms, fold: int | None) -> Spectrum:
        """ProxySPEX as it was chosen on other rows, for a fraction of the work."""
        samples, rng = self.kept(fold), np.random.default_rng(self.seed)
        return refit(samples, supports_again(samples, self.max_order, chosen, rng), rng).spectrum

    def fit(self, name: str, fold: int | None) -> Spectrum | Process:
        """A model of all samples, or of those outside of a fold."""
        if name == "gp":
            return self._process(fold)
        if name == "proxyspex":
            return self.boosted(fold)[0]
        samples = self.kept(fold)
        n = samples.masks.shape[1]
        singles: list[Support] = [(i,) for i in range(n)]
        decoded = [] if self.decoded is None else [support for support in self.decoded.supports if support]
        ridge = fit_ridge(samples, decoded if name == "spex" else singles, None)
        return Spectrum.from_terms(n, [(), *ridge.supports], [ridge.intercept, *ridge.coefficients.tolist()])

    def _process(self, fold: int | None) -> Process:
        if self.processes is None:
            return Process.of(self.kept(fold), MOST_ROWS if fold is None else _FOLD_ROWS)
        return self.processes.whole if fold is None else self.processes.without[fold]

    def spectrum(self, name: str) -> Spectrum:
        """A model of all samples in the Walsh basis."""
        model = self.fit(name, None)
        return model.spectrum(self.max_order) if isinstance(model, Process) else model


@dataclass(frozen=True, eq=False)
class _Trial:
    """The models fitted without the rows of the first fold."""

    models: dict[str, Spectrum | Process]
    trees: TreeTerms
    kernel: RelevanceKernel
    error: float
    """Mean squared error of their average on rows kept apart."""


def _final(models: _Models, name: str, trial: _Trial) -> Spectrum:
    """A model of all samples; on very many the trial's own trees, because a third more rows changes little there."""
    before = trial.models[name]
    if name != "proxyspex" or not isinstance(before, Spectrum) or len(models.samples) < _MANY_ROWS:
        return models.spectrum(name)
    return before if models.samples.masks.size >= WIDE else models.boosted_again(trial.trees, None)


def _choose(models: _Models) -> tuple[dict[str, float], _Trial]:
    """Weights of the models, from their predictions on rows kept apart."""
    samples = models.samples
    predicted: dict[str, list[FloatArray]] = {name: [] for name in models.names}
    used = models.folds if len(samples) < _FEW_ROWS else models.folds[:1]
    trials = []
    for number, fold in enumerate(used):
        fitted, chosen = models.fit_all(number)
        for name, model in fitted.items():
            predicted[name].append(model.predict(samples.masks[fold]))
        trials.append((fitted, chosen))
    values = samples.values[np.concatenate(used)]
    together = {name: np.concatenate(parts) for name, parts in predicted.items()}
    weights = stack(together, values)
    average = np.sum([weight * together[name] for name, weight in weights.items()], axis=0)
    first, trees = trials[0]
    process = first["gp"]
    assert isinstance(process, Process)
    return weights, _Trial(first, trees, process.kernel, float(((values - average) ** 2).mean()))


def _cross_fit(models: _Models, weights: dict[str, float], trial: _Trial) -> CrossFit:
    """A model per fold that has not seen it: the chosen average, less the trees where others carry enough of it."""
    quick = {name: weight for name, weight in weights.items() if name != "proxyspex"}
    if weights.get("proxyspex", 0.0) > _TREES_ALONE:
        quick = weights
    total, samples = sum(quick.values()), models.samples

    def without(fold: int) -> Mixture:
        if fold == 0:
            return Mixture(tuple((weight / total, trial.models[name]) for name, weight in quick.items()))
        parts = []
        for name, weight in quick.items():
            again = name == "proxyspex" and len(samples) >= _MANY_ROWS
            model = models.boosted_again(trial.trees, fold) if again else models.fit(name, fold)
            parts.append((weight / total, model))
        return Mixture(tuple(parts))

    with models.pool() as pool:
        mixtures = tuple(pool.map(without, range(len(models.folds))))
    residuals = tuple(
        samples.values[fold] - mixture.predict(samples.masks[fold])
        for fold, mixture in zip(models.folds, mixtures, strict=True)
    )
    return CrossFit(models.folds, mixtures, residuals)


@dataclass(frozen=True, eq=False)
class _Evidence:
    """What the rows say of the (k,) terms of the average, the constant left out.

    Attributes:
        estimates: (k,) unbiased.
        error: their common standard error.
        least: what it is at least, for rounding.
        prior: (k,) shares of the function's variance that the kernel expects.
    """

    supports: list[Support]
    estimates: FloatArray
    error: float
    least: float
    prior: FloatArray


def _evidence(average: Spectrum, samples: Samples, cross: CrossFit, kernel: RelevanceKernel) -> _Evidence:
    supports = [support for support in average.supports if support]
    estimates, error = cross.estimates(samples, supports)
    least = _ROUNDING * float(samples.values.std()) / np.sqrt(len(samples))
    prior = kernel.prior_variances(supports) / max(kernel.varying(), 1e-300)
    return _Evidence(supports, estimates, max(error, least), least, prior)


def _listed(average: Spectrum, evidence: _Evidence, decoded: Spectrum | None) -> Spectrum:
    """The significant terms with their unbiased estimates.

    Half of the error that is allowed goes to what was decoded, in equal parts; the other half to all supports there
    are, by the kernel's prior. Decoding used the same rows, but a support had to be confirmed by groups in which it was
    not decoded (`peeling`), and noise alone gives it next to nothing to spend on.
    """
    weights = 0.5 * evidence.prior
    if decoded is not None:
        known = set(decoded.supports) - {()}
        weights += np.array([0.5 / len(known) if support in known else 0.0 for support in evidence.supports])
    chosen = significant(evidence.estimates / evidence.error, weights)
    if chosen.all():
        return average
    kept = {s: float(evidence.estimates[row]) for row, s in enumerate(evidence.supports) if chosen[row]}
    return Spectrum.from_dict(average.n_features, {(): average.constant, **kept})


def _resampled(
    average: Spectrum,
    listed: Spectrum,
    evidence: _Evidence,
    samples: Samples,
    cross: CrossFit,
    rng: np.random.Generator,
) -> FloatArray:
    """Coefficients of the listed terms had other rows been drawn, 0 where they would not be significant: (B, k)."""
    supports = evidence.supports
    again, errors = cross.resampled(samples, supports, evidence.estimates, rng)
    errors = np.maximum(errors, evidence.least)[:, None]
    again = retested(average.n_features, supports, again, errors, evidence.prior)
    column = {support: again[:, row] for row, support in enumerate(supports)}
    constant = np.full(len(again), average.constant)
    return np.stack([column.get(support, constant) for support in listed.supports], axis=1)


def _towards(average: Spectrum, listed: Spectrum, share: float) -> Spectrum:
    """The average with its significant terms moved by a share of the way to their unbiased estimates.

    What is certain to be there was shrunk too far by models that could not know it. The share is half of the way, or
    less where the estimates rest on worse models than the average is.
    """
    terms = average.to_dict()
    terms |= {support: terms[support] + share * (value - terms[support]) for support, value in listed.to_dict().items()}
    return Spectrum.from_dict(average.n_features, terms)


def _notes(weights: dict[str, float], listed: Spectrum) -> tuple[str, ...]:
    if listed.max_order > 1:
        return ()
    nothing = "no word, patch or group" if len(listed) == 1 else "no group"
    if weights.keys() == {"banzhaf"}:
        return (f"{nothing} stands out from noise {RULE}; single features predict best",)
    return (f"{nothing} stands out from noise {RULE}",)
