"""The sparse Möbius transform (Kang et al. 2024, arXiv 2402.02631), which needs masks of its own design."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from spex_core.arrays import Samples, ValueFunction
from spex_core.errors import InputError
from spex_core.fourier.spectrum import Spectrum
from spex_core.trust.baseline import Baseline
from spex_core.trust.sparse_moebius import sparse_moebius

_REASON = "It decodes from passes of its own design, which these are not."


class SparseMoebius(Baseline):
    """Decodes interactions from masks designed for it; cannot run on passes that were chosen for another method."""

    name: ClassVar[str] = "smt"
    title: ClassVar[str] = "Sparse Möbius transform"
    orders: ClassVar[tuple[int, ...]] = ()
    draws_own: ClassVar[bool] = True

    def reason(self, n_features: int, rows: int, order: int) -> str:
        """Always the same."""
        return _REASON

    def reason_live(self, n_features: int, budget: int, order: int) -> str:
        """`live` says."""
        return ""

    def fit(self, samples: Samples, order: int, rng: np.random.Generator) -> Spectrum:
        """Refused.

        Raises:
            InputError: always.
        """
        raise InputError(_REASON)

    def live(
        self, function: ValueFunction, n_features: int, budget: int, order: int, rng: np.random.Generator
    ) -> Spectrum:
        """The transform with its own masks."""
        return sparse_moebius(function, n_features, budget, order, rng)
