"""A Gaussian process on masks whose kernel is a product over features.

``K(m, m') = a prod_i exp(w_i (s_i s_i' - 1))`` with s = (-1)^m is the diffusion kernel on the hypercube
(Kondor & Lafferty, ICML 2002) with one rate w_i per feature. Expanded in the Walsh basis it is a prior under
which coefficients are independent and F(k) has variance ``a prod_{i in k} e^-w_i sinh w_i prod_{i not in k} e^-w_i
cosh w_i``: an interaction is as likely as its features are relevant, which is how dense, hierarchical spectra look.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from itertools import chain
from typing import TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt

from spex_core.arrays import BoolArray, FloatArray, IntArray, Samples, Support

_MOST_ROWS = 4000  # rates need far fewer rows than coefficients
_BATCH = 256  # rows of one step: its cost is cubic in them
_SMALLEST_BATCH = 64
_STEPS = 40
_STEP = 0.1
_DECAYS = (0.9, 0.99)  # of the running means of the gradient and its square
_AGREEMENT = 2.0  # inverse variance of the log rates about their mean, per data set
_LOG_RATES = (-12.0, 1.0)
_LOG_SCALE = (-5.0, 8.0)
_LOG_NOISE = (-12.0, 2.0)
_JITTER = 1e-8
_FINENESS = 256  # of logs, a factor of 1.004: far finer than rows tell them, far coarser than single precision


SingleArray: TypeAlias = npt.NDArray[np.float32]
Real = TypeVar("Real", np.float32, np.float64)


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
        return self._gram(one, two, np.float64)

    def single_gram(self, one: BoolArray, two: BoolArray) -> SingleArray:
        """`gram` in single precision, in half of the time: for as many rows as make the noise outweigh rounding."""
        return self._gram(one, two, np.float32)

    def _gram(self, one: BoolArray, two: BoolArray, kind: type[Real]) -> npt.NDArray[Real]:
        left = (1 - 2 * one.astype(kind)) * self.rates.astype(kind)
        values: npt.NDArray[Real] = left @ (1 - 2 * two.astype(kind)).T
        values += kind(np.log(self.scale) - self.rates.sum())
        return np.exp(values, out=values)

    def prior_variances(self, supports: list[Support]) -> FloatArray:
        """(k,) prior variance of each Fourier coefficient."""
        logs = np.log(np.tanh(self.rates) + 1e-300)
        sizes = np.array([len(support) for support in supports], dtype=np.int64)
        members = np.fromiter(chain.from_iterable(supports), dtype=np.int64, count=int(sizes.sum()))
        owners = np.repeat(np.arange(len(supports)), sizes)
        variances: FloatArray = self._constant_variance() * np.exp(
            np.bincount(owners, weights=logs[members], minlength=len(supports))
        )
        return variances

    def varying(self) -> float:
        """Prior variance of all coefficients but the constant."""
        return self.scale - self._constant_variance()

    def _constant_variance(self) -> float:
        return self.scale * float(np.exp((np.log(np.cosh(self.rates)) - self.rates).sum()))

    def likeliest(self, max_order: int, count: int) -> list[Support]:
        """The `count` nonempty supports of highest prior variance, best first.

        Best-first search over features sorted by relevance: the last feature of a support is moved on, or another
        added after it, and neither can raise the product.
        """
        order = np.argsort(-self.rates, kind="stable")
        logs = np.log(np.tanh(self.rates[order]) + 1e-300).tolist()
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


def subsample(rows: int, most: int) -> IntArray:
    """At most `most` of so many positions, drawn evenly: coded masks come in groups, the first are no fair sample."""
    if rows <= most:
        return np.arange(rows)
    return np.sort(np.random.default_rng(0).permutation(rows)[:most])


def standardised(values: FloatArray) -> FloatArray:
    """Values with mean 0 and variance 1.

    Raises:
        ValueError: they are constant.
    """
    spread = float(values.std())
    if spread == 0.0:
        raise ValueError("constant values have no relevances")
    scaled: FloatArray = (values - values.mean()) / spread
    return scaled


def fit_kernel(samples: Samples) -> RelevanceKernel:
    """Relevances, scale and noise by stochastic ascent of the marginal likelihood.

    Small random batches of rows, few steps and the mean of the later ones: the optimum for a few hundred rows fits
    them too closely and predicts fresh masks worse, and a step on a batch costs a fraction of one on all rows. For
    the same reason the rates are drawn towards their mean.

    Args:
        samples: at least two rows.

    Raises:
        ValueError: the values are constant.
    """
    samples = samples.take(subsample(len(samples), _MOST_ROWS))
    signs = np.where(samples.masks, -1.0, 1.0)
    target = standardised(samples.values)
    m, n = signs.shape
    batch = min(m, max(_SMALLEST_BATCH, min(_BATCH, m // 2)))
    rng = np.random.default_rng(0)
    theta = np.concatenate([np.log(_first_guess(signs, target)), [0.0, np.log(0.1)]])
    low = np.array([_LOG_RATES[0]] * n + [_LOG_SCALE[0], _LOG_NOISE[0]])
    high = np.array([_LOG_RATES[1]] * n + [_LOG_SCALE[1], _LOG_NOISE[1]])
    first, second, mean = np.zeros(n + 2), np.zeros(n + 2), np.zeros(n + 2)
    single = signs.astype(np.float32), target.astype(np.float32)
    order = rng.permutation(m)
    for step in range(_STEPS):  # Adam (Kingma & Ba, ICLR 2015) with a falling step, averaged over its second half
        if len(order) < batch:
            order = rng.permutation(m)
        rows, order = order[:batch], order[batch:]
        slope = _slope(theta, single[0][rows], single[1][rows]) / batch
        slope[:n] += _AGREEMENT / m * (theta[:n] - theta[:n].mean())
        first = _DECAYS[0] * first + (1 - _DECAYS[0]) * slope
        second = _DECAYS[1] * second + (1 - _DECAYS[1]) * slope**2
        unbiased = np.sqrt(second / (1 - _DECAYS[1] ** (step + 1))) + 1e-8
        move = _STEP * np.sqrt(1 - step / _STEPS) * first / (1 - _DECAYS[0] ** (step + 1)) / unbiased
        theta = np.clip(theta - move, low, high)
        if 2 * step >= _STEPS:
            mean += theta / (_STEPS / 2)
    mean = np.round(_FINENESS * mean) / _FINENESS  # what rounding leaves, which differs between processors, goes
    return RelevanceKernel(np.exp(mean[:n]), float(np.exp(mean[n])), float(np.exp(mean[n + 1])))


def _slope(theta: FloatArray, signs: SingleArray, target: SingleArray) -> FloatArray:
    """Gradient of the negative log marginal likelihood of a batch by log rates, log scale and log noise.

    In single precision, which is far finer than what one batch says of the gradient.
    """
    from scipy.linalg import lapack

    n = signs.shape[1]
    rates, noise = np.exp(theta[:n]), np.exp(theta[n + 1])
    kernel = (signs * rates.astype(np.float32)) @ signs.T
    kernel += np.float32(theta[n] - rates.sum())
    np.exp(kernel, out=kernel)
    total = kernel.copy()
    total[np.diag_indices_from(total)] += np.float32(noise + _JITTER)
    factor = lapack.spotrf(total.T, lower=1, clean=1, overwrite_a=1)[0]
    root = lapack.strtri(factor, lower=1, overwrite_c=1)[0]
    pull = root.T @ root
    dual = pull @ target
    pull -= np.outer(dual, dual)
    by_noise = noise * float(np.trace(pull))
    pull *= kernel
    by_scale = float(pull.sum(dtype=np.float64))
    by_rate = np.einsum("ij,ij->j", signs, pull @ signs).astype(np.float64) - by_scale
    return 0.5 * np.concatenate([by_rate * rates, [by_scale], [by_noise]])


def _first_guess(signs: FloatArray, target: FloatArray) -> FloatArray:
    """Rates that share one unit of relevance in proportion to first-order energy, half of it evenly."""
    m, n = signs.shape
    slopes = np.linalg.solve(signs.T @ signs + 0.1 * m * np.eye(n), signs.T @ target)
    energy = slopes**2 / max(float((slopes**2).sum()), 1e-300)
    guess: FloatArray = 0.5 / n + 0.5 * energy
    return guess
