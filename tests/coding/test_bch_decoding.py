"""Batched decoding against exhaustive search, and for every correctable pattern."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spex_core.coding.bch import bch_code
from spex_core.coding.bch_decoding import berlekamp_massey, decode_syndromes


def syndromes_of(code, parity):
    """(w, r) parities to (w, t) syndromes, one word at a time."""
    rows = [np.bitwise_xor.reduce(code.parity_syndromes[word], axis=0, initial=0) for word in parity]
    return np.array(rows, dtype=np.int64).reshape(len(parity), code.t)


@settings(deadline=None, max_examples=40)
@given(data=st.data())
def test_every_pattern_within_capacity_is_corrected(data):
    t = data.draw(st.integers(1, 8))
    n = data.draw(st.one_of(st.integers(max(1, t), 40), st.sampled_from([92, 93, 500, 1024])))
    code = bch_code(n, t)
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    parity, expected = [], []
    for _ in range(30):
        order = int(rng.integers(0, t + 1))
        support = np.sort(rng.choice(n, order, replace=False))
        errors = rng.choice(code.n_parity, int(rng.integers(0, t - order + 1)), replace=False)
        word = code.parity[:, support].sum(axis=1) % 2 == 1
        word[errors] ^= True
        parity.append(word)
        expected.append((tuple(support.tolist()), len(errors)))
    found = decode_syndromes(code, syndromes_of(code, np.array(parity)))
    assert found.words.tolist() == list(range(30))
    got = [
        (tuple(s[:o].tolist()), int(e))
        for s, o, e in zip(found.supports, found.orders, found.parity_errors, strict=True)
    ]
    assert got == expected


@pytest.mark.parametrize(("n", "t"), [(10, 2), (7, 3), (12, 1)])
def test_random_words_decode_exactly_where_exhaustive_search_does(n, t):
    code = bch_code(n, t)
    table = {}
    columns = np.concatenate([np.eye(code.n_parity, dtype=bool), code.parity], axis=1)
    for weight in range(t + 1):
        for pattern in combinations(range(n + code.n_parity), weight):
            table[(columns[:, pattern].sum(axis=1) % 2).tobytes()] = pattern
    words = np.random.default_rng(0).random((600, code.n_parity)) < 0.5
    found = decode_syndromes(code, syndromes_of(code, words))
    decoded = dict(zip(found.words.tolist(), found.supports.tolist(), strict=True))
    hits = 0
    for i, word in enumerate(words):
        pattern = table.get(word.astype(np.int64).tobytes())
        assert (pattern is not None) == (i in decoded)
        if pattern is not None:
            hits += 1
            assert [p - code.n_parity for p in pattern if p >= code.n_parity] == [f for f in decoded[i] if f < n]
    assert hits > 0


def test_more_errors_than_capacity_are_refused_by_the_locator():
    code = bch_code(64, 2)
    locators, degrees = berlekamp_massey(code.field, np.array([[0, 5], [0, 0]]))
    assert degrees.tolist() == [3, 0]
    assert locators.shape == (3, 2)


def test_no_words_give_nothing():
    code = bch_code(8, 2)
    found = decode_syndromes(code, np.zeros((0, 2), dtype=np.int64))
    assert len(found.words) == 0
    assert found.supports.shape == (0, 2)
