"""Peeling: exact recovery under collisions, honesty in noise, and caps."""

import numpy as np
import pytest

from spex_core.arrays import Samples
from spex_core.coding.chase import HARD, SOFT
from spex_core.coding.peeling import peel
from spex_core.coding.plan import nominal_rows, plan_masks
from spex_core.fourier.masks import draw_distinct
from spex_core.fourier.spectrum import evaluate, walsh_columns


def design(n, b, share=1.0, max_order=5, seed=0):
    plan = plan_masks(n, int(np.ceil(share * nominal_rows(n, max_order, b))), max_order, np.random.default_rng(seed))
    return plan.layout, np.concatenate([[[True] * n, [False] * n], plan.masks])


def random_supports(n, count, max_order, rng):
    chosen = set()
    while len(chosen) < count:
        chosen.add(tuple(sorted(rng.choice(n, int(rng.integers(1, max_order + 1)), replace=False).tolist())))
    return sorted(chosen)


@pytest.mark.parametrize("effort", [SOFT, HARD])
def test_equal_terms_under_heavy_collisions_are_all_found(effort):
    """200 equal terms in 128 bins: a bin holds 1.6 terms on average, so only message passing gets there."""
    rng = np.random.default_rng(5)
    supports = random_supports(128, 200, 5, rng)
    layout, masks = design(128, 7)
    values = evaluate(masks, supports, rng.choice([-1.0, 1.0], 200), 128)
    assert sorted(peel(Samples(masks, values), layout, 5, effort)) == supports


def test_erased_rows_are_filled_in():
    rng = np.random.default_rng(6)
    supports = random_supports(60, 50, 5, rng)
    layout, masks = design(60, 6, share=0.9)
    assert (layout.rows < 0).mean() > 0.09
    values = evaluate(masks, supports, rng.normal(size=50), 60) + 7.0
    assert sorted(peel(Samples(masks, values), layout, 5, SOFT)) == supports


def test_pure_noise_gives_next_to_nothing():
    layout, masks = design(64, 5)
    counts = [
        len(peel(Samples(masks, np.random.default_rng(seed).normal(size=len(masks))), layout, 5, SOFT))
        for seed in range(4)
    ]
    assert sum(counts) <= 4


def test_found_terms_in_noise_are_true_ones():
    rng = np.random.default_rng(7)
    supports = random_supports(100, 60, 5, rng)
    layout, masks = design(100, 6)
    clean = evaluate(masks, supports, rng.choice([-1.0, 1.0], 60) * rng.uniform(0.5, 1.5, 60), 100)
    values = clean + np.sqrt(0.1) * clean.std() * rng.normal(size=len(clean))
    found = set(peel(Samples(masks, values), layout, 5, SOFT))
    assert len(found & set(supports)) >= 57
    assert len(found - set(supports)) <= 2


@pytest.mark.parametrize("cap", [1, 2, 3])
def test_no_support_is_larger_than_asked_for(cap):
    layout, masks = design(40, 5)
    values = walsh_columns(masks, [(0,), (1, 2), (3, 4, 5), (6, 7, 8, 9, 10)]) @ [1.0, 1.0, 1.0, 1.0]
    found = peel(Samples(masks, values), layout, cap, SOFT)
    assert sorted(found) == [(0,), (1, 2), (3, 4, 5)][:cap]


def test_rows_outside_the_design_change_nothing():
    layout, masks = design(50, 4)
    more = draw_distinct(50, 500, np.random.default_rng(9))
    everything = np.concatenate([masks, more])
    values = walsh_columns(everything, [(1, 2, 3), (4, 9)]) @ [2.0, -1.0]
    assert sorted(peel(Samples(everything, values), layout, 5, SOFT)) == [(1, 2, 3), (4, 9)]


def test_the_same_samples_give_the_same_supports():
    layout, masks = design(80, 6)
    samples = Samples(masks, np.random.default_rng(10).normal(size=len(masks)) + masks[:, 3] + masks[:, 4])
    assert peel(samples, layout, 5, SOFT) == peel(samples, layout, 5, SOFT) != []


@pytest.mark.parametrize("scale", [1e-9, 1.0, 1e9])
def test_scale_and_offset_change_nothing(scale):
    layout, masks = design(30, 4)
    values = scale * (5.0 + walsh_columns(masks, [(1, 2, 3), (4, 9)]) @ [2.0, -1.0])
    assert sorted(peel(Samples(masks, values), layout, 5, SOFT)) == [(1, 2, 3), (4, 9)]
