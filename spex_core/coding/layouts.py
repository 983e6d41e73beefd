"""How the rows of a plan that can be decoded lie among its samples."""

from __future__ import annotations

from dataclasses import dataclass

from spex_core.arrays import BoolArray, IntArray
from spex_core.coding.bch import BchCode

ERASED = -1


@dataclass(frozen=True, eq=False)
class CodedLayout:
    """A SPEX design and where its rows are among the samples.

    Attributes:
        code: the BCH code, on n information bits.
        b: log2 of the number of bins of a group.
        hashes: (c, n) integers; the bin of support k in group c is the XOR of hashes[c, i] over i in k.
        offsets: (c, r + 1, n) bool d_{c,p}.
        feature_at: (c, n) feature that sits at each information position of the code.
        rows: (c, r + 1, 2^b) position among the samples (0 and 1 are all-kept and all-hidden), or ERASED.
    """

    code: BchCode
    b: int
    hashes: IntArray
    offsets: BoolArray
    feature_at: IntArray
    rows: IntArray


@dataclass(frozen=True, eq=False)
class CubeLayout:
    """All 2^n masks, less those set aside.

    Attributes:
        rows: (2^n,) position among the samples of each mask in the order of `masks.all_masks`, or ERASED.
    """

    rows: IntArray
