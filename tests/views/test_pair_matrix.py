import pytest

from spex_core.views.pair_matrix import pair_matrix
from spex_core.views.shown import Shown


def test_cells_hold_the_pairs_own_value_and_count_larger_groups(review):
    matrix = pair_matrix(Shown(review, "Moebius").rows)
    assert matrix["features"] == [3, 4, 6]
    assert [cell[:2] for cell in matrix["cells"]] == [[3, 4], [3, 6], [4, 6]]
    assert matrix["cells"][0][2:] == [pytest.approx(1.9), 1]
    assert matrix["cells"][1][2:] == [0.0, 1]
    assert matrix["largest"] == pytest.approx(1.9)


def test_the_features_in_the_strongest_groups_are_kept(explained):
    ands = {(2 * k, 2 * k + 1): 1.0 + k for k in range(20)}
    explanation = explained(" ".join(f"w{k}" for k in range(40)), ands)
    assert pair_matrix(Shown(explanation, "Moebius").rows, most=6)["features"] == [34, 35, 36, 37, 38, 39]


def test_empty_without_groups(flat):
    assert pair_matrix(Shown(flat, "FBII").rows) == {"features": [], "cells": [], "largest": 0.0}
