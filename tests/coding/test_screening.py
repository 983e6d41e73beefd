"""Proposed supports."""

import numpy as np

from spex_core.coding.screening import low_orders, relatives


def as_sets(rows, n):
    return {tuple(f for f in row if f < n) for row in rows.tolist()}


def test_low_orders_hold_every_single_and_pair():
    found = low_orders(6, 4, 5)
    assert as_sets(found, 6) == {(i,) for i in range(6)} | {(i, j) for i in range(6) for j in range(i + 1, 6)}
    assert as_sets(low_orders(6, 1, 1), 6) == {(i,) for i in range(6)}
    assert len(low_orders(1000, 5, 5)) == 1000  # pairs would be too many


def test_relatives_differ_in_one_relevant_feature_and_keep_the_cap():
    n = 30
    supports = np.array([[30, 30, 30, 30], [1, 5, 9, 30], [2, 30, 30, 30]])
    found = as_sets(relatives(supports, np.array([9.0, 1.0, 0.5]), n, max_order=3), n)
    assert {(5, 9), (1, 5), (1, 2), (1, 5, 9), (2, 5, 9)} <= found
    assert all(1 <= len(s) <= 3 for s in found)
    assert {f for s in found for f in s} == {1, 2, 5, 9}  # the constant's padding makes no feature relevant


def test_every_feature_is_toggled_in_every_support():
    n, supports = 9, [(0,), (1, 4), (2, 5, 8)]
    padded = np.array([[*s, *[n] * (4 - len(s))] for s in supports])
    features = {f for s in supports for f in s}
    toggled = {tuple(sorted(set(s) ^ {f})) for s in supports for f in features}
    found = as_sets(relatives(padded, np.array([3.0, 2.0, 1.0]), n, max_order=4), n)
    assert {s for s in toggled if s} <= found


def test_nothing_found_proposes_nothing():
    assert len(relatives(np.array([[8, 8]]), np.array([1.0]), 8, 2)) == 0
