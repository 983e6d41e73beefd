"""Which r features change an explanation's prediction most when they are hidden: top-r removal (SPEX, arXiv
2502.13870, section 5).

With c_k = F(k) (-1)^|k| the value at all features kept is the sum of the c_k, and hiding R turns the sign of every term
with an odd number of members in R. Written in x_i = 1 where i is hidden that is a polynomial,

    f(all but R) - f(all) = sum over T with |T| >= 1 of a_T prod_{i in T} x_i

whose a_T are the Möbius coefficients of the spectrum with coefficients c_k. Its largest and its least value over r
features is an integer program; products are linearised as usual (Glover and Woolsey, Operations Research 22, 1974).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np

from spex_core.arrays import BoolArray, FloatArray, IntArray, Support
from spex_core.errors import ExpansionError, InputError
from spex_core.fourier.conversions import convert
from spex_core.fourier.spectrum import Spectrum

_EXACT_PRODUCTS = 4000  # more are left to the greedy search
_SECONDS = 5.0  # for each of the two integer programs
_CURVE_SECONDS = 30.0
_ROUNDS = 20  # of exchanges after the greedy search
_ROUNDING = 1e-9  # of the sum of all magnitudes: by less, one change is no larger than another


@dataclass(frozen=True)
class Removal:
    """Features whose hiding changes the prediction most.

    Attributes:
        features: at most r positions, sorted; fewer where no further one is in any term.
        change: prediction without them less the prediction with everything kept, in the model's unit.
        exact: whether no other choice changes it more; else the best that a greedy search found.
    """

    features: Support
    change: float
    exact: bool

    def mask(self, n_features: int) -> BoolArray:
        """(n,) True where kept."""
        kept = np.ones(n_features, dtype=bool)
        kept[list(self.features)] = False
        return kept


def top_removal(spectrum: Spectrum, r: int, seconds: float = _SECONDS) -> Removal:
    """The r features whose removal changes the prediction most, up or down.

    Args:
        spectrum: what is predicted with.
        r: how many features are hidden, 1 to n.
        seconds: after which each integer program gives way to the greedy search; 0 for that one alone.

    Raises:
        InputError: r is not 1 to n.
    """
    n = spectrum.n_features
    if not 1 <= r <= n:
        raise InputError(f"r={r} features cannot be removed from {n}; use 1 to {n}")
    active = sorted(set(chain.from_iterable(spectrum.supports)))
    if not active:
        return Removal((), 0.0, True)
    if r == n:
        return _removal(spectrum, active, True)
    found = _larger(spectrum, *(_greedy(spectrum, active, r, sign) for sign in (1.0, -1.0)))
    program = _Program.of(spectrum, active, r) if seconds > 0 else None
    if program is None:
        return found
    proven = True
    for sign in (1.0, -1.0):
        chosen, optimal = program.solve(sign, seconds)
        proven = proven and optimal
        if chosen is not None:
            other = _removal(spectrum, [active[i] for i in chosen], False)
            found = _larger(spectrum, found, other)
    return Removal(found.features, found.change, proven)


def removal_curve(spectrum: Spectrum, rs: Sequence[int], seconds: float = _CURVE_SECONDS) -> list[Removal]:
    """`top_removal` for each r of `rs`, in that order.

    Args:
        spectrum: what is predicted with.
        rs: numbers of features, each 1 to n.
        seconds: shared by all the integer programs, in equal parts.

    Raises:
        InputError: see `top_removal`.
    """
    return [top_removal(spectrum, r, seconds / (2 * len(rs))) for r in rs]


def masks_to_ask(removals: Iterable[Removal], n_features: int) -> tuple[BoolArray, IntArray]:
    """What the model must be asked to know the real change of each removal, no mask twice.

    Returns:
        (p, n) distinct masks, which is the price in passes, and for each removal the row that answers it.
    """
    rows: dict[Support, int] = {}
    where = [rows.setdefault(removal.features, len(rows)) for removal in removals]
    masks = np.ones((len(rows), n_features), dtype=bool)
    for features, row in rows.items():
        masks[row, list(features)] = False
    return masks, np.array(where, dtype=np.int64)


def _larger(spectrum: Spectrum, one: Removal, other: Removal) -> Removal:
    """The one that changes more, the first where that is rounding, which differs between processors."""
    return other if abs(other.change) > abs(one.change) + _rounding(spectrum) else one


def _rounding(spectrum: Spectrum) -> float:
    return _ROUNDING * float(np.abs(spectrum.coefficients).sum())


def _removal(spectrum: Spectrum, features: list[int], exact: bool) -> Removal:
    n = spectrum.n_features
    removed = Removal(tuple(sorted(features)), 0.0, exact)
    with_all, without = spectrum.predict(np.stack([np.ones(n, dtype=bool), removed.mask(n)])).tolist()
    return Removal(removed.features, without - with_all, exact)


def _greedy(spectrum: Spectrum, active: list[int], r: int, sign: float) -> Removal:
    """One feature after another, each the best one to hide next, then exchanges as long as one helps."""
    terms, slack = _Terms.of(spectrum), _rounding(spectrum)
    least = r - (spectrum.n_features - len(active))  # so many of them must go where too few others are left
    chosen: list[int] = []
    for _ in range(min(r, len(active))):
        gains = sign * terms.gains(chosen)
        gains[chosen] = -np.inf
        best = _first_best(active, gains, slack)
        if gains[best] <= slack and len(chosen) >= least:
            break
        chosen.append(best)
    for _ in range(_ROUNDS):
        before = sign * terms.change(chosen)
        for leaving in list(chosen):
            rest = [i for i in chosen if i != leaving]
            gains = sign * terms.gains(rest)
            gains[rest] = -np.inf
            best = _first_best(active, gains, slack)
            chosen = [*rest, best] if gains[best] > gains[leaving] + slack else [*rest, leaving]
        if sign * terms.change(chosen) <= before + slack:
            break
    return _removal(spectrum, chosen, False)


def _first_best(active: list[int], gains: FloatArray, slack: float) -> int:
    most = float(gains[active].max())
    return next(i for i in active if gains[i] >= most - slack)


@dataclass(frozen=True, eq=False)
class _Terms:
    """Every member of every term in one list, so that a feature's gain is a sum by feature.

    Attributes:
        values: (k,) terms at all features kept.
        members, owners: (t,) feature positions, and the term each stands in.
    """

    n_features: int
    values: FloatArray
    members: IntArray
    owners: IntArray

    @staticmethod
    def of(spectrum: Spectrum) -> _Terms:
        sizes = spectrum.orders
        members = np.fromiter(chain.from_iterable(spectrum.supports), dtype=np.int64, count=int(sizes.sum()))
        values = spectrum.coefficients * np.where(sizes % 2, -1.0, 1.0)
        return _Terms(spectrum.n_features, values, members, np.repeat(np.arange(len(sizes)), sizes))

    def turned(self, hidden: list[int]) -> FloatArray:
        """(k,) terms with these features hidden."""
        gone = np.zeros(self.n_features)
        gone[hidden] = 1.0
        times = np.bincount(self.owners, weights=gone[self.members], minlength=len(self.values))
        now: FloatArray = self.values * np.where(times % 2, -1.0, 1.0)
        return now

    def change(self, hidden: list[int]) -> float:
        """Prediction with these features hidden less that with all kept."""
        return float((self.turned(hidden) - self.values).sum())

    def gains(self, hidden: list[int]) -> FloatArray:
        """(n,) further change by hiding each feature too."""
        now = self.turned(hidden)
        by_feature = np.bincount(self.members, weights=now[self.owners], minlength=self.n_features)
        return np.asarray(-2.0 * by_feature, dtype=np.float64)


@dataclass(frozen=True, eq=False)
class _Program:
    """The integer program over the features that are in some term.

    Attributes:
        n_active: number of such features.
        products: sets of two and more of their numbers.
        weights: (n_active + number of products,) a_T.
        fewest, most: how many of them are hidden.
    """

    n_active: int
    products: list[Support]
    weights: FloatArray
    fewest: int
    most: int

    @staticmethod
    def of(spectrum: Spectrum, active: list[int], r: int) -> _Program | None:
        """None where it would be too large."""
        values = spectrum.coefficients * np.where(spectrum.orders % 2, -1.0, 1.0)
        try:
            sets, weights = convert(spectrum.n_features, spectrum.supports, values, "Moebius")
        except ExpansionError:
            return None
        number = {feature: i for i, feature in enumerate(active)}
        linear = np.zeros(len(active))
        products: list[Support] = []
        rest: list[float] = []
        for subset, weight in zip(sets, weights.tolist(), strict=True):
            if len(subset) == 1:
                linear[number[subset[0]]] = weight
            elif subset:
                products.append(tuple(number[i] for i in subset))
                rest.append(weight)
        if len(products) > _EXACT_PRODUCTS:
            return None
        fewest = max(0, r - (spectrum.n_features - len(active)))
        return _Program(len(active), products, np.concatenate([linear, rest]), fewest, min(r, len(active)))

    def solve(self, sign: float, seconds: float) -> tuple[list[int] | None, bool]:
        """Numbers of the hidden features that make ``sign * change`` largest, and whether that is proven."""
        from scipy.optimize import Bounds, LinearConstraint, milp
        from scipy.sparse import coo_array

        rows, columns, entries, lows, highs = self._linked(sign)
        size = self.n_active + len(self.products)
        whole = np.concatenate([np.ones(self.n_active), np.zeros(len(self.products))])
        constraints = [LinearConstraint(whole, self.fewest, self.most)]
        if lows:
            matrix = coo_array((entries, (rows, columns)), shape=(len(lows), size)).tocsr()
            constraints.append(LinearConstraint(matrix, lows, highs))
        result = milp(
            -sign * self.weights,
            integrality=whole,
            bounds=Bounds(0.0, 1.0),
            constraints=constraints,
            options={"time_limit": seconds, "mip_rel_gap": 0.0},
        )
        if result.x is None:
            return None, False
        return np.flatnonzero(result.x[: self.n_active] > 0.5).tolist(), bool(result.status == 0)

    def _linked(self, sign: float) -> tuple[list[int], list[int], list[float], list[float], list[float]]:
        """Rows that hold each product to its factors, on the side towards which it is pulled."""
        rows: list[int] = []
        columns: list[int] = []
        entries: list[float] = []
        lows: list[float] = []
        highs: list[float] = []
        for position, factors in enumerate(self.products, start=self.n_active):
            if sign * self.weights[position] > 0:  # pulled up: no more than any factor
                for factor in factors:
                    rows += [len(lows), len(lows)]
                    columns += [position, factor]
                    entries += [1.0, -1.0]
                    lows.append(-np.inf)
                    highs.append(0.0)
            else:  # pulled down: 1 where all factors are
                rows += [len(lows)] * (len(factors) + 1)
                columns += [position, *factors]
                entries += [1.0, *[-1.0] * len(factors)]
                lows.append(1.0 - len(factors))
                highs.append(np.inf)
        return rows, columns, entries, lows, highs
