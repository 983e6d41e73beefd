"""A Gaussian process of all rows, and for every fold one that has not seen it, for little more than the price of one.

Under one kernel the equations (K + noise) alpha = y of every fold are a part of those of all rows. Conjugate gradients
solve all of them at once, so that each product with K serves every fold. Their preconditioner is K's own leading Walsh
terms, the rest of it being nearly a multiple of the identity (Hestenes and Stiefel 1952; Woodbury's formula).

The kernel's few numbers have then seen all rows. With 1,500 rows and 15 a feature or more, the R² reported by that for
reviews of 28 to 113 words rose by .001 on average; with fewer by up to .02: there every fold has its own kernel.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from spex_core.arrays import BoolArray, FloatArray, IntArray, Samples
from spex_core.estimation.kernel import RelevanceKernel, SingleArray, fit_kernel, standardised
from spex_core.estimation.posterior import MOST_ROWS, Process, anchored_rows, noise_of
from spex_core.fourier.spectrum import walsh_columns

_MANY_ROWS = 1500
_ROWS_PER_FEATURE = 15
_LEADING = 150  # Walsh terms of the preconditioner
_LEADING_ORDER = 5
_STEPS = 100
_CLOSE = 1e-5  # of the right-hand side


@dataclass(frozen=True, eq=False)
class CrossProcess:
    """Processes with one kernel on the same rows, whose duals are 0 on what they have not seen.

    Attributes:
        whole: of all rows.
        without: of all rows but one fold, for every fold.
    """

    whole: Process
    without: tuple[Process, ...]


def cross_process(samples: Samples, folds: Sequence[IntArray]) -> CrossProcess | None:
    """The processes of (m,) samples and folds of them; None where rows are few, or the equations are hard to solve.

    Args:
        samples: rows 0 and 1 must be all-kept and all-hidden.
        folds: positions of rows, each to be left out by itself.
    """
    if len(samples) < max(_MANY_ROWS, _ROWS_PER_FEATURE * samples.masks.shape[1]):
        return None
    kernel = fit_kernel(samples)
    rows = anchored_rows(len(samples), MOST_ROWS)
    used = np.ones((len(folds) + 1, len(samples)), dtype=bool)
    for line, fold in zip(used, folds, strict=False):  # the last leaves nothing out
        line[fold] = False
    used, samples = used[:, rows], samples.take(rows)
    duals = _solve(kernel, samples, used)
    if duals is None:
        return None
    mean, unit = float(samples.values.mean()), float(samples.values.std())
    *without, whole = (Process(kernel, samples.masks, dual, mean, unit) for dual in duals)
    return CrossProcess(whole, tuple(without))


def _solve(kernel: RelevanceKernel, samples: Samples, used: BoolArray) -> FloatArray | None:
    """(c, m) duals, each for the rows `used` (c, m) by it; None where too many steps would be needed."""
    gram = kernel.single_gram(samples.masks, samples.masks)
    noise = noise_of(kernel, samples)
    precondition = _Leading(kernel, samples.masks, used)
    rest = np.where(used, standardised(samples.values), 0.0)
    goal = _CLOSE * np.linalg.norm(rest, axis=1)
    duals = np.zeros_like(rest)
    move = step = precondition(rest)
    size = (rest * step).sum(axis=1, keepdims=True)
    for _ in range(_STEPS):
        image = np.where(used, move.astype(np.float32) @ gram + noise * move, 0.0)
        length = size / (move * image).sum(axis=1, keepdims=True)
        duals += length * move
        rest -= length * image
        if (np.linalg.norm(rest, axis=1) <= goal).all():
            return duals
        step = precondition(rest)
        size, before = (rest * step).sum(axis=1, keepdims=True), size
        move = step + size / before * move
    return None


class _Leading:
    """The inverse of a kernel's leading Walsh terms plus a multiple of the identity, on some of the rows."""

    def __init__(self, kernel: RelevanceKernel, masks: BoolArray, used: BoolArray) -> None:
        supports = [(), *kernel.likeliest(_LEADING_ORDER, _LEADING)]
        variances = kernel.prior_variances(supports)
        self._used = used
        self._rest = float(kernel.noise + max(kernel.scale - variances.sum(), 0.0))
        self._columns: SingleArray = walsh_columns(masks, supports).astype(np.float32)
        self._inner = np.stack([self._inverse(self._columns[line], variances) for line in used])

    def _inverse(self, columns: SingleArray, variances: FloatArray) -> FloatArray:
        inner = (columns.T @ columns).astype(np.float64)
        inner[np.diag_indices_from(inner)] += self._rest / np.maximum(variances, 1e-12)
        return np.asarray(np.linalg.inv(inner), dtype=np.float64)

    def __call__(self, rest: FloatArray) -> FloatArray:
        """(c, m) of (c, m)."""
        inside = (rest.astype(np.float32) @ self._columns)[:, None] @ self._inner
        known = inside[:, 0].astype(np.float32) @ self._columns.T
        return np.where(self._used, rest - known, 0.0) / self._rest
