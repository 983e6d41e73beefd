"""Exact conversion of a sparse Fourier spectrum into an interaction index.

Every index here is linear, and symmetric in the features, so the index of S is

    value(S) = sum over terms k with S a subset of k of F(k) w(|k|, |S|)

with a weight that depends on the two sizes only. Converting is: list the subsets of every support that
carry weight, and add up equal ones.

The weights follow from the Möbius coefficients of one Walsh function: with
``(-1)^<k,m> = prod_{i in k} (1 - 2 m_i)``, m = 1 where kept, they are ``(-2)^|T|`` for T a subset of k.
For d = |k|, s = |S|, r = d - s and an index of order l:

    Fourier  1 if r = 0
    Moebius  (-2)^s
    BII, BV  (-2)^s if r = 0; wider supports average out
    SII, SV  (-2)^s integral_0^1 (1-2x)^r dx = (-2)^s / (r+1) for even r, else 0
    STII     (-2)^s for s < l; for s = l: (-1)^l l integral_-1^1 u^r (1+u)^(l-1) du
    FBII     (-2)^s for d <= l, else 0: the best approximation under uniform masks drops orders above l
    FSII     (-2)^s + closed form of Faith-Shap (arXiv 2203.00870, theorem 19) for d > l
"""

from __future__ import annotations

import operator
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import chain
from math import comb

import numpy as np

from spex_core.arrays import FloatArray, IntArray, Support
from spex_core.errors import ExpansionError, InputError
from spex_core.fourier.indices import canonical
from spex_core.fourier.subsets import as_supports, merge_subsets, renumber

MAX_EXPANSION = 2_000_000
"""Most subsets that one conversion may list, before equal ones are merged."""

_DIGITS = 12  # decimal places to which two weights are compared
_LARGEST_POWER = 1000  # (-2)^s must stay far from the largest float, 2^1024


def convert(
    n_features: int,
    supports: list[Support],
    coefficients: FloatArray,
    index: str,
    order: int | None = None,
) -> tuple[list[Support], FloatArray]:
    """The interaction index of ``f(m) = sum_k F(k) (-1)^<k,m>``, m = 1 where kept.

    The empty set is part of the result, where a term reaches it, for Fourier (mean over all masks), Moebius,
    STII and FSII (the value with everything hidden) and FBII (the intercept of the approximation).
    SV, BV, SII and BII have no empty set.

    Args:
        n_features: n.
        supports: sorted feature positions per term.
        coefficients: (k,) float64, or (k, c) for c spectra on the same supports.
        index: any spelling that `canonical` accepts.
        order: largest interaction order to return; for STII, FSII and FBII the order of the index.
            Default: the largest order in the spectrum, at least 1. SV and BV are of order 1 whatever it is.

    Returns:
        Supports by size, then position, and their values, (t,) or (t, c). Sets that no term reaches have
        value zero and are left out.

    Raises:
        InputError: unknown index, an order below 1, supports that are not sorted positions below n.
        ExpansionError: more than `MAX_EXPANSION` subsets would be listed.
    """
    name = canonical(index)
    values = np.asarray(coefficients, dtype=np.float64)
    if values.ndim not in (1, 2) or len(values) != len(supports):
        raise InputError(f"{len(supports)} supports need coefficients of shape (k,) or (k, c), not {values.shape}")
    sizes = np.fromiter(map(len, supports), dtype=np.int64, count=len(supports))
    largest = _check_order(order, default=max(1, int(sizes.max(initial=0))))
    counts = {d: count for d, count in enumerate(np.bincount(sizes).tolist()) if count}
    _check_expansion(name, largest, counts, order is None)

    blocks, used = _tables(n_features, supports, sizes, list(counts))
    reached = {d: _subset_sizes(name, d, largest) for d in counts}
    columns = np.ascontiguousarray((values if values.ndim == 2 else values[:, None]).T)
    found: list[Support] = []
    sums: list[FloatArray] = []
    for s in sorted(set().union(*reached.values())):
        reach = [(rows, block) for rows, block in blocks if s in reached[block.shape[1]]]
        subsets, group = merge_subsets([block for _, block in reach], s, len(used))
        weights = [_weight(name, block.shape[1], s, largest) for _, block in reach]
        sums.append(_totals(group, len(subsets), reach, weights, s, columns))
        found += as_supports(subsets, used)
    result = np.concatenate(sums, axis=1).T if sums else np.zeros((0, len(columns)))
    return found, result.reshape(len(found), *values.shape[1:])


def alike(sizes: Iterable[int], names: Sequence[str], order: int | None = None) -> dict[str, str]:
    """Which of some indices are the same for every function whose terms have these sizes.

    Args:
        sizes: of the supports of a spectrum.
        names: canonical names of indices.
        order: as in `convert`.

    Returns:
        Each name and the first of `names` that weighs every subset of such supports, but the empty one, as it does.
    """
    present = sorted({size for size in sizes if size})
    largest = _check_order(order, default=max(1, present[-1] if present else 1))
    first: dict[tuple[tuple[int, int, float], ...], str] = {}
    found = {}
    for name in names:
        sets = [(d, s) for d in present for s in _subset_sizes(name, d, largest) if s]
        weights = [(d, s, round(_weight(name, d, s, largest), _DIGITS)) for d, s in sets]
        found[name] = first.setdefault(tuple(each for each in weights if each[2]), name)
    return found


