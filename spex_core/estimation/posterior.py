"""A fitted Gaussian process on masks: predictions, and its posterior read off in the Walsh basis.

The posterior mean of a Fourier coefficient is ``v_k chi_k' alpha`` with alpha = (K + noise)^-1 y: the kernel's
countless small terms take part in the fit, and the largest coefficients are then written down. Refitting the
written ones alone would be worse, because they would have to stand in for the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from spex_core.arrays import ANCHORS, BoolArray, FloatArray, IntArray, Samples, Support
from spex_core.estimation.kernel import RelevanceKernel, fit_kernel, standardised, subsample
from spex_core.fourier.spectrum import Spectrum, walsh_columns
from spex_core.fourier.stability import RESAMPLES, multiplicities

MOST_ROWS = 4000  # solving is cubic in them
_POOL = 8000  # supports of most prior variance, whose coefficients are looked at
_MOST_TERMS = 3000  # of them are written down
_CELLS = 8_000_000
_MANY_CELLS = 1_000_000  # of a kernel, from which it is computed in single precision


@dataclass(frozen=True, eq=False)
class Process:
    """A Gaussian process given samples.

    Attributes:
        kernel: its kernel, in units where the values have mean 0 and variance 1.
        masks: (m, n) rows it was given.
        dual: (m,) alpha.
        mean: mean of the values.
        unit: their standard deviation.
    """

    kernel: RelevanceKernel
    masks: BoolArray
    dual: FloatArray
    mean: float
    unit: float

    @staticmethod
    def of(samples: Samples, most_rows: int = MOST_ROWS, anchored: bool = True) -> Process:
        """Fit the kernel and condition it on the samples.

        Args:
            samples: rows 0 and 1 must be all-kept and all-hidden; they count more than others, because every
                Shapley-type index rests on these two values.
            most_rows: of more samples, this many are used.
            anchored: False where no row is to count more.

        Raises:
            ValueError: the values are constant.
        """
        from scipy.linalg import cho_factor, cho_solve

        kernel = fit_kernel(samples)
        samples = samples.take(anchored_rows(len(samples), most_rows))
        gram = _noisy_gram(kernel, samples, anchored)
        dual = cho_solve(cho_factor(gram, lower=True, overwrite_a=True), standardised(samples.values))
        mean, unit = float(samples.values.mean()), float(samples.values.std())
        return Process(kernel, samples.masks, dual, mean, unit)

    def predict(self, masks: BoolArray) -> FloatArray:
        """Posterior mean on (p, n) masks: (p,)."""
        values: FloatArray = predict_together([self], masks)[0]
        return values

    def coefficients(self, supports: list[Support]) -> FloatArray:
        """Posterior means of the Fourier coefficients at (k,) nonempty supports."""
        means: FloatArray = coefficients_together([self], supports)[0]
        return means

    def resampled(self, supports: list[Support], rng: np.random.Generator) -> FloatArray:
        """(B, k) posterior means had other rows been drawn, columns taken as orthogonal (see `stability`)."""
        variances = self.kernel.prior_variances(supports)
        noise = self.kernel.noise + 1e-8
        size = float(np.sqrt((self.dual[ANCHORS:] ** 2).mean()))
        residuals = self.dual * np.sqrt(noise) / max(size, 1e-300)
        moves = np.zeros((RESAMPLES, len(self.masks)))
        moves[:, ANCHORS:] = multiplicities(len(self.masks) - ANCHORS, rng) - 1.0
        shrunk = variances / (variances + noise / len(self.masks))
        drawn: FloatArray = self.unit * shrunk * correlate(self.masks, supports, moves * residuals) / len(self.masks)
        return self.coefficients(supports) + drawn

    def deviations(self, supports: list[Support]) -> FloatArray:
        """Posterior standard deviation of the coefficients at (k,) supports, columns taken as orthogonal."""
        variances = self.kernel.prior_variances(supports)
        noise = (self.kernel.noise + 1e-8) / len(self.masks)
        deviation: FloatArray = self.unit * np.sqrt(variances * noise / (variances + noise))
        return deviation

    def spectrum(self, max_order: int) -> Spectrum:
        """The 3,000 largest posterior means of order <= `max_order`, searched among the likeliest supports."""
        n = self.masks.shape[1]
        singles = ((i,) for i in range(n))
        pool = sorted({*self.kernel.likeliest(max_order, _POOL), *singles})
        means = self.coefficients(pool)
        constant = self.mean + self.unit * float(self.kernel.prior_variances([()])[0] * self.dual.sum())
        leading = np.argsort(-np.abs(means), kind="stable")[:_MOST_TERMS]
        return Spectrum.from_terms(n, [(), *(pool[i] for i in leading)], [constant, *means[leading].tolist()])


def predict_together(processes: Sequence[Process], masks: BoolArray) -> FloatArray:
    """(c, p) posterior means on (p, n) masks; processes of one kernel on the same rows cost as much as one."""
    if not _alike(processes):
        return np.stack([process.predict(masks) for process in processes])
    first = processes[0]
    duals = np.stack([process.dual for process in processes])
    if len(masks) * len(first.masks) < _MANY_CELLS:
        drawn = duals @ first.kernel.gram(first.masks, masks)
    else:
        drawn = (duals.astype(np.float32) @ first.kernel.single_gram(first.masks, masks)).astype(np.float64)
    values: FloatArray = first.mean + first.unit * drawn
    return values


def coefficients_together(processes: Sequence[Process], supports: list[Support]) -> FloatArray:
    """(c, k) posterior means of the Fourier coefficients at (k,) nonempty supports."""
    if not _alike(processes):
        return np.stack([process.coefficients(supports) for process in processes])
    first = processes[0]
    duals = np.stack([process.dual for process in processes])
    means: FloatArray = first.unit * first.kernel.prior_variances(supports) * correlate(first.masks, supports, duals)
    return means


def _alike(processes: Sequence[Process]) -> bool:
    """Whether they differ in their duals alone."""
    first = processes[0]
    return all(
        one.kernel is first.kernel and one.masks is first.masks and (one.mean, one.unit) == (first.mean, first.unit)
        for one in processes
    )


def left_out_errors(kernel: RelevanceKernel, samples: Samples, values: FloatArray) -> FloatArray:
    """(c, m) errors on rows left out one by one, for (c, m) sets of values in the place of the samples' own; rows 0 and
    1 are the anchors (Rasmussen and Williams, Gaussian Processes for Machine Learning, 2006, equation 5.12)."""
    from scipy.linalg import lapack

    factor = np.linalg.cholesky(_noisy_gram(kernel, samples, anchored=True))
    lower = np.tril(lapack.dpotri(factor, lower=1)[0])
    inverse = lower + np.tril(lower, -1).T
    errors: FloatArray = values @ inverse / np.diag(inverse)
    return errors


def _noisy_gram(kernel: RelevanceKernel, samples: Samples, anchored: bool) -> FloatArray:
    gram = kernel.gram(samples.masks, samples.masks)
    gram[np.diag_indices_from(gram)] += noise_of(kernel, samples, anchored)
    return gram


def noise_of(kernel: RelevanceKernel, samples: Samples, anchored: bool = True) -> FloatArray:
    """(m,) variance of the noise of every row, less for the anchors, 0 and 1, and for rows of more weight."""
    noise = np.full(len(samples), kernel.noise + 1e-8)
    if samples.weights is not None:
        noise *= samples.weights.mean() / samples.weights
    elif anchored:
        noise[:ANCHORS] /= max(1.0, np.sqrt(len(samples)) / 2)
    return noise


def anchored_rows(rows: int, most: int) -> IntArray:
    """Positions of at most `most` of the rows, the anchors and others drawn evenly."""
    return np.concatenate([np.arange(ANCHORS), ANCHORS + subsample(rows - ANCHORS, most - ANCHORS)])


def correlate(masks: BoolArray, supports: list[Support], weights: FloatArray) -> FloatArray:
    """Sum of `weights` (m,) times the Walsh function of each support over (m, n) masks: (k,); of (B, m): (B, k)."""
    step = max(1, _CELLS // max(len(masks), 1))
    parts = [weights @ walsh_columns(masks, supports[at : at + step]) for at in range(0, len(supports), step)]
    return np.concatenate(parts, axis=-1) if parts else np.zeros((*weights.shape[:-1], 0))
