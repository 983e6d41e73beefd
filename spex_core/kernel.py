"""A Gaussian process on masks whose kernel is a product over features.

``K(m, m') = a prod_i exp(w_i (s_i s_i' - 1))`` with s = (-1)^m is the diffusion kernel on the hypercube
(Kondor & Lafferty, ICML 2002) with one rate w_i per feature. Expanded in the Walsh basis it is a prior under
which coefficients are independent and F(k) has variance ``a prod_{i in k} e^-w_i sinh w_i prod_{i not in k} e^-w_i
cosh w_i``: an interaction is as likely as its features are relevant, which is how dense, hierarchical spectra look.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass

import numpy as np

from spex_core.arrays import BoolArray, FloatArray, Support
from spex_core.samples import Samples
from spex_core.spectrum import walsh_columns

_RATE_ROWS = 500  # rates need far fewer rows than coefficients; the cost is cubic in them
_ITERATIONS = 50
_POSTERIOR_ROWS = 2500
_LOG_BOUNDS = (-12.0, 1.0)
_MOST_TERMS = 500
_TERMS_PER_ROW = 0.6


@dataclass(frozen=True, eq=False)
class RelevanceKernel:
    """A fitted kernel, in units where the values have mean 0 and variance 1.

    Attributes:
        rates: (n,) w_i > 0, the relevance of each feature.
        scale: a > 0, variance of the process at a point.
        noise: variance of what the process does not explain.
    """

    rates: FloatArray
    scale: float
    noise: float

    def gram(self, one: BoolArray, two: BoolArray) -> FloatArray:
        """(p, q) kernel values between masks (p, n) and (q, n)."""
        left = (1.0 - 2.0 * one) * self.rates
        values: FloatArray = self.scale * np.exp(left @ (1.0 - 2.0 * two).T - self.rates.sum())
        return values

    def prior_variances(self, supports: list[Support]) -> FloatArray:
        """(k,) prior variance of each Fourier coefficient."""
        tanh = np.tanh(self.rates)
        base = self.scale * float(np.exp((np.log(np.cosh(self.rates)) - self.rates).sum()))
        return base * np.array([float(np.prod(tanh[list(support)])) for support in supports])


@dataclass(frozen=True, eq=False)
class Terms:
    """Supports worth fitting and how large their coefficients may be.

    Attributes:
        supports: distinct, all single features among them.
        prior: (k,) prior variances relative to the variance of the values.
    """

    supports: list[Support]
    prior: FloatArray


def relevant_terms(samples: Samples, max_order: int) -> Terms:
    """All single features, and the strongest of what a relevance kernel finds plausible."""
    n = samples.masks.shape[1]
    singles: list[Support] = [(i,) for i in range(n)]
    if float(np.ptp(_spread_rows(samples, _RATE_ROWS).values)) == 0.0:
        return Terms(singles, np.ones(n))
    kernel = fit_kernel(samples)
    count = min(_MOST_TERMS, int(_TERMS_PER_ROW * len(samples)) + 1)
    supports = sorted({*singles, *strongest(kernel, samples, max_order, count)}, key=lambda s: (len(s), s))
    return Terms(supports, kernel.prior_variances(supports) + 1e-12)


def fit_kernel(samples: Samples) -> RelevanceKernel:
    """Maximise the marginal likelihood over rates, scale and noise on 500 of the samples.

    Raises:
        ValueError: the values are constant.
    """
    from scipy.linalg import lapack
    from scipy.optimize import minimize

    samples = _spread_rows(samples, _RATE_ROWS)
    signs = np.where(samples.masks, -1.0, 1.0)
    m, n = signs.shape
    spread = float(samples.values.std())
    if spread == 0.0:
        raise ValueError("constant values have no relevances")
    target = (samples.values - samples.values.mean()) / spread

    def loss(theta: FloatArray) -> tuple[float, FloatArray]:
        rates, scale, noise = np.exp(theta[:n]), np.exp(theta[n]), np.exp(theta[n + 1])
        kernel = scale * np.exp((signs * rates) @ signs.T - rates.sum())
        factor = np.linalg.cholesky(kernel + (noise + 1e-8) * np.eye(m))
        inverse = lapack.dpotri(factor, lower=1)[0]
        inverse = np.tril(inverse) + np.tril(inverse, -1).T
        dual = inverse @ target
        value = 0.5 * float(target @ dual) + float(np.log(np.diag(factor)).sum())
        pull = 0.5 * (inverse - np.outer(dual, dual)) * kernel
        by_rate = np.einsum("ij,ij->j", signs, pull @ signs) - pull.sum()
        by_noise = 0.5 * noise * (float(np.trace(inverse)) - float(dual @ dual))
        return value, np.concatenate([by_rate * rates, [float(pull.sum())], [by_noise]])

    start = np.concatenate([np.log(_first_guess(signs, target)), [0.0, np.log(0.1)]])
    bounds = [_LOG_BOUNDS] * n + [(-5.0, 8.0), (-12.0, 2.0)]
    best = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": _ITERATIONS}).x
    return RelevanceKernel(np.exp(best[:n]), float(np.exp(best[n])), float(np.exp(best[n + 1])))


def _spread_rows(samples: Samples, most: int) -> Samples:
    """At most `most` of the samples, drawn evenly: coded masks come in groups, so the first ones are no fair sample."""
    if len(samples) <= most:
        return samples
    return samples.take(np.sort(np.random.default_rng(0).permutation(len(samples))[:most]))


def _first_guess(signs: FloatArray, target: FloatArray) -> FloatArray:
    """Rates that share one unit of relevance in proportion to first-order energy, half of it evenly."""
    m, n = signs.shape
    slopes = np.linalg.solve(signs.T @ signs + 0.1 * m * np.eye(n), signs.T @ target)
    energy = slopes**2 / max(float((slopes**2).sum()), 1e-300)
    guess: FloatArray = 0.5 / n + 0.5 * energy
    return guess


def strongest(kernel: RelevanceKernel, samples: Samples, max_order: int, count: int) -> list[Support]:
    """The `count` supports with the largest posterior mean coefficients.

    Searched among all single features and the supports of highest prior variance, each up to `max_order`.
    """
    samples = _spread_rows(samples, _POSTERIOR_ROWS)
    masks, values = samples.masks, samples.values
    target = (values - values.mean()) / values.std()
    gram = kernel.gram(masks, masks)
    gram[np.diag_indices_from(gram)] += kernel.noise + 1e-8
    dual = np.linalg.solve(gram, target)
    pool = sorted({*_likeliest(kernel.rates, max_order, 8 * count), *((i,) for i in range(masks.shape[1]))})
    posterior = kernel.prior_variances(pool) * (dual @ walsh_columns(masks, pool))
    leading = np.argsort(-np.abs(posterior), kind="stable")[:count]
    return [pool[position] for position in leading]


def _likeliest(rates: FloatArray, max_order: int, count: int) -> list[Support]:
    """The `count` nonempty supports with the largest product of tanh(rate), best first.

    Best-first search over features sorted by relevance: the last feature of a support is moved on, or another
    added after it, and neither can raise the product.
    """
    order = np.argsort(-rates, kind="stable")
    logs = np.log(np.tanh(rates[order]) + 1e-300).tolist()
    found: list[Support] = []
    queue: list[tuple[float, tuple[int, ...]]] = [(-logs[0], (0,))]
    while queue and len(found) < count:
        cost, chosen = heapq.heappop(queue)
        found.append(tuple(sorted(int(order[i]) for i in chosen)))
        last = chosen[-1]
        if last + 1 < len(logs):
            heapq.heappush(queue, (cost + logs[last] - logs[last + 1], (*chosen[:-1], last + 1)))
            if len(chosen) < max_order:
                heapq.heappush(queue, (cost - logs[last + 1], (*chosen, last + 1)))
    return found