def _check_order(order: int | None, default: int) -> int:
    if order is None:
        return default
    try:
        largest = operator.index(order)
    except TypeError:
        largest = 0
    if largest < 1 or isinstance(order, bool):
        raise InputError(f"order={order!r} is not a whole number >= 1; leave it out for the largest order present")
    return largest


def _check_expansion(name: str, order: int, counts: dict[int, int], is_default: bool) -> None:
    """Refuse before any work is done; `counts` maps support size -> number of terms."""
    listed = sum(count * comb(d, s) for d, count in counts.items() for s in _subset_sizes(name, d, order))
    if listed > MAX_EXPANSION:
        shown = f"{listed:,}" if listed < 10**15 else f"about 10^{len(str(listed)) - 1}"
        asked = f"order={order}" + (", the largest in the spectrum" if is_default else "")
        raise ExpansionError(
            f"{name} at {asked}, would list {shown} subsets of {max(counts)} or fewer features; "
            f"the limit is {MAX_EXPANSION:,}. Pass a lower order, or use 'BII', which does not expand"
        )
    if name == "BII" and max((d for d in counts if d <= order), default=0) > _LARGEST_POWER:
        raise ExpansionError(f"{name} of more than {_LARGEST_POWER} features overflows; pass order<={_LARGEST_POWER}")


def _subset_sizes(name: str, d: int, order: int) -> range:
    """Sizes of the subsets of a support of size d whose weight is not zero by definition."""
    top = min(d, order)
    if name == "Fourier":
        return range(d, top + 1)
    if name in ("BII", "BV"):
        return range(max(d, 1), min(top, 1 if name == "BV" else top) + 1)
    if name == "SV":
        return range(1, 2) if d % 2 else range(0)
    if name == "SII":
        return range(2 - d % 2, top + 1, 2)
    if name == "FBII" and d > order:
        return range(0)
    return range(top + 1)


def _weight(name: str, d: int, s: int, order: int) -> float:
    """w(d, s) of the module's table."""
    if name == "Fourier":
        return 1.0
    power = float((-2) ** s)
    if name in ("SII", "SV"):
        return power / (d - s + 1)
    if name == "STII" and s == order:
        even = range((d - s) % 2, order, 2)
        integral = sum(2 * comb(order - 1, i) / (d - s + i + 1) for i in even)
        return integral * order * (-1 if order % 2 else 1)
    if name == "FSII" and s > 0 and d > order:
        return power + _faith_shapley_rest(d, s, order)
    return power


@lru_cache(maxsize=4096)
def _faith_shapley_rest(d: int, s: int, order: int) -> float:
    """What the Möbius coefficients (-2)^t of sizes t in order+1..d pass down to a subset of size s.

    (-1)^(l-s) s/(l+s) C(l,s) sum_t C(d-s,t-s) (-2)^t C(t-1,l) / C(t+l-1,l+s), a sum that cancels almost
    entirely, so it is evaluated in integers: nested by the ratio of neighbouring terms.
    """
    numerator, denominator = 1, 1
    for t in range(d - 1, order, -1):
        up, down = -2 * (d - t) * t * (t - s), (t + 1 - s) * (t - order) * (t + order)
        numerator, denominator = down * denominator + up * numerator, down * denominator
    first = order + 1
    numerator *= (-1) ** (order - s) * s * comb(order, s) * comb(d - s, first - s) * (-2) ** first
    denominator *= (order + s) * comb(2 * order, order + s)
    return float(numerator / denominator)


def _tables(
    n_features: int, supports: list[Support], sizes: IntArray, present: list[int]
) -> tuple[list[tuple[IntArray, IntArray]], IntArray]:
    """The supports of each size that is present, checked: which ones, and a (k, d) table of their features, numbered
    from 0 up; and the feature position behind each number."""
    try:
        flat = np.fromiter(chain.from_iterable(supports), dtype=np.int64, count=int(sizes.sum()))
    except (TypeError, ValueError, OverflowError) as error:
        raise InputError("supports must be tuples of feature positions") from error
    starts = np.cumsum(sizes) - sizes
    rows = [np.flatnonzero(sizes == d) for d in present]
    blocks = [flat[starts[which][:, None] + np.arange(d)] for which, d in zip(rows, present, strict=True)]
    rising = all((block[:, 1:] > block[:, :-1]).all() for block in blocks)
    if not rising or flat.min(initial=0) < 0 or flat.max(initial=0) >= max(n_features, 1):
        raise InputError(f"supports must be strictly rising feature positions from 0 to {n_features - 1}")
    numbered, used = renumber(blocks, n_features)
    return list(zip(rows, numbered, strict=True)), used


def _totals(
    group: IntArray,
    count: int,
    reach: list[tuple[IntArray, IntArray]],
    weights: list[float],
    s: int,
    columns: FloatArray,
) -> FloatArray:
    """(c, count) weighted sums of each of (c, k) `columns` over the listed subsets of size s, by group.

    Added in listing order, whatever order a sort leaves equal subsets in: the same bits on every machine.
    """
    terms = np.concatenate([rows for rows, _ in reach])
    lengths = [len(rows) for rows, _ in reach]
    repeats = np.repeat([comb(block.shape[1], s) for _, block in reach], lengths)
    scale = np.repeat(weights, lengths)
    sums = np.empty((len(columns), count))
    for total, column in zip(sums, columns, strict=True):
        total[:] = np.bincount(group, weights=np.repeat(column[terms] * scale, repeats), minlength=count)
    return sums
