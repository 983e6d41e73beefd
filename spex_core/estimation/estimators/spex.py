"""SPEX (arXiv 2502.13870) with soft and with hard decoding: find the supports in coded masks, then refit them."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

import numpy as np

from spex_core.arrays import Samples, Support
from spex_core.coding.chase import HARD, SOFT
from spex_core.coding.cube import cube_fit
from spex_core.coding.layouts import ERASED, CodedLayout, CubeLayout
from spex_core.coding.peeling import peel
from spex_core.coding.plan import Plan, minimum_rows
from spex_core.estimation.base import Estimator, Fit
from spex_core.estimation.regression import refit
from spex_core.fourier.spectrum import Spectrum


class Spex(Estimator):
    """Coded masks, soft-decision (Chase) decoding, peeling across groups, ridge refit on all rows."""

    name = "spex"
    title = "SPEX (soft decoding)"
    summary = "Finds sparse interactions of any order from coded masks; needs a fixed set of masks to be complete."
    needs_whole_plan: ClassVar[bool] = True
    effort: ClassVar[tuple[int, ...]] = SOFT
    """`chase.SOFT` or `chase.HARD`: how hard bins are decoded; a later weight only where those before it stall."""

    def minimum(self, n_features: int, max_order: int) -> int:
        """90 % of the smallest coded design, or all 2^n masks where they are fewer."""
        return minimum_rows(n_features, max_order)

    def highest_order(self, n_features: int, rows: int, max_order: int) -> int:
        """Any: a support is read from its codeword, however large it is."""
        return min(max_order, n_features)

    def fit(self, samples: Samples, plan: Plan, max_order: int, rng: np.random.Generator) -> Fit:
        """See `fit_plan`."""
        return fit_plan(samples, plan, max_order, rng, self.effort)


class SpexHard(Spex):
    """Coded masks, hard-decision decoding, peeling across groups, ridge refit on all rows."""

    name = "spex-hard"
    title = "SPEX (hard decoding)"
    summary = "SPEX without trying flips of unreliable signs: faster, and weaker on noisy models."
    effort: ClassVar[tuple[int, ...]] = HARD


def fit_plan(samples: Samples, plan: Plan, max_order: int, rng: np.random.Generator, effort: tuple[int, ...]) -> Fit:
    """Recover the spectrum behind the samples of `plan.plan_masks`.

    Args:
        samples: all-kept, all-hidden, then the rows of `plan.masks`; a run that was stopped may hold fewer.
        plan: the plan.
        max_order: no returned support is larger.
        rng: posterior draws of the refit.
        effort: `chase.SOFT` or `chase.HARD`.

    Raises:
        ValueError: the plan is not one of `plan_masks`.
    """
    n_features = samples.masks.shape[1]
    if _is_constant(samples):
        value = float(samples.values[0]) if len(samples) else 0.0
        return Fit(Spectrum.from_terms(n_features, [()], [value]), np.zeros((0, 1)), plan.notes)
    layout = plan.layout
    supports: list[Support]
    if isinstance(layout, CubeLayout):
        known = CubeLayout(np.where(layout.rows < len(samples), layout.rows, ERASED))
        result = cube_fit(samples, known, max_order)
        if isinstance(result, Spectrum):
            return Fit(result, np.zeros((0, len(result))), plan.notes)
        supports = result
    elif isinstance(layout, CodedLayout):
        known_rows = np.where(layout.rows < len(samples), layout.rows, ERASED)
        supports = peel(samples, replace(layout, rows=known_rows), max_order, effort)
    else:
        raise ValueError(
            "plan.layout does not come from spex_core.coding.plan.plan_masks; pass the plan that chose the rows"
        )
    return refit(samples, supports, rng, notes=plan.notes)


def _is_constant(samples: Samples) -> bool:
    """Whether all values are equal up to rounding."""
    if not len(samples):
        return True
    spread = float(samples.values.max() - samples.values.min())
    return spread <= 1e-12 * float(np.abs(samples.values).max())
