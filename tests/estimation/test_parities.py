"""Pairs and triples that stand out by themselves."""

import time

import numpy as np
import pytest

from spex_core.estimation.parities import outstanding
from spex_core.fourier.spectrum import walsh_columns


def uniform(n, m, seed=0):
    return np.random.default_rng(seed).random((m, n)) < 0.5


def test_parities_without_parts_are_found_strongest_first():
    masks = uniform(40, 600)
    pair, triple = walsh_columns(masks, [(3, 30), (1, 17, 39)]).T
    noise = 0.3 * np.random.default_rng(1).normal(size=600)
    assert outstanding(masks, pair - 2.0 * triple + noise, 5) == [(1, 17, 39), (3, 30)]


@pytest.mark.parametrize(("max_order", "expected"), [(1, []), (2, [(3, 30)]), (3, [(1, 17, 39), (3, 30)])])
def test_order_is_capped(max_order, expected):
    masks = uniform(40, 600)
    values = walsh_columns(masks, [(3, 30), (1, 17, 39)]) @ [1.0, -2.0]
    assert outstanding(masks, values, max_order) == expected


def test_every_position_can_be_found():
    n, masks = 7, uniform(7, 100, seed=3)
    for i in range(n):
        for j in range(i + 1, n):
            assert outstanding(masks, walsh_columns(masks, [(i, j)])[:, 0], 3)[0] == (i, j)
            for k in range(j + 1, n):
                assert outstanding(masks, walsh_columns(masks, [(i, j, k)])[:, 0], 3)[0] == (i, j, k)


def test_noise_rarely_stands_out():
    found = [outstanding(uniform(30, 300, s), np.random.default_rng(s).normal(size=300), 3) for s in range(40)]
    assert sum(map(len, found)) <= 12


@pytest.mark.parametrize("n", [1, 2, 3])
def test_few_features(n):
    masks = uniform(n, 64)
    whole = tuple(range(n))
    found = outstanding(masks, walsh_columns(masks, [whole])[:, 0], 3)
    assert found[:1] == ([whole] if n > 1 else [])


def test_nothing_to_explain():
    assert outstanding(uniform(5, 20), np.zeros(20), 3) == []
    assert outstanding(np.zeros((0, 5), dtype=bool), np.zeros(0), 3) == []


def test_triples_are_skipped_where_there_are_too_many():
    masks = uniform(600, 300)
    values = walsh_columns(masks, [(2, 500), (3, 4, 5)]) @ [1.0, 1.0]
    began = time.perf_counter()
    assert outstanding(masks, values, 5) == [(2, 500)]
    assert time.perf_counter() - began < 5
