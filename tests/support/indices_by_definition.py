"""Every interaction index from its own published definition, by brute force over all 2^n values."""

import itertools
from math import comb, factorial

import numpy as np

from spex_core.fourier.masks import all_masks
from spex_core.fourier.spectrum import evaluate


def subsets(features, sizes):
    return [s for size in sizes for s in itertools.combinations(features, size)]


def value_table(n, supports, coefficients):
    """frozenset of kept features -> value, by evaluating the spectrum on the whole cube."""
    masks = all_masks(n)
    values = evaluate(masks, supports, coefficients, n)
    return {frozenset(np.flatnonzero(row).tolist()): value for row, value in zip(masks, values, strict=True)}


def derivative(f, s, t):
    """Discrete derivative of S at T: sum over L of S of (-1)^(s-l) f(T + L)."""
    return sum((-1) ** (len(s) - len(inner)) * f[t | frozenset(inner)] for inner in subsets(s, range(len(s) + 1)))


def averaged_derivative(f, n, s, weight):
    others = [i for i in range(n) if i not in s]
    return sum(weight(len(t)) * derivative(f, s, frozenset(t)) for t in subsets(others, range(len(others) + 1)))


def faithful(f, n, order, row_weight, exact_ends):
    """Weighted least squares over the unanimity basis; with `exact_ends`, exact on the empty and full set."""
    basis = subsets(range(n), range(min(order, n) + 1))
    rows = list(f)
    design = np.array([[float(set(s) <= row) for s in basis] for row in rows])
    target = np.array([f[row] for row in rows])
    if not exact_ends:
        return dict(zip(basis, np.linalg.lstsq(design, target, rcond=None)[0], strict=True))
    ends = [i for i, row in enumerate(rows) if len(row) in (0, n)]
    inner = [i for i in range(len(rows)) if i not in ends]
    root = np.sqrt([row_weight(len(rows[i])) for i in inner])
    # All g that meet both ends: one of them plus the null space of the two constraints.
    start = np.linalg.lstsq(design[ends], target[ends], rcond=None)[0]
    null = np.linalg.svd(design[ends])[2][len(ends) :].T
    left = root[:, None] * (design[inner] @ null)
    right = root * (target[inner] - design[inner] @ start)
    step = np.linalg.lstsq(left, right, rcond=None)[0] if inner else np.zeros(null.shape[1])
    return dict(zip(basis, start + null @ step, strict=True))


def brute_force(n, supports, coefficients, index, order):
    """Every index from its own published definition."""
    f = value_table(n, supports, coefficients)
    if index == "Fourier":
        return {
            s: np.mean([(-1) ** len(set(s) & kept) * value for kept, value in f.items()])
            for s in subsets(range(n), range(order + 1))
        }
    if index == "Moebius":
        return {s: derivative(f, s, frozenset()) for s in subsets(range(n), range(order + 1))}
    if index in ("SV", "BV"):
        order = 1
    if index in ("SV", "SII"):

        def shapley(s):
            return lambda t: factorial(n - t - s) * factorial(t) / factorial(n - s + 1)

        return {s: averaged_derivative(f, n, s, shapley(len(s))) for s in subsets(range(n), range(1, order + 1))}
    if index in ("BV", "BII"):
        return {
            s: averaged_derivative(f, n, s, lambda t, s=s: 2.0 ** (len(s) - n))
            for s in subsets(range(n), range(1, order + 1))
        }
    if index == "STII":
        result = {s: derivative(f, s, frozenset()) for s in subsets(range(n), range(min(order, n + 1)))}
        for s in itertools.combinations(range(n), order):
            result[s] = order / n * averaged_derivative(f, n, s, lambda t: 1 / comb(n - 1, t))
        return result
    if index == "FSII":
        return faithful(f, n, order, lambda s: (n - 1) / (comb(n, s) * s * (n - s)), exact_ends=True)
    return faithful(f, n, order, None, exact_ends=False)
