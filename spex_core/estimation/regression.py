"""Ridge regression of masked passes on a given set of Walsh functions.

Every estimator ends here: whatever proposed the supports, their coefficients are refitted on all raw
samples. The penalty is chosen by exact leave-one-out error (PRESS; Allen, Technometrics 16, 1974), a mask and its
complement being left out together, because to a first-order fit the one is the other with the sign changed. Where
rows and terms are many the rotation-invariant form is used, which needs no leverage of single rows (generalised
cross-validation; Golub, Heath and Wahba, Technometrics 21, 1979). The spread
is that of the posterior of the same ridge, read as Bayesian linear regression whose noise variance is the
leave-one-out error, so that whatever the terms leave unexplained counts as noise.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spex_core.arrays import ANCHORS, FloatArray, IntArray, Samples, Support
from spex_core.estimation.base import Fit
from spex_core.fourier.masks import complements
from spex_core.fourier.spectrum import Spectrum, walsh_columns
from spex_core.fourier.stability import RESAMPLES, multiplicities, retested

_PENALTIES = np.array(
    [1e-12, 1e-9, *np.logspace(-6, 2, 17)]
)  # in units of the number of rows: the Gram matrix of ±1 columns has that diagonal
DRAWS = 64
_MOST_WORK = 2e9  # rows x terms^2 up to which leverages are worth what they cost
_LOST = 1e-6  # least part of a determinant that cancellation may leave
_TAUT = 1e-9  # least slack of a row: a fit may run through it
_NEGLIGIBLE = 1e-12  # coefficients below this share of the largest are rounding, not findings
_TIED = 1e-5  # share by which leave-one-out errors may differ and still be the same but for rounding,
_EXACT = 1e-12  # and share of the target's own sum of squares up to which an error is nothing but rounding


@dataclass(frozen=True, eq=False)
class Ridge:
    """A ridge fit.

    Attributes:
        supports: the Walsh functions, without the constant.
        intercept: coefficient of the constant, not penalised.
        coefficients: (k,) the rest.
        penalty: the chosen penalty, per row.
        loo_r2: leave-one-out R² over the rows; NaN where the penalty was given.
        draws: (B, k + 1) intercept and coefficients drawn from the posterior.
        resampled: (B, k + 1) the same of resamples of the rows (see `spex_core.fourier.stability`).
    """

    supports: list[Support]
    intercept: float
    coefficients: FloatArray
    penalty: float
    loo_r2: float
    draws: FloatArray
    resampled: FloatArray


def refit(
    samples: Samples,
    supports: list[Support],
    rng: np.random.Generator,
    *,
    row_weights: FloatArray | None = None,
    anchor_weight: float | None = None,
    prior: FloatArray | None = None,
    notes: tuple[str, ...] = (),
) -> Fit:
    """Fit the coefficients of `supports` (the constant is always added) on all samples.

    Args:
        samples: rows 0 and 1 must be all-kept and all-hidden.
        supports: distinct sorted supports in any order; ``()`` is ignored.
        rng: makes the posterior draws and, by a stream of its own, the resamples.
        row_weights: (m,) positive weights, default 1.
        anchor_weight: weight of rows 0 and 1; default grows with m, because every Shapley-type index
            rests on these two values and a fit that spreads its error evenly gets them no better than others.
        prior: (k,) prior variances of the coefficients of `supports`, in any unit; default all equal.
        notes: passed through to the result.
    """
    if float(np.ptp(samples.values)) == 0.0:
        constant = Spectrum.from_terms(samples.masks.shape[1], [()], samples.values[:1].tolist())
        same = samples.values[0]
        return Fit(constant, np.full((DRAWS, 1), same), notes, resampled=np.full((RESAMPLES, 1), same))
    ridge = fit_ridge(samples, supports, rng, row_weights=row_weights, anchor_weight=anchor_weight, prior=prior)
    coefficients = np.concatenate([[ridge.intercept], ridge.coefficients])
    everything = [(), *ridge.supports]
    threshold = _NEGLIGIBLE * max(float(np.abs(coefficients).max()), float(np.abs(samples.values).max(initial=0.0)))
    keep = np.abs(coefficients) > threshold
    keep[0] = True
    spectrum = Spectrum.from_terms(
        samples.masks.shape[1], [s for s, k in zip(everything, keep, strict=True) if k], coefficients[keep].tolist()
    )
    column = {support: position for position, support in enumerate(everything)}
    order = [column[support] for support in spectrum.supports]
    draws, again = ridge.draws[:, order], ridge.resampled[:, order]
    resampled = retested(spectrum.n_features, spectrum.supports, again, draws.std(axis=0))
    return Fit(spectrum, draws, notes, resampled=resampled)


def fit_ridge(
    samples: Samples,
    supports: list[Support],
    rng: np.random.Generator | None,
    *,
    row_weights: FloatArray | None = None,
    anchor_weight: float | None = None,
    prior: FloatArray | None = None,
    penalty: float | None = None,
) -> Ridge:
    """Ridge with the leave-one-out penalty; `rng` None skips the posterior draws and the resamples.

    A `penalty` that is given (per row, as in `Ridge`) saves most of the time where terms are many, no more than rows,
    and nothing is drawn; its leave-one-out R² is then not told (NaN).
    """
    scales = np.ones(len(supports)) if prior is None else np.sqrt(prior / prior.max())
    scales = scales[[bool(support) for support in supports]]
    supports = [support for support in supports if support]
    values = samples.values
    weights = np.ones(len(values)) if row_weights is None else row_weights.astype(np.float64)
    if samples.weights is not None:
        weights = weights * samples.weights  # which say already how sure the two anchors are
    elif len(values) > ANCHORS:
        weights[:ANCHORS] *= max(1.0, np.sqrt(len(values)) / 2) if anchor_weight is None else anchor_weight
    weights *= len(values) / weights.sum()
    centred = walsh_columns(samples.masks, supports)
    centred *= scales
    column_means, value_mean = weights @ centred / weights.sum(), float(weights @ values / weights.sum())
    root = np.sqrt(weights)
    centred -= column_means
    centred *= root[:, None]
    target = (values - value_mean) * root
    m, k = centred.shape
    if penalty is not None and rng is None and k <= m:
        coefficients = _solution(centred, target, penalty * m)
        intercept = value_mean - float(column_means @ coefficients)
        nothing = np.zeros((0, k + 1))
        return Ridge(supports, intercept, coefficients * scales, penalty, np.nan, nothing, nothing)
    pairs = complements(samples.masks)
    solve = _Primal(centred, target, pairs) if k <= m else _Dual(centred, target, pairs)
    errors = [solve.loo_error(penalty * m) for penalty in _PENALTIES]
    spread = float((target**2).sum())
    # The least of those that tie: rounding, which differs between processors, must not choose.
    tied = errors <= (1 + _TIED) * np.min(errors) + _EXACT * spread
    penalty = float(_PENALTIES[int(np.flatnonzero(tied)[0])])
    coefficients = solve.coefficients(penalty * m)
    loo_r2 = 1.0 - min(errors) / spread if spread > 0 else 1.0
    draws = resampled = np.zeros((0, k + 1))
    if rng is not None:
        noise = min(min(errors), spread) / m
        around = coefficients + np.sqrt(noise) * solve.deviations(penalty * m, rng)
        level = value_mean - around @ column_means + np.sqrt(noise / m) * rng.standard_normal(DRAWS)
        draws = np.concatenate([level[:, None], around * scales], axis=1)
        moves = np.zeros((RESAMPLES, m))
        moves[:, ANCHORS:] = multiplicities(max(m - ANCHORS, 0), rng.spawn(1)[0]) - 1.0
        moved = coefficients + solve.response(penalty * m, moves * _at_most(solve.left_out(penalty * m), spread))
        resampled = np.concatenate([(value_mean - moved @ column_means)[:, None], moved * scales], axis=1)
    intercept = value_mean - float(column_means @ coefficients)
    return Ridge(supports, intercept, coefficients * scales, penalty, loo_r2, draws, resampled)


def _solution(columns: FloatArray, target: FloatArray, penalty: float) -> FloatArray:
    """(k,) ridge coefficients at one penalty."""
    from scipy.linalg import cho_factor, cho_solve

    gram = columns.T @ columns
    gram[np.diag_indices_from(gram)] += penalty
    coefficients: FloatArray = cho_solve(cho_factor(gram, lower=True, overwrite_a=True), columns.T @ target)
    return coefficients


def _at_most(residuals: FloatArray, spread: float) -> FloatArray:
    """Residuals whose sum of squares is not above that of the target itself."""
    size = float((residuals**2).sum())
    return residuals * np.sqrt(min(1.0, spread / size)) if size > 0 else residuals


def _left_out(
    residuals: FloatArray, slack: FloatArray, crossed: FloatArray, pairs: IntArray, unknown: float
) -> FloatArray:
    """(m,) errors on rows that are left out, those of a pair together.

    Args:
        residuals: (m,) of the fit to all rows.
        slack: (m,) diagonal of I - H, with H the hat matrix.
        crossed: (p,) its entries at the pairs.
        pairs: (p, 2) rows.
        unknown: error of a pair without which the fit would be undetermined: rounding hides what it is.
    """
    errors = residuals / np.maximum(slack, _TAUT)
    one, two = pairs.T
    alone = slack[one] * slack[two]
    determinant = alone - crossed**2
    known = (determinant > _LOST * np.abs(alone)) & (np.minimum(slack[one], slack[two]) > _TAUT)
    safe = np.where(known, determinant, 1.0)
    for row, other in ((one, two), (two, one)):
        errors[row] = np.where(known, (slack[other] * residuals[row] - crossed * residuals[other]) / safe, unknown)
    return errors


class _Primal:
    """Ridge through the k x k Gram matrix (k <= m)."""

    def __init__(self, columns: FloatArray, target: FloatArray, pairs: IntArray) -> None:
        self._columns = columns
        self._pairs = pairs
        eigenvalues, self._vectors = np.linalg.eigh(columns.T @ columns)
        self._eigenvalues = np.maximum(eigenvalues, 0.0)
        self._target = target
        self._rotated: FloatArray | None = None
        if columns.size * columns.shape[1] <= _MOST_WORK:
            self._rotated = columns @ self._vectors
            self._projected = self._rotated.T @ target
            self._squares = self._rotated**2
            self._products = self._rotated[pairs[:, 0]] * self._rotated[pairs[:, 1]]
        else:
            self._projected = self._vectors.T @ (columns.T @ target)
        # Of a direction that no row shows, as of two equal columns, rounding alone would be left, over a tiny penalty.
        unseen = len(eigenvalues) * np.finfo(np.float64).eps * self._eigenvalues.max(initial=0.0)
        self._projected[self._eigenvalues <= unseen] = 0.0

    def coefficients(self, penalty: float) -> FloatArray:
        solution: FloatArray = self._vectors @ (self._projected / (self._eigenvalues + penalty))
        return solution

    def loo_error(self, penalty: float) -> float:
        shrink = 1.0 / (self._eigenvalues + penalty)
        if self._rotated is None:
            kept = self._projected**2 * shrink * (1.0 + penalty * shrink)
            left = max(float(self._target @ self._target) - float(kept.sum()), 0.0)
            return left / self._free(shrink) ** 2
        return float((self.left_out(penalty) ** 2).sum())

    def left_out(self, penalty: float) -> FloatArray:
        """(m,) errors of the rows when they are left out."""
        shrink = 1.0 / (self._eigenvalues + penalty)
        rows = len(self._target)
        if self._rotated is None:
            residuals = self._target - self._columns @ self.coefficients(penalty)
            return residuals / self._free(shrink)
        residuals = self._target - self._rotated @ (shrink * self._projected)
        # The intercept costs every row about one leverage of 1/m on top.
        slack = 1.0 - self._squares @ shrink - 1.0 / rows
        crossed = -(self._products @ shrink) - 1.0 / rows
        return _left_out(residuals, slack, crossed, self._pairs, float(np.linalg.norm(self._target)))

    def _free(self, shrink: FloatArray) -> float:
        """Mean slack of a row."""
        return max(1.0 - (float((self._eigenvalues * shrink).sum()) + 1.0) / len(self._target), 1e-9)

    def response(self, penalty: float, moves: FloatArray) -> FloatArray:
        """(B, k) changes of the coefficients when the target moves by (B, m)."""
        drawn: FloatArray = (moves @ self._columns @ self._vectors / (self._eigenvalues + penalty)) @ self._vectors.T
        return drawn

    def deviations(self, penalty: float, rng: np.random.Generator) -> FloatArray:
        """(B, k) draws with the posterior covariance, (X'X + penalty I)^-1, at unit noise."""
        noise = rng.standard_normal((DRAWS, len(self._eigenvalues)))
        # By the symmetric root of the covariance: the signs of eigenvectors, and their order where values tie, are the
        # library's to choose.
        drawn: FloatArray = (noise @ self._vectors / np.sqrt(self._eigenvalues + penalty)) @ self._vectors.T
        return drawn


class _Dual:
    """Ridge through the m x m kernel matrix (k > m)."""

    def __init__(self, columns: FloatArray, target: FloatArray, pairs: IntArray) -> None:
        self._columns = columns
        self._pairs = pairs
        eigenvalues, self._vectors = np.linalg.eigh(columns @ columns.T)
        self._eigenvalues = np.maximum(eigenvalues, 0.0)
        self._projected = self._vectors.T @ target

    def coefficients(self, penalty: float) -> FloatArray:
        dual = self._vectors @ (self._projected / (self._eigenvalues + penalty))
        solution: FloatArray = self._columns.T @ dual
        return solution

    def loo_error(self, penalty: float) -> float:
        return float((self.left_out(penalty) ** 2).sum())

    def left_out(self, penalty: float) -> FloatArray:
        """As for `_Primal`."""
        shrink = penalty / (self._eigenvalues + penalty)
        residuals = self._vectors @ (shrink * self._projected)
        slack = (self._vectors**2) @ shrink - 1.0 / len(residuals)
        products = self._vectors[self._pairs[:, 0]] * self._vectors[self._pairs[:, 1]]
        crossed = products @ shrink - 1.0 / len(residuals)
        return _left_out(residuals, slack, crossed, self._pairs, float(np.linalg.norm(self._projected)))

    def response(self, penalty: float, moves: FloatArray) -> FloatArray:
        """As for `_Primal`."""
        drawn: FloatArray = (moves @ self._vectors / (self._eigenvalues + penalty)) @ self._vectors.T @ self._columns
        return drawn

    def deviations(self, penalty: float, rng: np.random.Generator) -> FloatArray:
        """As for `_Primal`: a draw from the prior, corrected by what the rows say of it (Matheron's rule)."""
        m, k = self._columns.shape
        prior = rng.standard_normal((DRAWS, k)) / np.sqrt(penalty)
        misfit = prior @ self._columns.T + rng.standard_normal((DRAWS, m))
        dual = (misfit @ self._vectors / (self._eigenvalues + penalty)) @ self._vectors.T
        drawn: FloatArray = prior - dual @ self._columns
        return drawn
