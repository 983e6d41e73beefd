"""Which masks SPEX asks for: random linear subsampling in groups, joined with the shifts of a BCH code.

Group c evaluates the masks ``M_c l + d_{c,p}`` over GF(2) for all l in {0,1}^b and p = 0..r. The Walsh-Hadamard
transform over l of shift p gives ``U_{c,p}[j] = sum over k with M_c^T k = j of (-1)^<d_{c,p}, k> F(k)``
(SPEX, arXiv 2502.13870, section 4). Shift 0 is a random offset; shift p adds parity row p of the code, so the sign of
U_p against U_0 is parity p of k. The offset makes the groups differ even where all of {0,1}^n is small.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from spex_core.arrays import BoolArray, IntArray
from spex_core.bch import BchCode, bch_code, bch_parameters
from spex_core.errors import BudgetError
from spex_core.masks import all_masks, draw_distinct, first_of_each, row_keys
from spex_core.protocols import Plan
from spex_core.samples import ANCHORS

GROUPS = 3
SMALLEST_B = 3
COVERAGE = 0.9
"""Smallest share of the coded rows that is ever bought; the rest is erased and filled in by the decoder."""
ERASED = -1
_SMALL_N = 16  # up to here groups overlap enough that counting distinct rows can allow a larger b


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
    """The largest design that fits, topped up with uniform masks in antithetic pairs.

    Args:
        n_features: n >= 1.
        rows: most masks to choose.
        max_order: largest order of interest, which sets the code.
        rng: source of randomness.
        avoid: `masks.row_keys` that may not be chosen; all-kept and all-hidden among them are known anyway.

    Raises:
        BudgetError: not even the smallest design fits.
    """
    forbidden = set(avoid)
    if n_features <= 20 and (1 << n_features) - len(forbidden) <= rows:
        return _plan_cube(n_features, rng, forbidden)
    design = _largest_design(n_features, rows, max_order, rng)
    return _plan_coded(n_features, rows, design, rng, forbidden)


def _plan_cube(n_features: int, rng: np.random.Generator, forbidden: set[bytes]) -> Plan:
    cube = all_masks(n_features)
    keys = row_keys(cube)
    place = _anchors(n_features)
    chosen = [r for r in rng.permutation(len(cube)).tolist() if keys[r] not in forbidden and keys[r] not in place]
    place.update({keys[r]: position for position, r in enumerate(chosen, start=2)})
    layout = CubeLayout(np.array([place.get(key, ERASED) for key in keys], dtype=np.int64))
    return Plan(cube[np.array(chosen, dtype=np.int64)], layout)


def _anchors(n_features: int) -> dict[bytes, int]:
    """Row keys of the two masks that are sample rows 0 and 1."""
    anchors = np.stack([np.ones(n_features, dtype=bool), np.zeros(n_features, dtype=bool)])
    return {key: position for position, key in enumerate(row_keys(anchors))}


@dataclass(frozen=True, eq=False)
class _Design:
    layout: CodedLayout
    masks: BoolArray  # (c (r + 1) 2^b, n), duplicates included


def _largest_design(n_features: int, rows: int, max_order: int, rng: np.random.Generator) -> _Design:
    needed = minimum_rows(n_features, max_order)
    nominal_b = 0
    for b in range(min(SMALLEST_B, n_features), n_features + 1):
        if COVERAGE * nominal_rows(n_features, max_order, b) > rows:
            break
        nominal_b = b
    best = _draw_design(n_features, nominal_b, max_order, rng) if nominal_b else None
    if n_features <= _SMALL_N:
        # Rows that occur twice are bought once, so more bins may fit than the nominal count says.
        for b in range(max(nominal_b + 1, SMALLEST_B), n_features):
            candidate = _draw_design(n_features, b, max_order, rng)
            if COVERAGE * int(first_of_each(candidate.masks).sum()) > rows:
                break
            best = candidate
    if best is None:
        raise BudgetError(
            f"{rows} rows are below the {needed} that SPEX needs for {n_features} features at max_order={max_order}; "
            'use a larger budget, a smaller max_order, or estimator="proxyspex"',
            needed,
        )
    return best


def _draw_design(n_features: int, b: int, max_order: int, rng: np.random.Generator) -> _Design:
    code = bch_code(n_features, error_capacity(n_features, max_order))
    hashes = np.stack([_hash_matrix(n_features, b, rng) for _ in range(GROUPS)])
    feature_at = np.stack([rng.permutation(n_features) for _ in range(GROUPS)])
    offsets = np.empty((GROUPS, code.n_parity + 1, n_features), dtype=bool)
    masks = np.empty((GROUPS, code.n_parity + 1, 1 << b, n_features), dtype=bool)
    for group in range(GROUPS):
        offsets[group] = rng.random(n_features) < 0.5
        offsets[group, 1:, feature_at[group]] ^= code.parity.T
        masks[group] = offsets[group, :, None, :] ^ _span(hashes[group], b)[None, :, :]
    layout = CodedLayout(code, b, hashes, offsets, feature_at, np.full(masks.shape[:3], ERASED, dtype=np.int64))
    return _Design(layout, masks.reshape(-1, n_features))


def _hash_matrix(n_features: int, b: int, rng: np.random.Generator) -> IntArray:
    """Random n x b matrix of rank b over GF(2), row i packed into an integer (bit e = column e)."""
    while True:
        packed = rng.integers(0, 1 << b, size=n_features)
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


def _plan_coded(n_features: int, rows: int, design: _Design, rng: np.random.Generator, forbidden: set[bytes]) -> Plan:
    keys = row_keys(design.masks)
    place = _anchors(n_features)
    first: dict[bytes, int] = {}
    for position, key in enumerate(keys):
        if key not in place and key not in forbidden:
            first.setdefault(key, position)
    wanted = np.fromiter(first.values(), dtype=np.int64, count=len(first))
    bought = rng.permutation(wanted)[:rows]
    coded = design.masks[bought]
    bought_keys = [keys[position] for position in bought.tolist()]
    extra = draw_distinct(n_features, rows - len(bought), rng, forbidden | set(place) | set(bought_keys))
    place.update({key: position for position, key in enumerate(bought_keys, start=2)})
    index = np.array([place.get(key, ERASED) for key in keys], dtype=np.int64).reshape(design.layout.rows.shape)
    erased = len(wanted) - len(bought)
    notes = (
        (f"{erased} of the {len(keys)} coded masks did not fit the budget and are filled in by the decoder.",)
        if erased
        else ()
    )
    return Plan(np.concatenate([coded, extra]), replace(design.layout, rows=index), notes)
