"""The sparse Möbius transform for interactions of few features (Kang et al., NeurIPS 2024, arXiv 2402.02631).

Write ``f(m) = sum over k inside m of F(k)``. For a b x n matrix H of groups of features, keep the features all of whose
groups are switched on by l in {0,1}^b. As k is kept exactly where Hk <= l (Hk by OR), the Möbius transform of these 2^b
values is ``U(j) = sum over k with Hk = j of F(k)``: every interaction falls into one bin. Hiding the features of a test
d as well leaves out the k that meet d, so the ratio of the two bins answers one question of a group test about a k that
is alone in its bin. Interactions found are taken out of the bins of the other groupings (peeling), as in SPEX.

Groups and tests are random; each feature is in each with probability 1 - 2^(-1/t), which makes half of the answers
yes for interactions of t features. In the end the coefficients are fitted to all passes by least squares.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil, log2

import numpy as np

from spex_core.arrays import BoolArray, FloatArray, Support
from spex_core.errors import InputError
from spex_core.fourier.masks import all_masks, first_of_each
from spex_core.fourier.spectrum import Spectrum
from spex_core.trust.baseline import from_moebius

_GROUPINGS = 3
_TESTS_PER_BIT = 1.5  # tests per feature of an interaction and per bit of a position
_MOST_REPEATS = 4  # of the budget: a design may list masks so many times over
_ROUNDS = 10
_SMALL = 1e-3  # of the spread of the values: bins below are empty
_MISFIT = 0.1  # share of a bin's energy that one interaction may leave unexplained


@dataclass(frozen=True, eq=False)
class Grouping:
    """One matrix H with its tests.

    Attributes:
        groups: (b, n) bool, H.
        tests: (p + 1, n) bool, features hidden besides; the first hides none.
    """

    groups: BoolArray
    tests: BoolArray

    def masks(self) -> BoolArray:
        """((p + 1) 2^b, n), test by test, l in the order of `masks.all_masks`."""
        switched_off = ~all_masks(len(self.groups))
        kept = switched_off.astype(np.int64) @ self.groups.astype(np.int64) == 0
        masks: BoolArray = (kept[None, :, :] & ~self.tests[:, None, :]).reshape(-1, self.groups.shape[1])
        return masks

    def bin_of(self, support: Support) -> int:
        """The bin of an interaction: Hk with the first group as the highest bit."""
        hit: BoolArray = np.any(self.groups[:, list(support)], axis=1)
        return int(hit @ (1 << np.arange(len(hit) - 1, -1, -1)))

    def answers(self, support: Support) -> BoolArray:
        """(p + 1,) whether no member is hidden by each test."""
        met: BoolArray = np.any(self.tests[:, list(support)], axis=1)
        return ~met

    def decode(self, bins: FloatArray, j: int, order: int) -> Support | None:
        """The one interaction in bin j of (p + 1, 2^b) bins; None where none of up to `order` features explains it."""
        column = bins[:, j]
        b = len(self.groups)
        on = np.array([(j >> (b - 1 - i)) & 1 for i in range(b)], dtype=bool)
        there = column / column[0] > 0.5  # no member was hidden
        possible = np.flatnonzero(~self.tests[there].any(axis=0) & ~self.groups[~on].any(axis=0))
        asked = np.concatenate([self.tests[~there], self.groups[on]])[:, possible]  # each holds a member
        chosen = _smallest_cover(asked, order)
        if chosen is None:
            return None
        support = tuple(possible[sorted(chosen)].tolist())
        left = column - column[0] * self.answers(support)
        return support if float(left @ left) <= _MISFIT * float(column @ column) else None


def _smallest_cover(asked: BoolArray, most: int) -> list[int] | None:
    """The fewest columns of (q, c) `asked`, at most `most`, that together have a True in every row; None where there
    are no such. A group test's answer with the fewest members."""
    columns = [np.flatnonzero(row).tolist() for row in asked]
    covers = [sum(1 << row for row in np.flatnonzero(column).tolist()) for column in asked.T]

    def search(open_rows: int, left: int) -> list[int] | None:
        if not open_rows:
            return []
        if left == 0:
            return None
        first = (open_rows & -open_rows).bit_length() - 1
        for column in columns[first]:
            rest = search(open_rows & ~covers[column], left - 1)
            if rest is not None:
                return [column, *rest]
        return None

    for size in range(most + 1):
        found = search((1 << len(asked)) - 1, size)
        if found is not None:
            return found
    return None


