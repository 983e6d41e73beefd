"""SPEX with hard decoding (arXiv 2502.13870)."""

from __future__ import annotations

from typing import ClassVar

from spex_core.coding.chase import HARD
from spex_core.spex_decoder import CodedEstimator


class SpexHard(CodedEstimator):
    """Coded masks, hard-decision decoding, peeling across groups, ridge refit on all rows."""

    name = "spex-hard"
    title = "SPEX (hard decoding)"
    summary = "SPEX without trying flips of unreliable signs: faster, and weaker on noisy models."
    effort: ClassVar[tuple[int, ...]] = HARD
