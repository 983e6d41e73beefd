"""The default estimator: the best explanation that the budget can buy.

Where every mask fits the budget it is the exact transform. Otherwise it pools what SPEX decoded from coded
masks (exact where the function is sparse), what boosted trees found (better where it is dense and
hierarchical) and the first-order terms, and lets unseen rows of the training samples choose between the
pools, so that it does not fall below the first-order fit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from spex_core.arrays import Support
from spex_core.faithfulness import r_squared
from spex_core.masks import draw_distinct
from spex_core.protocols import Estimator, Fit, Plan
from spex_core.registry import estimator as find_estimator
from spex_core.regression import fit_ridge, refit
from spex_core.samples import ANCHORS, Samples
from spex_core.spectrum import evaluate

_FEWEST_ROWS_FOR_TREES = 60
_CODED_BITS = 4  # below 2^4 bins a group, decoding finds too little to be worth coded masks
_VALIDATION_SHARE = 0.2
_FEWEST_VALIDATION_ROWS = 12
_MARGIN = 0.002  # a richer pool must beat the first-order fit by this much R² on rows it has not seen


@dataclass(frozen=True)
class _Pool:
    """Supports proposed by one or more estimators."""

    name: str
    supports: list[Support]


class Auto(Estimator):
    """Exact transform, or SPEX + ProxySPEX + first order with the choice made on unseen rows."""

    name: ClassVar[str] = "auto"
    title: ClassVar[str] = "Automatic"
    summary: ClassVar[str] = "Whatever explains best at this budget; never below the first-order fit."

    def minimum(self, n_features: int, max_order: int) -> int:
        """One row beside the anchors."""
        return min(1, (1 << n_features) - 2)

    def resolve(self, n_features: int, rows: int, max_order: int) -> str:
        """Which way `rows` training rows would be used: "exact", "hybrid", "proxyspex" or "banzhaf"."""
        if n_features <= 20 and rows >= 2**n_features:
            return "exact"
        if rows < _FEWEST_ROWS_FOR_TREES or max_order == 1:
            return "banzhaf"
        return "hybrid" if rows >= _coded_minimum(n_features, max_order) else "proxyspex"

    def plan(
        self, n_features: int, rows: int, max_order: int, rng: np.random.Generator, avoid: Sequence[bytes] = ()
    ) -> Plan:
        """Every mask, coded groups filled up with uniform masks, or uniform masks."""
        way = self.resolve(n_features, rows + ANCHORS, max_order)
        if way in ("exact", "hybrid"):
            inner = find_estimator("exact" if way == "exact" else "spex")
            return inner.plan(n_features, rows, max_order, rng, avoid)
        return Plan(draw_distinct(n_features, rows, rng, avoid))

    def fit(self, samples: Samples, plan: Plan, max_order: int, rng: np.random.Generator) -> Fit:
        """Pool, choose, refit on everything."""
        n = samples.masks.shape[1]
        if n <= 20 and len(samples) == 2**n:
            return replace(find_estimator("exact").fit(samples, plan, max_order, rng), estimator="exact")
        singles: list[Support] = [(i,) for i in range(n)]
        first_order = _Pool("banzhaf", singles)
        if len(samples) < _FEWEST_ROWS_FOR_TREES or max_order == 1 or np.ptp(samples.values) == 0:
            return replace(refit(samples, singles, rng), estimator="banzhaf")
        decoded = self._decoded(samples, plan, max_order, rng)
        shuffled = ANCHORS + rng.permutation(len(samples) - ANCHORS)
        held = shuffled[: max(_FEWEST_VALIDATION_ROWS, int(_VALIDATION_SHARE * len(samples)))]
        kept = np.setdiff1d(np.arange(len(samples)), held)
        pools = [first_order, *_richer_pools(samples.take(kept), singles, decoded, max_order, rng)]
        best = _choose(pools, samples.take(kept), samples.take(held))
        if best.name == "banzhaf":
            note = "no interaction explained unseen masks better than single features did, so only those are listed"
            return replace(refit(samples, singles, rng), notes=(note,), estimator="banzhaf")
        final = {pool.name: pool for pool in _richer_pools(samples, singles, decoded, max_order, rng)}[best.name]
        return replace(refit(samples, final.supports, rng), estimator=best.name)

    def preview(self, samples: Samples, max_order: int, rng: np.random.Generator) -> Fit:
        """A quick early estimate from the rows paid so far."""
        singles: list[Support] = [(i,) for i in range(samples.masks.shape[1])]
        if len(samples) < 4 * _FEWEST_ROWS_FOR_TREES or max_order == 1 or np.ptp(samples.values) == 0:
            return replace(refit(samples, singles, rng), estimator="banzhaf")
        trees = find_estimator("proxyspex").fit(samples, Plan(samples.masks[:0]), max_order, rng)
        return replace(trees, estimator="proxyspex")

    def _decoded(self, samples: Samples, plan: Plan, max_order: int, rng: np.random.Generator) -> list[Support]:
        if plan.layout is None or len(samples) != len(plan.masks) + ANCHORS:
            return []
        return find_estimator("spex").fit(samples, plan, max_order, rng).spectrum.supports


def _coded_minimum(n_features: int, max_order: int) -> int:
    from spex_core.subsampling import nominal_rows

    return int(np.ceil(0.9 * nominal_rows(n_features, max_order, _CODED_BITS)))


def _richer_pools(
    samples: Samples, singles: list[Support], decoded: list[Support], max_order: int, rng: np.random.Generator
) -> list[_Pool]:
    """Pools beyond the first order: trees, decoded, both; the first-order terms are in each."""
    trees = find_estimator("proxyspex").fit(samples, Plan(samples.masks[:0]), max_order, rng).spectrum.supports
    pools = [_Pool("proxyspex", _union(singles, trees))]
    if any(len(support) > 1 for support in decoded):
        pools += [_Pool("spex", decoded), _Pool("hybrid", _union(singles, trees, decoded))]
    return pools


def _union(*lists: list[Support]) -> list[Support]:
    return sorted({support for supports in lists for support in supports if support}, key=lambda s: (len(s), s))


def _choose(pools: list[_Pool], training: Samples, held: Samples) -> _Pool:
    """The pool whose ridge fit predicts held rows best; the first stays unless clearly beaten."""
    scores = []
    for pool in pools:
        ridge = fit_ridge(training, pool.supports, None)
        predicted = ridge.intercept + evaluate(held.masks, ridge.supports, ridge.coefficients, held.masks.shape[1])
        scores.append(r_squared(held.values, predicted))
    best = int(np.argmax(scores))
    return pools[best] if scores[best] > scores[0] + _MARGIN else pools[0]
