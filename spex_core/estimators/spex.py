"""SPEX with soft decoding (arXiv 2502.13870)."""

from __future__ import annotations

from typing import ClassVar

from spex_core.coding.chase import SOFT
from spex_core.spex_decoder import CodedEstimator


class Spex(CodedEstimator):
    """Coded masks, soft-decision (Chase) decoding, peeling across groups, ridge refit on all rows."""

    name = "spex"
    title = "SPEX (soft decoding)"
    summary = "Finds sparse interactions of any order from coded masks; needs a fixed set of masks to be complete."
    effort: ClassVar[tuple[int, ...]] = SOFT
