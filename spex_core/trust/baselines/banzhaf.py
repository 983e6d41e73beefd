"""Banzhaf values and interactions (Banzhaf 1965; Grabisch and Roubens, Int. J. Game Theory 28, 1999) as averages."""

from __future__ import annotations

from itertools import combinations
from typing import ClassVar

import numpy as np

from spex_core.arrays import Samples, Support
from spex_core.fourier.spectrum import Spectrum, walsh_columns
from spex_core.trust.baseline import Baseline, chances, n_terms, too_few

_CELLS = 4_000_000  # of the columns that are alive at once


class Banzhaf(Baseline):
    """Every pass serves every group: the difference of mean values with its features kept and hidden.

    The Monte Carlo estimate of maximum sample reuse (Wang and Jia, AISTATS 2023, arXiv 2205.15466), about the mean of
    the values. The interaction of T is (-2)^|T| F(T), so what predicts is the Walsh series up to the order: the
    expansion of the multilinear extension about its centre.
    """

    name: ClassVar[str] = "banzhaf"
    title: ClassVar[str] = "Banzhaf"
    orders: ClassVar[tuple[int, ...]] = (1, 2, 3, 4)

    def notes(self, samples: Samples, order: int) -> tuple[str, ...]:
        """How it differs from Faith-Banzhaf, which has the same limit."""
        return ("Plain averages over the passes; Faith-Banzhaf fits the same values to them.",)

    def too_much(self, n_features: int, rows: int, order: int) -> str:
        """Averages need no memory, only more passes than terms."""
        terms = n_terms(n_features, order)
        return too_few(terms, rows, order) if terms > rows else ""

    def fit(self, samples: Samples, order: int, rng: np.random.Generator) -> Spectrum:
        """Weighted means of the values times each Walsh function."""
        n = samples.masks.shape[1]
        weights = chances(samples)
        mean = float(weights @ samples.values)
        weighted = weights * (samples.values - mean)
        supports: list[Support] = [s for size in range(1, order + 1) for s in combinations(range(n), size)]
        step = max(1, _CELLS // len(weighted))
        parts = [
            weighted @ walsh_columns(samples.masks, supports[start : start + step])
            for start in range(0, len(supports), step)
        ]
        return Spectrum.from_terms(n, [(), *supports], [mean, *np.concatenate(parts).tolist()])
