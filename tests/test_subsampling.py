"""The mask plan: what is bought, where it is, and that the transform of the plan is what the theory says."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spex_core.errors import BudgetError
from spex_core.masks import draw_distinct, row_keys
from spex_core.spectrum import walsh_columns
from spex_core.subsampling import (
    COVERAGE,
    ERASED,
    CodedLayout,
    CubeLayout,
    minimum_rows,
    nominal_rows,
    plan_masks,
)
from spex_core.walsh import walsh_hadamard


def anchors(n):
    return np.stack([np.ones(n, dtype=bool), np.zeros(n, dtype=bool)])


@pytest.mark.parametrize(("n", "masks"), [(36, 1344), (92, 1728), (100, 1968), (400, 2208), (1024, 2688)])
def test_published_sample_counts_at_b_4(n, masks):
    assert nominal_rows(n, 5, 4) == masks


@settings(deadline=None, max_examples=25)
@given(
    n=st.one_of(st.integers(1, 18), st.sampled_from([64, 93, 1024])),
    max_order=st.integers(1, 8),
    extra=st.integers(0, 900),
    tests=st.integers(0, 60),
    seed=st.integers(0, 2**32 - 1),
)
def test_rows_are_distinct_within_budget_and_where_the_layout_says(n, max_order, extra, tests, seed):
    rng = np.random.default_rng(seed)
    rows = minimum_rows(n, max_order) + extra
    avoid = row_keys(anchors(n))
    avoid += row_keys(draw_distinct(n, min(tests, 2**n // 10), rng, avoid))
    plan = plan_masks(n, rows, max_order, rng, avoid)
    keys = row_keys(plan.masks)
    assert len(keys) == len(set(keys)) <= rows
    assert not set(keys) & set(avoid)
    everything = np.concatenate([anchors(n), plan.masks])
    if isinstance(plan.layout, CubeLayout):
        assert len(everything) == max(2**n - len(avoid) + 2, 2)
        assert (plan.layout.rows != ERASED).sum() == len(everything)
        return
    layout = plan.layout
    assert len(keys) == rows  # nothing of the budget is wasted
    assert (layout.rows == ERASED).mean() <= 1 - COVERAGE + 0.1 * bool(tests) * (n < 18) + 1e-9
    # Spot check: M l + d, computed bit by bit.
    for group, shift, ell in rng.integers(0, layout.rows.shape, (20, 3)):
        row = layout.rows[group, shift, ell]
        if row != ERASED:
            expected = [bin(int(h) & int(ell)).count("1") % 2 == 1 for h in layout.hashes[group]]
            assert np.array_equal(everything[row], np.array(expected) ^ layout.offsets[group, shift])


def test_transform_of_one_term_fills_one_bin_with_its_signature():
    n = 40
    plan = plan_masks(n, nominal_rows(n, 5, 5), 5, np.random.default_rng(0), row_keys(anchors(n)))
    layout = plan.layout
    support = (3, 7, 20, 39)
    values = walsh_columns(np.concatenate([anchors(n), plan.masks]), [support])[:, 0]
    assert (layout.rows != ERASED).all()
    transformed = walsh_hadamard(values[layout.rows]) / 2**layout.b
    for group in range(3):
        target = np.bitwise_xor.reduce(layout.hashes[group, list(support)])
        signs = 1 - 2 * (layout.offsets[group][:, support].sum(axis=1) % 2)
        expected = np.zeros((len(signs), 2**layout.b))
        expected[:, target] = signs
        np.testing.assert_allclose(transformed[group], expected, atol=1e-12)
        in_code = np.flatnonzero(np.isin(layout.feature_at[group], support))
        parity = layout.code.parity[:, in_code].sum(axis=1) % 2
        assert np.array_equal(signs[1:] * signs[0], 1 - 2 * parity)


@pytest.mark.parametrize("n", [20, 100])
def test_largest_b_that_fits_even_when_a_tenth_is_set_aside(n):
    for b in (3, 4, 5):
        needed = int(np.ceil(COVERAGE * nominal_rows(n, 5, b)))
        plan = plan_masks(n, needed, 5, np.random.default_rng(b), row_keys(anchors(n)))
        assert plan.layout.b == b
        assert plan.notes
        assert "filled in" in plan.notes[0]


def test_budget_below_the_minimum_names_it():
    minimum = minimum_rows(100, 5)
    assert minimum == int(np.ceil(0.9 * 3 * 41 * 8))
    with pytest.raises(BudgetError, match=str(minimum)) as error:
        plan_masks(100, minimum - 1, 5, np.random.default_rng(0))
    assert error.value.minimum == minimum


def test_same_seed_same_plan():
    first, second = (plan_masks(50, 1500, 4, np.random.default_rng(7)) for _ in range(2))
    assert np.array_equal(first.masks, second.masks)
    assert np.array_equal(first.layout.rows, second.layout.rows)


def test_small_n_reuses_rows_to_reach_more_bins():
    plan = plan_masks(12, 3000, 5, np.random.default_rng(0), row_keys(anchors(12)))
    assert isinstance(plan.layout, CodedLayout)
    assert COVERAGE * nominal_rows(12, 5, plan.layout.b) > 3000
    assert len(np.unique(plan.layout.rows)) < plan.layout.rows.size
