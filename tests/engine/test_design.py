"""Design: what is evaluated, in which order, before anything is spent."""

import numpy as np
import pytest

from spex_core.coding.layouts import CodedLayout
from spex_core.engine.design import plan_run
from spex_core.fourier.masks import row_keys


@pytest.mark.parametrize(("n", "budget"), [(5, 20), (12, 300), (40, 2000), (100, 5000)])
def test_every_row_is_placed_once_and_the_anchors_lead(n, budget):
    design = plan_run(n, budget, "auto", 3, 0)
    assert design.masks[0].all()
    assert not design.masks[1].any()
    assert sorted([*design.training, *design.test]) == list(range(len(design.masks)))
    assert np.array_equal(design.masks[design.training[2:]], design.plan.masks)


def test_test_rows_come_early_so_that_the_first_estimate_can_be_judged():
    design = plan_run(82, 40_000, "auto", 5, 0)
    assert (design.test < 100).sum() == 24
    half = (design.test < len(design.masks) / 2).mean()
    assert 0.4 < half < 0.65


def test_a_larger_seed_space_is_not_shared_between_purposes():
    one, two = plan_run(30, 500, "auto", 3, 0), plan_run(30, 500, "auto", 3, 1)
    assert not np.array_equal(one.masks, two.masks)


@pytest.mark.parametrize(("n", "bins"), [(2, 0), (3, 0), (7, 0), (30, 9), (100, 8), (1024, 8)])
def test_a_larger_budget_holds_the_whole_run_of_a_smaller_one(n, bins):
    """From 3n to 40,000: nothing is asked twice, the ends are always there, at most a tenth is set aside, and the code
    is used from where the budget reaches it, with as many bins as it buys."""
    budgets = sorted({3, 3 * n, 3 * n + 1, 500, 4000, 40_000}) if n > 2 else [3, 4, 40_000]
    smaller: set[bytes] = set()
    bits = []
    for budget in budgets:
        design = plan_run(n, budget, "auto", 5, 0)
        keys = set(row_keys(design.masks))
        assert len(keys) == len(design.masks) == min(budget, 2**n)
        assert smaller <= keys
        assert design.masks[0].all()
        assert not design.masks[1].any()
        if budget >= 200:
            assert len(design.test) <= budget / 10
        layout = design.plan.layout
        bits.append(layout.b if isinstance(layout, CodedLayout) else 0)
        smaller = keys
    if bins:
        assert bits == sorted(bits)
    assert bits[-1] == bins
