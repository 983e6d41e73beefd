"""The default estimator: the best explanation that the budget can buy.

Where every mask fits the budget the engine takes the exact transform instead. Otherwise this pools what SPEX
decoded from coded masks (exact where the function is sparse), what a relevance kernel and boosted trees find
(better where it is dense and hierarchical) and the first-order terms, and lets rows of the training samples that
were kept apart choose between the pools, so that it does not fall below the first-order fit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from spex_core.arrays import FloatArray, IntArray
from spex_core.kernel import Terms, relevant_terms
from spex_core.masks import draw_distinct
from spex_core.protocols import Estimator, Fit, Plan
from spex_core.registry import estimator as find_estimator
from spex_core.regression import fit_ridge, refit
from spex_core.samples import ANCHORS, Samples
from spex_core.spectrum import Spectrum, evaluate

_FEWEST_ROWS = 60
_CODED_BITS = 4  # below 2^4 bins a group, decoding finds too little to be worth coded masks
_FOLDS = 5
_MANY_ROWS = 500  # from here on one fold of five is enough to choose by


@dataclass(frozen=True, eq=False)
class _Pool:
    """Terms proposed by one or more estimators."""

    name: str
    terms: Terms


class Auto(Estimator):
    """SPEX, ProxySPEX, Gaussian process and first order, with the choice made on rows kept apart."""

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

    def plan(
        self, n_features: int, rows: int, max_order: int, rng: np.random.Generator, avoid: Sequence[bytes] = ()
    ) -> Plan:
        """Coded groups filled up with uniform masks where they fit, else uniform masks."""
        if self.resolve(n_features, rows + ANCHORS, max_order) == "hybrid":
            return find_estimator("spex").plan(n_features, rows, max_order, rng, avoid)
        return Plan(draw_distinct(n_features, rows, rng, avoid))

    def fit(self, samples: Samples, plan: Plan, max_order: int, rng: np.random.Generator) -> Fit:
        """Pool, choose, refit on everything."""
        n = samples.masks.shape[1]
        singles = _Pool("banzhaf", Terms([(i,) for i in range(n)], np.ones(n)))
        if len(samples) < _FEWEST_ROWS or max_order == 1 or np.ptp(samples.values) == 0:
            return replace(refit(samples, singles.terms.supports, rng), estimator="banzhaf")
        decoded = self._decoded(samples, plan, max_order, rng)
        folds = _folds(len(samples), rng)
        errors: dict[str, list[FloatArray]] = {}
        for held in folds:
            kept = samples.take(np.setdiff1d(np.arange(len(samples)), held))
            richer = _richer_pools(kept, decoded, max_order, rng)
            for pool in [singles, *richer]:
                errors.setdefault(pool.name, []).append(_squared_errors(pool.terms, kept, samples.take(held)))
        best = _choose({name: np.concatenate(parts) for name, parts in errors.items()}, singles.name)
        if best == singles.name:
            note = "no interaction explained unseen masks better than single features did, so only those are listed"
            return replace(refit(samples, singles.terms.supports, rng), notes=(note,), estimator="banzhaf")
        if len(folds) > 1:
            richer = _richer_pools(samples, decoded, max_order, rng)
        terms = next(pool.terms for pool in richer if pool.name == best)
        return replace(refit(samples, terms.supports, rng, prior=terms.prior), estimator=best)

    def preview(self, samples: Samples, max_order: int, rng: np.random.Generator) -> Fit:
        """A quick early estimate from the rows paid so far."""
        if len(samples) < _FEWEST_ROWS or max_order == 1:
            return replace(find_estimator("banzhaf").fit(samples, Plan(samples.masks[:0]), 1, rng), estimator="banzhaf")
        return replace(find_estimator("gp").fit(samples, Plan(samples.masks[:0]), max_order, rng), estimator="gp")

    def _decoded(self, samples: Samples, plan: Plan, max_order: int, rng: np.random.Generator) -> Spectrum | None:
        """What SPEX decodes from a coded plan; None where there is none, or nothing beyond single features."""
        if plan.layout is None or len(samples) != len(plan.masks) + ANCHORS:
            return None
        spectrum = find_estimator("spex").fit(samples, plan, max_order, rng).spectrum
        return spectrum if spectrum.max_order > 1 else None


def _coded_minimum(n_features: int, max_order: int) -> int:
    from spex_core.subsampling import nominal_rows

    return int(np.ceil(0.9 * nominal_rows(n_features, max_order, _CODED_BITS)))


def _richer_pools(samples: Samples, decoded: Spectrum | None, max_order: int, rng: np.random.Generator) -> list[_Pool]:
    """Pools beyond the first order: the kernel's terms, the trees', the decoded ones, and all together."""
    dense = relevant_terms(samples, max_order)
    trees = find_estimator("proxyspex").fit(samples, Plan(samples.masks[:0]), max_order, rng).spectrum
    pools = [_Pool("gp", dense), _Pool("proxyspex", _with_coefficients(None, trees, samples))]
    together = _with_coefficients(dense, trees, samples)
    if decoded is not None:
        sparse = [support for support in decoded.supports if support]
        pools.append(_Pool("spex", Terms(sparse, np.ones(len(sparse)))))
        together = _with_coefficients(together, decoded, samples)
    return [*pools, _Pool("hybrid", together)]


def _with_coefficients(terms: Terms | None, spectrum: Spectrum, samples: Samples) -> Terms:
    """`terms` and those of a spectrum, each as likely to be large as the likelier of the two says."""
    prior = {} if terms is None else dict(zip(terms.supports, terms.prior.tolist(), strict=True))
    variance = float(samples.values.var())
    for support, coefficient in spectrum.to_dict().items():
        if support:
            prior[support] = max(prior.get(support, 0.0), coefficient**2 / variance)
    supports = sorted(prior, key=lambda support: (len(support), support))
    return Terms(supports, np.array([prior[support] for support in supports]))


def _folds(rows: int, rng: np.random.Generator) -> list[IntArray]:
    """Rows to keep apart: a fifth of many, each fifth in turn of few; never the anchors."""
    parts = np.array_split(ANCHORS + rng.permutation(rows - ANCHORS), _FOLDS)
    return parts[:1] if rows >= _MANY_ROWS else parts


def _squared_errors(terms: Terms, training: Samples, held: Samples) -> FloatArray:
    """Squared errors on held rows of a ridge fit to the training rows."""
    predicted: FloatArray = np.full(len(held), training.values.mean())
    if terms.supports:
        ridge = fit_ridge(training, terms.supports, None, prior=terms.prior)
        predicted = ridge.intercept + evaluate(held.masks, ridge.supports, ridge.coefficients, held.masks.shape[1])
    errors: FloatArray = (held.values - predicted) ** 2
    return errors


def _choose(errors: dict[str, FloatArray], fallback: str) -> str:
    """The pool with the least error on held rows, if it beats the fallback by more than half a standard error."""
    best = min(errors, key=lambda name: float(errors[name].mean()))
    gain = errors[fallback] - errors[best]
    return best if gain.mean() > 0.5 * gain.std() / np.sqrt(len(gain)) else fallback
