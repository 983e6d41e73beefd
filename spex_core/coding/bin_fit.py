"""Least squares of the samples on Walsh functions, done in the bins.

By Parseval, least squares on complete subsamples is least squares on their transforms, where a term
touches one bin per group: normal equations with c (r + 1) on the diagonal and, beside it, only pairs of terms that
share a bin. Erased rows take a step more: what the bins lose to them is found by transforming back and forth.
"""

from __future__ import annotations

import numpy as np

from spex_core.arrays import BoolArray, FloatArray, IntArray
from spex_core.coding.layouts import ERASED, CodedLayout
from spex_core.coding.signatures import Signatures, grid_of, on_grid
from spex_core.fourier.walsh import walsh_hadamard

_MOST_STEPS = 12
_INNER_STEPS = 20
_INNER_ERROR = 1e-4  # of the solution of the normal equations of one step, relative
_LONE = 0.1  # smallest share of a term's energy that counts as its own where others overlap with it


class BinFit:
    """Growing least squares; the residual is that of the known design rows, transformed.

    Attributes:
        supports: (k, t) features per term, filled up with n; the first is the constant.
        amplitudes: (k,) their coefficients.
        bins: (c 2^b, r + 1) transformed residual U_{c,p}[j]; like the amplitudes on a grid (`signatures.on_grid`).
    """

    def __init__(self, layout: CodedLayout, signatures: Signatures, values: FloatArray) -> None:
        n_features, width = layout.code.n_info, layout.code.t
        rows = layout.rows.transpose(0, 2, 1)
        self._signatures = signatures
        self._known = np.ascontiguousarray(rows != ERASED)
        self._complete = bool(self._known.all())
        self._size = 1 << layout.b
        extended = np.append(values, 0.0)  # ERASED = -1 picks this last entry
        self._grid = grid_of(values)
        self.bins: FloatArray = on_grid(self._transformed(extended[rows]), self._grid)
        self.supports: IntArray = np.zeros((0, width), dtype=np.int64)
        self.amplitudes: FloatArray = np.zeros(0)
        self.add(np.full((1, width), n_features))

    def __len__(self) -> int:
        return len(self.supports)

    @property
    def energy(self) -> float:
        """Sum of squares of the residual over the known design rows."""
        return float(np.vdot(self.bins, self.bins)) * self._size

    @property
    def z_scores(self) -> FloatArray:
        """(k,) amplitudes in units of their standard errors."""
        rows = int(self._known.sum())
        variance = self.energy / max(rows - len(self), 1)
        own = self._own * (rows / self._known.size * self._size)
        scores: FloatArray = self.amplitudes * np.sqrt(own / max(variance, 1e-300))
        return scores

    def add(self, supports: IntArray) -> None:
        """Add terms (distinct, none of them present) and fit again."""
        self.supports = np.concatenate([self.supports, supports])
        self.amplitudes = np.append(self.amplitudes, np.zeros(len(supports)))
        self._fit()

    def keep(self, chosen: BoolArray) -> None:
        """Keep only the chosen terms (and always the constant), and fit again."""
        chosen = chosen.copy()
        chosen[0] = True
        if chosen.all():
            return
        self.bins = on_grid(self.bins + self._image(np.where(chosen, 0.0, self.amplitudes)), self._grid)
        self.supports, self.amplitudes = self.supports[chosen], self.amplitudes[chosen]
        self._fit()

    def _fit(self) -> None:
        self._prepare()
        before = self.energy
        for _ in range(_MOST_STEPS):
            self._step()
            after = self.energy
            # A step leaves a few percent of what it removes: another one pays only where most has gone.
            if after > 0.5 * before or after == 0.0:
                break
            before = after

    def _prepare(self) -> None:
        """The normal equations of complete subsamples: pairs of terms that share a bin, both ways round."""
        first, second, overlap = self._signatures.overlaps(self.supports)
        self._row, self._column = np.concatenate([first, second]), np.concatenate([second, first])
        self._overlap = np.concatenate([overlap, overlap]).astype(np.float64)
        self._diagonal = float(self._signatures.hashes.shape[1] * self._signatures.shifts)
        others = np.bincount(self._row, self._overlap**2 / self._diagonal, len(self.supports))
        self._own = np.maximum(self._diagonal - others, _LONE * self._diagonal)

    def _step(self) -> None:
        """One step towards least squares: exact where no row is erased."""
        _, sums = self._signatures.correlate(self.bins, self.supports)
        change = on_grid(self._solved(sums.sum(axis=1)), self._grid)
        image = self._image(change)
        size = float(np.vdot(image, image))
        if size == 0.0:
            return
        length = float(np.vdot(image, self.bins)) / size
        self.amplitudes = on_grid(self.amplitudes + length * change, self._grid)
        self.bins = on_grid(self.bins - length * image, self._grid)

    def _solved(self, right: FloatArray) -> FloatArray:
        """Solution of the normal equations of complete subsamples, by conjugate gradients."""
        solution = right / self._diagonal
        rest = right - self._normal(solution)
        direction, energy = rest, float(rest @ rest)
        enough = _INNER_ERROR**2 * float(right @ right)
        for _ in range(_INNER_STEPS):
            if energy <= enough:
                break
            image = self._normal(direction)
            length = energy / float(direction @ image)
            solution = solution + length * direction
            rest = rest - length * image
            energy, last = float(rest @ rest), energy
            direction = rest + energy / last * direction
        return solution

    def _normal(self, vector: FloatArray) -> FloatArray:
        shared = np.bincount(self._row, self._overlap * vector[self._column], len(vector))
        image: FloatArray = self._diagonal * vector + shared
        return image

    def _image(self, amplitudes: FloatArray) -> FloatArray:
        """Bins of the sum of the terms, its erased rows set to zero."""
        bins = self._signatures.superposed(self.supports, amplitudes)
        if self._complete:
            return bins
        return self._transformed(walsh_hadamard(bins.reshape(self._known.shape), axis=1) * self._known)

    def _transformed(self, subsamples: FloatArray) -> FloatArray:
        return walsh_hadamard(subsamples, axis=1).reshape(-1, subsamples.shape[2]) / self._size