def moebius_bins(values: FloatArray, b: int) -> FloatArray:
    """Möbius transform along the last axis, 2^b long in the order of `masks.all_masks`."""
    bins = values.astype(np.float64).reshape(*values.shape[:-1], *[2] * b)
    for axis in range(-b, 0):
        off, on = np.split(bins, 2, axis=axis)
        bins = np.concatenate([off, on - off], axis=axis)
    return bins.reshape(values.shape)


def design(n_features: int, budget: int, order: int, rng: np.random.Generator) -> list[Grouping]:
    """The groupings with the most groups whose distinct passes fit the budget.

    Raises:
        InputError: not even one group fits.
    """
    order = min(order, n_features)
    chance = 1.0 - 2.0 ** (-1.0 / order)
    tests = ceil(_TESTS_PER_BIT * order * max(1.0, log2(n_features)))
    hidden = rng.random((_GROUPINGS, tests + 1, n_features)) < chance
    hidden[:, 0] = False
    most = min(n_features, max(1, int(log2(budget))))
    groups = rng.random((_GROUPINGS, most, n_features)) < chance
    found: list[Grouping] = []
    for b in range(1, most + 1):
        larger = [Grouping(groups[each, :b], hidden[each]) for each in range(_GROUPINGS)]
        if _GROUPINGS * (tests + 1) << b > _MOST_REPEATS * budget or _distinct(larger) > budget:
            break
        found = larger
    if not found:
        raise InputError(f"Its smallest design has {2 * _GROUPINGS * (tests + 1):,} passes; these are {budget:,}.")
    return found


def _distinct(groupings: list[Grouping]) -> int:
    return int(first_of_each(np.concatenate([grouping.masks() for grouping in groupings])).sum())


def sparse_moebius(
    function: Callable[[BoolArray], FloatArray], n_features: int, budget: int, order: int, rng: np.random.Generator
) -> Spectrum:
    """Recover a function whose Möbius transform is sparse and of low order.

    Args:
        function: the value function, asked once, on distinct masks.
        n_features: n.
        budget: most passes.
        order: t, the size of interaction that the design is made for.
        rng: the only source of randomness.

    Raises:
        InputError: the budget is below the smallest design.
    """
    groupings = design(n_features, budget, order, rng)
    masks = np.concatenate([grouping.masks() for grouping in groupings])
    fresh = first_of_each(masks)
    values = function(masks[fresh])
    known = dict(zip(map(bytes, np.packbits(masks[fresh], axis=1)), values.tolist(), strict=True))
    everything = np.array([known[bytes(row)] for row in np.packbits(masks, axis=1)])
    b, tests = len(groupings[0].groups), len(groupings[0].tests)
    bins = moebius_bins(everything.reshape(_GROUPINGS, tests, 1 << b), b)
    found = _peel(groupings, bins, _SMALL * float(values.std()), order)
    supports: list[Support] = [(), *sorted(found - {()})]
    columns = np.stack([masks[fresh][:, list(support)].all(axis=1) for support in supports], axis=1).astype(np.float64)
    fitted = np.asarray(np.linalg.lstsq(columns, values, rcond=None)[0], dtype=np.float64)
    return from_moebius(n_features, supports, fitted)


def _peel(groupings: list[Grouping], bins: FloatArray, small: float, order: int) -> set[Support]:
    """Interactions that stand alone in a bin, taken out of all bins until none is left to find."""
    found: set[Support] = set()
    for _ in range(_ROUNDS):
        before = len(found)
        for here, grouping in enumerate(groupings):
            for j in np.flatnonzero(np.abs(bins[here, 0]) > small).tolist():
                support = grouping.decode(bins[here], j, order)
                if support is None or support in found:
                    continue
                found.add(support)
                answers = grouping.answers(support)
                value = float(bins[here, answers, j].mean())
                for other, each in enumerate(groupings):
                    bins[other, :, each.bin_of(support)] -= value * each.answers(support)
        if len(found) == before:
            break
    return found
