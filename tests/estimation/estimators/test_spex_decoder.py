"""From samples to a fit: the refit, the constant cases, and runs that were stopped."""

import numpy as np
import pytest

from spex_core.arrays import Samples
from spex_core.coding.chase import SOFT
from spex_core.coding.plan import Plan, minimum_rows, plan_masks
from spex_core.estimation.estimators.spex import fit_plan
from spex_core.fourier.masks import row_keys
from spex_core.fourier.spectrum import walsh_columns


def planned(n, rows, values_of, max_order=5, seed=0):
    corners = np.array([[True] * n, [False] * n])
    plan = plan_masks(n, rows, max_order, np.random.default_rng(seed), row_keys(corners))
    masks = np.concatenate([corners, plan.masks])
    return Samples(masks, values_of(masks)), plan


@pytest.mark.parametrize("value", [0.0, -3.25, 1e12])
@pytest.mark.parametrize("n", [1, 2, 4, 30, 200])
def test_constant_functions_give_the_constant_alone(n, value):
    samples, plan = planned(n, minimum_rows(n, 5), lambda masks: np.full(len(masks), value))
    fit = fit_plan(samples, plan, 5, np.random.default_rng(0), SOFT)
    assert fit.spectrum.to_dict() == {(): value}
    assert fit.draws.shape[1] == 1


def test_coefficients_come_from_all_rows_by_regression():
    """Rows outside the code reach the refit: with them the error of a coefficient falls."""
    rng = np.random.default_rng(1)
    noise = lambda masks: walsh_columns(masks, [(3, 4)])[:, 0] + 0.5 * rng.normal(size=len(masks))  # noqa: E731
    few, plan_few = planned(40, minimum_rows(40, 2), noise, max_order=2)
    many, plan_many = planned(40, int(1.7 * minimum_rows(40, 2)), noise, max_order=2)
    assert plan_many.layout.b == plan_few.layout.b
    spread = []
    for samples, plan in ((few, plan_few), (many, plan_many)):
        fit = fit_plan(samples, plan, 2, np.random.default_rng(2), SOFT)
        column = fit.spectrum.supports.index((3, 4))
        assert fit.spectrum.coefficients[column] == pytest.approx(1.0, abs=0.2)
        assert len(fit.draws) > 5
        spread.append(fit.draws[:, column].std())
    assert spread[1] < spread[0]


def test_a_run_that_was_stopped_still_decodes():
    samples, plan = planned(60, 3000, lambda masks: walsh_columns(masks, [(1, 2, 3), (9,)]) @ [1.0, -1.0])
    part = samples.take(np.arange(int(0.8 * len(samples))))
    fit = fit_plan(part, plan, 5, np.random.default_rng(0), SOFT)
    assert {(1, 2, 3), (9,)} <= set(fit.spectrum.supports)


def test_same_seed_same_fit():
    rng = np.random.default_rng(3)
    samples, plan = planned(50, 1500, lambda masks: rng.normal(size=len(masks)) + masks[:, 0])
    first, second = (fit_plan(samples, plan, 5, np.random.default_rng(4), SOFT) for _ in range(2))
    assert first.spectrum.supports == second.spectrum.supports
    assert np.array_equal(first.spectrum.coefficients, second.spectrum.coefficients)
    assert np.array_equal(first.draws, second.draws)


def test_a_foreign_plan_is_refused():
    samples, _ = planned(5, 32, lambda masks: masks[:, 0] * 1.0)
    with pytest.raises(ValueError, match="plan_masks"):
        fit_plan(samples, Plan(samples.masks[2:]), 5, np.random.default_rng(0), SOFT)
