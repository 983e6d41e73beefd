"""Sets of distinct masks: uniform draws in antithetic pairs, membership, row identity, and values by mask.

A mask is a boolean row of length n, True where the feature is kept.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from spex_core.arrays import BoolArray, FloatArray, IntArray, Samples, ValueFunction

MOST_CUBE_FEATURES = 20
"""Up to here all 2^n masks may be written down."""
_ALWAYS_SHUFFLED = 16  # features up to which shuffling all 2^n masks takes no noticeable time


def row_keys(masks: BoolArray) -> list[bytes]:
    """One hashable key per row of an (m, n) mask array, equal exactly where the rows are equal."""
    packed = np.ascontiguousarray(np.packbits(masks, axis=1))
    whole_rows = packed.view(f"V{packed.shape[1]}").reshape(len(packed))
    keys: list[bytes] = whole_rows.tolist()  # half the time of one call per row
    return keys


class Known:
    """What a set function is known to be, mask by mask, so that no mask is asked twice.

    Threads may add and look up at the same time. It stands here and not beside `Samples` because it needs `row_keys`.
    """

    def __init__(self) -> None:
        self._values: dict[bytes, float] = {}

    @staticmethod
    def of(samples: Samples) -> Known:
        """The values of these samples."""
        known = Known()
        known.add(samples)
        return known

    def __len__(self) -> int:
        return len(self._values)

    def add(self, samples: Samples) -> None:
        """Know these too; of a mask that is known already, the value given last."""
        self._values.update(zip(row_keys(samples.masks), samples.values.tolist(), strict=True))

    def look_up(self, masks: BoolArray) -> FloatArray:
        """Values of (m, n) `masks`: (m,) float64, NaN where one is not known."""
        if not self._values:
            return np.full(len(masks), np.nan)
        return np.array([self._values.get(key, np.nan) for key in row_keys(masks)])

    def completed(self, masks: BoolArray, function: ValueFunction) -> FloatArray:
        """Values of (m, n) `masks`: (m,) float64; `function` is asked once for each that is missing, in their order,
        and they are known from then on."""
        keys = row_keys(masks)  # made once: hashing them is most of the time
        missing: dict[bytes, int] = {}
        for row, key in enumerate(keys):
            if key not in self._values:
                missing.setdefault(key, row)
        if missing:
            values = np.asarray(function(masks[list(missing.values())]), dtype=np.float64)
            self._values.update(zip(missing, values.tolist(), strict=True))
        return np.array([self._values[key] for key in keys])


def complements(masks: BoolArray) -> IntArray:
    """Pairs of rows of (m, n) distinct masks of which one keeps what the other hides: (p, 2), p <= m / 2."""
    place = {key: row for row, key in enumerate(row_keys(masks))}
    pairs = [(place[key], row) for row, key in enumerate(row_keys(~masks)) if place.get(key, row) < row]
    return np.array(pairs, dtype=np.int64).reshape(-1, 2)


def all_masks(n_features: int) -> BoolArray:
    """All 2^n masks, (2^n, n); row r holds the bits of r with feature 0 as the highest bit."""
    numbers = np.arange(1 << n_features, dtype=np.int64)
    shifts = np.arange(n_features - 1, -1, -1, dtype=np.int64)
    return ((numbers[:, None] >> shifts[None, :]) & 1).astype(bool)


def first_of_each(masks: BoolArray, avoid: Iterable[bytes] = ()) -> BoolArray:
    """Which rows of (m, n) `masks` are the first with their content and not among `avoid`: (m,) bool."""
    seen = set(avoid)
    keep = np.zeros(len(masks), dtype=bool)
    for row, key in enumerate(row_keys(masks)):
        if key not in seen:
            seen.add(key)
            keep[row] = True
    return keep


def draw_distinct(n_features: int, count: int, rng: np.random.Generator, avoid: Iterable[bytes] = ()) -> BoolArray:
    """Uniform masks without repetition, complements side by side.

    A mask followed by its complement separates odd from even orders exactly (antithetic pairs).

    Args:
        n_features: n.
        count: how many rows are wanted.
        rng: source of randomness.
        avoid: `row_keys` that must not be drawn.

    Returns:
        (k, n) bool with k = count, or fewer where the 2^n masks run out. What a smaller count draws from the same
        state of `rng` is the beginning of what a larger one draws.
    """
    seen = set(avoid)
    if n_features <= _ALWAYS_SHUFFLED:
        return _draw_from_cube(n_features, count, rng, seen)
    if n_features > MOST_CUBE_FEATURES:
        return _draw_with_luck(n_features, count, rng, seen)
    plenty = (1 << (n_features - 1)) - len(seen)  # beyond half of all masks, luck runs out
    drawn = _draw_with_luck(n_features, min(count, plenty), rng, seen)
    if len(drawn) == count:
        return drawn
    return np.concatenate([drawn, _draw_from_cube(n_features, count - len(drawn), rng, seen)])


def _draw_with_luck(n_features: int, count: int, rng: np.random.Generator, seen: set[bytes]) -> BoolArray:
    """Draw until `count` masks were new, and add them to `seen`."""
    chosen: list[BoolArray] = []
    missing = count
    while missing > 0:
        half = rng.random(((missing + 1) // 2, n_features)) < 0.5
        pairs = np.stack([half, ~half], axis=1).reshape(-1, n_features)
        pairs = pairs[first_of_each(pairs, seen)][:missing]
        seen.update(row_keys(pairs))
        chosen.append(pairs)
        missing -= len(pairs)
    return np.concatenate(chosen) if chosen else np.zeros((0, n_features), dtype=bool)


def _draw_from_cube(n_features: int, count: int, rng: np.random.Generator, seen: set[bytes]) -> BoolArray:
    """Small n: shuffle the whole cube, so that the last free masks are found without luck."""
    cube = all_masks(n_features)
    half = rng.permutation(len(cube) // 2)
    # Row r and row 2^n - 1 - r are complements.
    order = np.stack([half, len(cube) - 1 - half], axis=1).ravel()
    flip = rng.random(len(half)) < 0.5
    order = np.where(np.repeat(flip, 2), len(cube) - 1 - order, order)
    cube = cube[order]
    return cube[first_of_each(cube, seen)][:count]
