"""Which masks a run asks for: one endless sequence, of which a budget buys the beginning.

Group c of SPEX evaluates the masks ``M_c l + d_{c,p}`` over GF(2) for all l in {0,1}^b and p = 0..r. The
Walsh-Hadamard transform over l of shift p gives ``U_{c,p}[j] = sum over k with M_c^T k = j of (-1)^<d_{c,p}, k> F(k)``
(SPEX, arXiv 2502.13870, section 4). Shift 0 is a random offset; shift p adds parity row p of the code, so the sign of
U_p against U_0 is parity p of k. The offset makes the groups differ even where all of {0,1}^n is small.

M_c for b + 1 is M_c for b with one column more, so the masks of a smaller b are among those of a larger one: the
sequence holds those of the smallest b in random order, then those that the next b adds, and so on, each mask once.
Whoever buys more keeps all that was bought, and what is bought decodes at the largest b that it covers. The first
column of M_c is all ones, so every mask comes with its complement: to a regression the sequence is as good as
uniform antithetic pairs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from spex_core.arrays import ANCHORS, BoolArray, IntArray
from spex_core.coding.bch import bch_code, bch_parameters
from spex_core.coding.layouts import ERASED, CodedLayout, CubeLayout
from spex_core.fourier.masks import MOST_CUBE_FEATURES, all_masks, draw_distinct, row_keys

GROUPS = 3
SMALLEST_B = 3
COVERAGE = 0.9
"""Smallest share of the masks of a b that allows decoding at it; the rest is erased and filled in by the decoder."""
_LARGEST_B = 20


def error_capacity(n_features: int, max_order: int) -> int:
    """t of the code: as many errors as the largest order of interest."""
    return max(1, min(max_order, n_features))


def nominal_rows(n_features: int, max_order: int, b: int) -> int:
    """Masks of a complete design, 3 (r + 1) 2^b."""
    _, parities = bch_parameters(n_features, error_capacity(n_features, max_order))
    return GROUPS * (parities + 1) << b


def minimum_rows(n_features: int, max_order: int) -> int:
    """Fewest rows with which a design is possible: 90 % of the smallest coded design, or all 2^n masks."""
    coded = int(np.ceil(COVERAGE * nominal_rows(n_features, max_order, SMALLEST_B)))
    if n_features <= SMALLEST_B:
        return (1 << n_features) - ANCHORS
    return min(coded, (1 << n_features) - ANCHORS) if n_features < 60 else coded


def plan_masks(
    n_features: int, rows: int, max_order: int, rng: np.random.Generator, avoid: Sequence[bytes] = ()
) -> Plan:
    """The first `rows` masks of the sequence, and how those of them that are coded can be decoded.

    Args:
        n_features: n >= 1.
        rows: most masks to choose; fewer are chosen where the 2^n masks run out.
        max_order: largest order of interest, which sets the code.
        rng: source of randomness; the same state gives the same sequence, whatever `rows` is.
        avoid: `masks.row_keys` that may not be chosen; all-kept and all-hidden among them are known anyway.

    Returns:
        A plan whose layout is a `CubeLayout` where nothing is left to choose, a `CodedLayout` at the largest b that
        is covered, or None where none is.
    """
    sequence = _Sequence(n_features, max_order, rng, avoid)
    while len(sequence) < rows and sequence.grow():
        pass
    if len(sequence) < rows:
        sequence.fill(rows)
    return sequence.plan(rows)


def _anchors(n_features: int) -> dict[bytes, int]:
    """Row keys of the two masks that are sample rows 0 and 1."""
    anchors = np.stack([np.ones(n_features, dtype=bool), np.zeros(n_features, dtype=bool)])
    return {key: position for position, key in enumerate(row_keys(anchors))}


class _Sequence:
    """The sequence as far as it has been written down."""

    def __init__(self, n_features: int, max_order: int, rng: np.random.Generator, avoid: Sequence[bytes]) -> None:
        self.n = n_features
        self.rng = rng
        self.place = _anchors(n_features)
        """Position among the samples of every mask so far, by row key."""
        self.forbidden = set(avoid) - set(self.place)
        self.pieces: list[BoolArray] = []
        self.levels: list[list[bytes]] = []
        """Row keys of the coded masks that each b adds, in the order (group, shift, l)."""
        self.code = bch_code(n_features, error_capacity(n_features, max_order))
        most = min(n_features, _LARGEST_B)
        self.hashes = np.stack([_hash_matrix(n_features, most, rng) for _ in range(GROUPS)])
        self.feature_at = np.stack([rng.permutation(n_features) for _ in range(GROUPS)])
        self.offsets = np.empty((GROUPS, self.code.n_parity + 1, n_features), dtype=bool)
        for group in range(GROUPS):
            self.offsets[group] = rng.random(n_features) < 0.5
            self.offsets[group, 1:, self.feature_at[group]] ^= self.code.parity.T

    def __len__(self) -> int:
        return len(self.place) - ANCHORS

    @property
    def b(self) -> int:
        """The largest b so far; before the first, one less than the smallest."""
        return min(SMALLEST_B, self.n) + len(self.levels) - 1

    def grow(self) -> bool:
        """Add what the next b adds; False where that is no longer worth while."""
        b = self.b + 1
        if b > min(self.n, _LARGEST_B) or (self.levels and GROUPS * self.offsets.shape[1] << (b - 1) > 2 << self.n):
            return False  # with more than twice 2^n masks nearly all would be repetitions
        spans = np.stack([_span(hashes, b) for hashes in self.hashes])
        if self.levels:
            spans = spans[:, 1 << (b - 1) :]
        masks = (self.offsets[:, :, None, :] ^ spans[:, None, :, :]).reshape(-1, self.n)
        keys = row_keys(masks)
        self.levels.append(keys)
        pairs = self.rng.permutation(len(masks) // 2)
        self._append(masks, keys, (2 * pairs[:, None] + np.arange(2)).ravel())
        return True

    def fill(self, rows: int) -> None:
        """Add uniform masks in antithetic pairs up to `rows` in all, or until there are none left."""
        masks = draw_distinct(self.n, rows - len(self), self.rng, self.forbidden | set(self.place))
        self._append(masks, row_keys(masks), np.arange(len(masks)))

    def _append(self, masks: BoolArray, keys: list[bytes], order: IntArray) -> None:
        fresh = []
        for row in order.tolist():
            if keys[row] not in self.place and keys[row] not in self.forbidden:
                self.place[keys[row]] = len(self.place)
                fresh.append(row)
        self.pieces.append(masks[fresh])

    def plan(self, rows: int) -> Plan:
        """The first `rows` masks."""
        masks = np.concatenate(self.pieces)[:rows] if self.pieces else np.zeros((0, self.n), dtype=bool)
        known = ANCHORS + len(masks)
        if self.n <= MOST_CUBE_FEATURES and known + len(self.forbidden) == 1 << self.n:
            return Plan(masks, CubeLayout(self._positions(row_keys(all_masks(self.n)), known)))
        for level in range(len(self.levels), 0, -1):
            parts = [self._positions(keys, known).reshape(*self.offsets.shape[:2], -1) for keys in self.levels[:level]]
            positions = np.concatenate(parts, axis=2)
            buyable = sum(key not in self.forbidden for keys in self.levels[:level] for key in keys)
            if (positions != ERASED).sum() >= COVERAGE * buyable:
                b = positions.shape[2].bit_length() - 1
                hashes = self.hashes & ((1 << b) - 1)
                return Plan(masks, CodedLayout(self.code, b, hashes, self.offsets, self.feature_at, positions))
        return Plan(masks)

    def _positions(self, keys: list[bytes], known: int) -> IntArray:
        """Position among the samples of each mask, ERASED where it is not among the `known` first."""
        positions = np.fromiter((self.place.get(key, known) for key in keys), dtype=np.int64, count=len(keys))
        return np.where(positions < known, positions, ERASED)


def _hash_matrix(n_features: int, b: int, rng: np.random.Generator) -> IntArray:
    """Random n x b matrix of rank b over GF(2), row i packed into an integer (bit e = column e), column 0 all ones."""
    while True:
        packed = rng.integers(0, 1 << b, size=n_features) | 1
        basis: list[int] = []
        for row in packed.tolist():
            for pivot in basis:
                row = min(row, row ^ pivot)
            if row:
                basis.append(row)
        if len(basis) == b:
            return packed


def _span(hashes: IntArray, b: int) -> BoolArray:
    """``M l`` for all l, (2^b, n): feature i is <row i of M, l>."""
    span = np.zeros((1, len(hashes)), dtype=bool)
    for bit in range(b):
        column = ((hashes >> bit) & 1).astype(bool)
        span = np.concatenate([span, span ^ column])
    return span


@dataclass(frozen=True, eq=False)
class Plan:
    """Which masks a run wants evaluated, beside all kept, all hidden and those set aside as unseen.

    Attributes:
        masks: (m, n) bool, distinct rows.
        layout: how those of them that are coded can be decoded (None: they can't).
        notes: sentences a person should read about choices made (never downgrade in silence).
    """

    masks: BoolArray
    layout: CodedLayout | CubeLayout | None = None
    notes: tuple[str, ...] = ()
