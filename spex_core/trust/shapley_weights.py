"""The weights of Shapley values on masks that are uniform.

The Shapley kernel weighs a mask of s kept features (n - 1) / (C(n, s) s (n - s)), which is largest where few or nearly
all are kept: masks that are rare among uniform ones. What is right for masks drawn some other way is the kernel's
weight times the inverse of each mask's chance to be drawn.
"""

from __future__ import annotations

import numpy as np

from spex_core.arrays import ANCHORS, FloatArray, Samples


def shapley_weights(samples: Samples) -> FloatArray:
    """(m,) kernel weights of uniform rows in units of the largest, 0 for the anchors, which are constraints.

    Every row but the anchors has the same chance to be drawn, so the inverse of it is a common factor.
    """
    from scipy.special import gammaln

    n = samples.masks.shape[1]
    kept = samples.masks[ANCHORS:].sum(axis=1).astype(np.float64)
    logs = gammaln(kept) + gammaln(n - kept)  # s! (n - s)! / (s (n - s)), less what is the same for all
    return np.concatenate([np.zeros(ANCHORS), np.exp(logs - logs.max(initial=-np.inf))])


def effective_rows(weights: FloatArray) -> float:
    """How many rows of equal weight would say as much (Kish, Survey Sampling, 1965)."""
    total = float(weights.sum())
    return total**2 / float((weights**2).sum()) if total > 0 else 0.0


def weight_notes(samples: Samples, title: str) -> tuple[str, ...]:
    """What the weights make of these rows, in one sentence where there is something to say."""
    if len(samples) == 1 << samples.masks.shape[1]:
        return ()
    effective = effective_rows(shapley_weights(samples))
    return (
        f"{title} would choose passes that keep very few or nearly all features; these are chosen evenly, so its "
        f"weight lies mostly on about {effective:,.0f} of {len(samples):,}.",
    )
