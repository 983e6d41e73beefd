"""Design: what is evaluated, in which order, before anything is spent."""

import numpy as np
import pytest

from spex_core.design import plan_run


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
