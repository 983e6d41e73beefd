"""The exact transform: every mask evaluated, every coefficient known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from spex_core.arrays import FloatArray
from spex_core.errors import InputError
from spex_core.masks import all_masks, first_of_each, row_keys
from spex_core.protocols import Estimator, Fit, Plan
from spex_core.samples import Samples
from spex_core.spectrum import Spectrum
from spex_core.walsh import walsh_hadamard

_MOST_FEATURES = 20
_NEGLIGIBLE = 1e-12


class Exact(Estimator):
    """Fast Walsh-Hadamard transform of all 2^n values; no estimation at all."""

    name: ClassVar[str] = "exact"
    title: ClassVar[str] = "Exact transform"
    summary: ClassVar[str] = "Evaluates all 2^n masks; for at most 20 features."
    needs_whole_plan: ClassVar[bool] = True

    def minimum(self, n_features: int, max_order: int) -> int:
        """All 2^n masks but the anchors.

        Raises:
            InputError: more than 20 features.
        """
        if n_features > _MOST_FEATURES:
            raise InputError(
                f'estimator="exact" evaluates all 2^n masks and takes at most {_MOST_FEATURES} features, '
                f'not {n_features}; use estimator="auto"'
            )
        return (1 << n_features) - 2

    def plan(
        self, n_features: int, rows: int, max_order: int, rng: np.random.Generator, avoid: Sequence[bytes] = ()
    ) -> Plan:
        """Every mask that is not in `avoid`, in random order, so that an early stop leaves a fair sample."""
        cube = all_masks(n_features)[rng.permutation(2**n_features)]
        return Plan(cube[first_of_each(cube, avoid)])

    def fit(self, samples: Samples, plan: Plan, max_order: int, rng: np.random.Generator) -> Fit:
        """Transform, then keep orders up to `max_order`."""
        spectrum = exact_spectrum(samples, max_order)
        return Fit(spectrum, np.zeros((0, len(spectrum))))


def exact_spectrum(samples: Samples, max_order: int) -> Spectrum:
    """Spectrum of a function known on all 2^n masks, truncated at `max_order`."""
    n = samples.masks.shape[1]
    position = {key: row for row, key in enumerate(row_keys(samples.masks))}
    values = samples.values[[position[key] for key in row_keys(all_masks(n))]]
    coefficients: FloatArray = walsh_hadamard(values) / 2**n
    threshold = _NEGLIGIBLE * float(np.abs(values).max(initial=0.0))
    rows = [r for r in np.flatnonzero(np.abs(coefficients) > threshold).tolist() if r.bit_count() <= max_order]
    rows = sorted({0, *rows})
    supports = [tuple(i for i in range(n) if r >> (n - 1 - i) & 1) for r in rows]
    return Spectrum.from_terms(n, supports, coefficients[rows].tolist())
