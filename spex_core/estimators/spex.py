"""SPEX with soft decoding (arXiv 2502.13870)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from spex_core.chase import SOFT
from spex_core.protocols import Estimator, Fit, Plan
from spex_core.samples import Samples
from spex_core.spex_decoder import fit_plan
from spex_core.subsampling import minimum_rows, plan_masks


class Spex(Estimator):
    """Coded masks, soft-decision (Chase) decoding, peeling across groups, ridge refit on all rows."""

    name = "spex"
    title = "SPEX (soft decoding)"
    summary = "Finds sparse interactions of any order from coded masks; needs a fixed set of masks to be complete."
    needs_whole_plan = True

    def minimum(self, n_features: int, max_order: int) -> int:
        """90 % of the smallest coded design, or all 2^n masks where they are fewer."""
        return minimum_rows(n_features, max_order)

    def plan(
        self, n_features: int, rows: int, max_order: int, rng: np.random.Generator, avoid: Sequence[bytes] = ()
    ) -> Plan:
        """See `subsampling.plan_masks`."""
        return plan_masks(n_features, rows, max_order, rng, avoid)

    def fit(self, samples: Samples, plan: Plan, max_order: int, rng: np.random.Generator) -> Fit:
        """See `spex_decoder.fit_plan`."""
        return fit_plan(samples, plan, max_order, rng, SOFT)
