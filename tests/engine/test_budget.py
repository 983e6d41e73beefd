"""Budget: what it buys, what it refuses, and that the stated cost is the cost."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import spex_core
from spex_core.engine.budget import covers_cube, minimum_budget, test_masks, training_rows
from spex_core.engine.design import cost, plan_run
from spex_core.estimation.registry import estimator, estimators

test_masks.__test__ = False  # its name is the field's, not a test's


@settings(deadline=None, max_examples=200)
@given(n=st.integers(1, 1024), budget=st.integers(2, 50_000))
def test_training_and_test_rows_fit_the_budget(n, budget):
    rows, tests = training_rows(n, budget), test_masks(n, budget)
    assert rows >= 1
    assert rows + tests <= budget
    if not covers_cube(n, budget) and budget >= 8:
        assert tests > 0
    if budget >= 200 and not covers_cube(n, budget):
        assert tests <= budget / 10
        assert n <= 16 or rows >= 0.9 * budget


@pytest.mark.parametrize("name", estimators())
@pytest.mark.parametrize("n", [1, 3, 9, 20, 64, 300, 1024])
def test_minimum_is_the_smallest_budget_that_plans(name, n):
    if name == "exact" and n > 12:
        return
    minimum = minimum_budget(estimator(name), n, 3)
    assert len(plan_run(n, minimum, name, 3, 0).masks) <= minimum
    if minimum > 1:
        with pytest.raises(spex_core.BudgetError) as caught:
            plan_run(n, minimum - 1, name, 3, 0)
        assert caught.value.minimum == minimum


@pytest.mark.parametrize(("n", "budget"), [(1, 10), (8, 100), (8, 1000), (30, 50), (30, 500), (30, 2000), (600, 5000)])
def test_the_cost_shown_is_the_cost_paid(n, budget):
    shown = cost(n, budget)
    assert len(plan_run(n, budget, "auto", 5, 0).masks) == shown.passes <= budget
    assert 1 <= shown.highest_order <= 5
    assert shown.minimum <= budget


def test_more_budget_never_finds_less():
    orders = [cost(40, budget).highest_order for budget in (20, 100, 200, 500, 2000, 20_000)]
    assert orders == sorted(orders)
    assert orders[0] == 1


def test_first_order_estimators_say_so():
    assert cost(40, 5000, "banzhaf").highest_order == 1
    assert cost(40, 5000, "lime").highest_order == 1
    assert cost(8, 256).estimator == "exact"


@pytest.mark.parametrize("name", estimators())
@pytest.mark.parametrize(("n", "budget"), [(1, 10), (6, 64), (6, 500)])
def test_the_estimator_named_beforehand_is_the_one_that_runs(name, n, budget):
    assert cost(n, budget, name).estimator == plan_run(n, budget, name, 5, 0).estimator.name


@pytest.mark.parametrize("name", estimators())
@pytest.mark.parametrize("n", [1, 2, 3, 9, 40])
def test_who_is_refused_is_sent_to_an_estimator_that_takes_the_budget(name, n):
    """`auto` where it does with as few passes, which is not below its own minimum."""
    if name == "exact" and n > 20:
        return
    for budget in range(1, min(minimum_budget(estimator(name), n, 3), 40)):
        with pytest.raises(spex_core.BudgetError) as caught:
            plan_run(n, budget, name, 3, 0)
        assert ('use estimator="auto"' in str(caught.value)) == (budget >= cost(n, 1, "auto", 3).minimum)


@pytest.mark.parametrize("name", estimators())
def test_no_promised_order_is_above_what_was_asked(name):
    for n, max_order in ((2, 5), (12, 1), (12, 3), (64, 4)):
        if name == "exact" and n > 20:
            continue
        budget = cost(n, 9999, name, max_order).minimum
        orders = [cost(n, more, name, max_order).highest_order for more in (budget, 2 * budget, 20_000)]
        assert orders == sorted(orders)
        assert 1 <= orders[0] <= orders[-1] <= min(n, max_order)
