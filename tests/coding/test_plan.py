"""The mask plan: what is bought, where it is, and that the transform of the plan is what the theory says."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import spex_core
from spex_core.coding.layouts import ERASED, CodedLayout, CubeLayout
from spex_core.coding.plan import COVERAGE, minimum_rows, nominal_rows, plan_masks
from spex_core.engine.design import cost, plan_run
from spex_core.fourier.masks import draw_distinct, row_keys
from spex_core.fourier.spectrum import walsh_columns
from spex_core.fourier.walsh import walsh_hadamard


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
def test_largest_b_of_which_nine_tenths_are_bought(n):
    for b in (3, 4, 5):
        needed = int(np.ceil(COVERAGE * nominal_rows(n, 5, b)))
        layout = plan_masks(n, needed, 5, np.random.default_rng(b), row_keys(anchors(n))).layout
        assert layout.b == b
        assert 0 < (layout.rows == ERASED).mean() <= 1 - COVERAGE
        few = plan_masks(n, int(0.8 * needed), 5, np.random.default_rng(b), row_keys(anchors(n))).layout
        assert few.b == b - 1 if b > 3 else few is None


def test_below_the_minimum_there_are_masks_but_no_code():
    minimum = minimum_rows(100, 5)
    assert minimum == int(np.ceil(0.9 * 3 * 41 * 8))
    plan = plan_masks(100, minimum - 1, 5, np.random.default_rng(0))
    assert plan.layout is None
    assert len(plan.masks) == minimum - 1
    with pytest.raises(spex_core.BudgetError, match="spex needs"):
        plan_run(100, minimum, "spex", 5, 0)


SIZES = [*range(1, 21), 30, 100, 1000]


@pytest.mark.parametrize("n", SIZES)
def test_a_larger_budget_begins_with_the_masks_of_a_smaller_one(n):
    rng = np.random.default_rng(n)
    avoid = row_keys(anchors(n))
    avoid += row_keys(draw_distinct(n, min(50, 2**n // 10), rng, avoid))
    budgets = [1, 7, 60, 250, 251, 990, 2100, 2**n if n <= 10 else 4000]
    plans = [plan_masks(n, rows, 4, np.random.default_rng(n), avoid).masks for rows in budgets]
    assert len(plans[-1]) == min(max(budgets), 2**n - len(set(avoid)))
    for plan, rows in zip(plans, budgets, strict=True):
        assert np.array_equal(plan, plans[-1][:rows])


def _asked(n, budget, estimator, seed):
    """Row keys of every mask that a value function sees."""
    seen = []

    def model(masks):
        seen.extend(row_keys(masks))
        return masks[:, 0] - 2.0 * masks[:, -1]

    spex_core.explain(model, n, budget=budget, estimator=estimator, max_order=2, seed=seed)
    return seen


@pytest.mark.slow
@settings(deadline=None, max_examples=30)
@given(
    n=st.one_of(st.integers(2, 16), st.sampled_from([17, 30, 100, 1000])),
    budget=st.integers(2, 700),
    more=st.integers(1, 900),
    estimator=st.sampled_from(["banzhaf", "lime"]),
    seed=st.integers(0, 9999),
)
def test_who_buys_more_keeps_what_was_bought(n, budget, more, estimator, seed):
    budget = max(budget, cost(n, 9999, estimator).minimum)
    less, greater = _asked(n, budget, "banzhaf", seed), _asked(n, budget + more, estimator, seed)
    for seen, allowed in ((less, budget), (greater, budget + more)):
        assert len(seen) == len(set(seen)) == min(allowed, 2**n)
        assert set(row_keys(anchors(n))) <= set(seen)
    assert set(less) <= set(greater)


@pytest.mark.parametrize("n", [40, 300])
def test_every_estimator_asks_for_the_same_masks(n):
    designs = [plan_run(n, 3000, name, 3, 5).masks for name in ("auto", "spex", "spex-hard", "proxyspex", "gp", "lime")]
    for masks in designs:
        assert np.array_equal(masks, designs[0])


@pytest.mark.parametrize("n", [9, 14, 18, 21, 60, 1000])
@pytest.mark.parametrize("rows", [40, 338, 1000])
def test_masks_come_with_their_complements(n, rows):
    masks = plan_masks(n, rows, 5, np.random.default_rng(1), row_keys(anchors(n))).masks
    assert len(masks) == min(rows, 2**n - 2)
    assert np.array_equal(masks[::2], ~masks[1::2])


@settings(deadline=None, max_examples=20)
@given(
    n=st.one_of(st.integers(6, 14), st.sampled_from([21, 70, 500])),
    rows=st.integers(200, 4000),
    tests=st.integers(0, 200),
    seed=st.integers(0, 9999),
)
def test_every_row_of_a_layout_is_offset_plus_span(n, rows, tests, seed):
    rng = np.random.default_rng(seed)
    avoid = row_keys(anchors(n))
    avoid += row_keys(draw_distinct(n, min(tests, 2**n // 10), rng, avoid))
    plan = plan_masks(n, rows, 3, rng, avoid)
    if not isinstance(plan.layout, CodedLayout):
        return
    layout = plan.layout
    everything = np.concatenate([anchors(n), plan.masks])
    bits = (np.arange(2**layout.b)[:, None] >> np.arange(layout.b)) & 1
    for group in range(len(layout.rows)):
        matrix = (layout.hashes[group][:, None] >> np.arange(layout.b)) & 1
        span = (bits @ matrix.T) % 2 == 1
        designed = span[None] ^ layout.offsets[group][:, None, :]
        there = layout.rows[group] != ERASED
        assert np.array_equal(everything[layout.rows[group][there]], designed[there])
        assert not set(row_keys(designed[~there])) & set(row_keys(everything))
    reserved = set(avoid) - set(row_keys(anchors(n)))
    if not reserved:
        assert (layout.rows != ERASED).mean() >= COVERAGE


def test_same_seed_same_plan():
    first, second = (plan_masks(50, 1500, 4, np.random.default_rng(7)) for _ in range(2))
    assert np.array_equal(first.masks, second.masks)
    assert np.array_equal(first.layout.rows, second.layout.rows)


def test_small_n_reuses_rows_to_reach_more_bins():
    plan = plan_masks(12, 3000, 5, np.random.default_rng(0), row_keys(anchors(12)))
    assert isinstance(plan.layout, CodedLayout)
    assert COVERAGE * nominal_rows(12, 5, plan.layout.b) > 3000
    assert len(np.unique(plan.layout.rows)) < plan.layout.rows.size
