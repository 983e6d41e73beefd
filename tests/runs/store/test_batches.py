"""Store: paid passes come back distinct, in the order paid, and damage costs one batch."""

import numpy as np
import pytest

from spex_core.arrays import Samples
from spex_core.errors import StoreError
from spex_core.runs.store.run_store import RunStore
from tests.support.store_faults import sql

KEY = "0123abcd"


def _samples(seed, m=7, n=13):
    rng = np.random.default_rng(seed)
    return Samples(rng.random((m, n)) < 0.5, rng.normal(size=m))


@pytest.fixture
def store(place):
    store = RunStore(place)
    yield store
    store.close()


def test_samples_append_and_come_back_in_order(store):
    one, two = _samples(1), _samples(2)
    store.append(KEY, one)
    store.append("other", _samples(3))
    store.append(KEY, two)
    read = store.samples(KEY, 13)
    assert read.masks.dtype == bool
    assert np.array_equal(read.masks, np.concatenate([one.masks, two.masks]))
    assert np.array_equal(read.values, np.concatenate([one.values, two.values]))
    assert len(store.samples("missing", 13)) == 0
    assert len(store.samples(KEY, 14)) == 0
    assert store.samples(KEY, 14).masks.shape == (0, 14)


@pytest.mark.parametrize("n_features", [1, 7, 8, 9, 1000])
def test_samples_of_any_width(store, n_features):
    masks = np.unique(np.random.default_rng(0).random((20, n_features)) < 0.5, axis=0)
    store.append(KEY, Samples(masks, np.arange(len(masks)) / 3))
    store.append(KEY, Samples(masks[:0], np.zeros(0)))
    read = store.samples(KEY, n_features)
    assert np.array_equal(read.masks, masks)
    assert np.array_equal(read.values, np.arange(len(masks)) / 3)


def test_a_mask_that_two_runs_paid_for_counts_once(store):
    one = _samples(1)
    store.append(KEY, one)
    store.append(KEY, Samples(one.masks[2:5], one.values[2:5] + 1))
    store.append(KEY, Samples(~one.masks[:1], np.array([5.0])))
    read = store.samples(KEY, 13)
    assert np.array_equal(read.values, [*one.values, 5.0])
    assert len(np.unique(read.masks, axis=0)) == 8


@pytest.mark.parametrize("column", ["masks", "values"])
def test_a_damaged_batch_is_left_out_and_the_others_stay(store, column):
    for seed in range(3):
        store.append(KEY, _samples(seed))
    number, data = sql(store, f'SELECT id, "{column}" FROM samples ORDER BY id LIMIT 1 OFFSET 1').one()
    flipped = bytes([data[0] ^ 4]) + bytes(data[1:])
    for damaged in (flipped, bytes(data[:-1]), b""):
        sql(store, f'UPDATE samples SET "{column}" = :data WHERE id = :id', data=damaged, id=number)
        expected = np.concatenate([_samples(0).values, _samples(2).values])
        assert np.array_equal(store.samples(KEY, 13).values, expected)
    store.append(KEY, _samples(1))
    assert len(store.samples(KEY, 13)) == 21


def test_a_value_that_is_not_finite_is_no_paid_pass(store):
    with pytest.raises(StoreError, match="not finite"):
        store.append(KEY, Samples(np.eye(3, dtype=bool), np.array([1.0, np.nan, 2.0])))
    assert len(store.samples(KEY, 3)) == 0
