from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spex_core.fourier.subsets import as_supports, merge_subsets, picks, renumber


@pytest.mark.parametrize("d", range(6))
def test_picks_are_the_combinations_in_order(d):
    for s in range(d + 1):
        assert list(map(tuple, picks(d, s).tolist())) == list(combinations(range(d), s))


@settings(deadline=None, max_examples=60)
@given(limit=st.sampled_from([1, 2, 5, 64, 65, 1024, 70_000]), s=st.integers(0, 8), seed=st.integers(0, 2**32 - 1))
def test_merging_is_a_set_union_with_a_map_back(limit, s, seed):
    rng = np.random.default_rng(seed)
    widths = [d for d in (s, s + 1, s + 3) if d <= limit]
    blocks = [np.array([np.sort(rng.choice(limit, d, replace=False)) for _ in range(5)]).reshape(5, d) for d in widths]
    listed = [subset for block in blocks for row in block.tolist() for subset in combinations(row, s)]
    if not blocks:
        return
    subsets, group = merge_subsets(blocks, s, limit)
    distinct = list(map(tuple, subsets.tolist()))
    assert distinct == sorted(set(listed))
    assert [distinct[row] for row in group] == listed


def test_renumbering_keeps_order_and_can_be_undone():
    blocks = [np.array([[3, 900], [3, 17]]), np.array([[5]]), np.zeros((1, 0), dtype=np.int64)]
    numbered, used = renumber(blocks, 1000)
    assert used.tolist() == [3, 5, 17, 900]
    for before, after in zip(blocks, numbered, strict=True):
        assert np.array_equal(used[after], before)
    assert as_supports(numbered[0], used) == [(3, 900), (3, 17)]
    assert as_supports(numbered[2], used) == [()]


def test_positions_come_back_as_plain_ints():
    (support,) = as_supports(np.array([[0, 1]]), np.array([4, 7]))
    assert [type(position) for position in support] == [int, int]
