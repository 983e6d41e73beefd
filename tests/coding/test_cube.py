"""Small n against brute force."""

from itertools import combinations

import numpy as np
import pytest

from spex_core.arrays import Samples
from spex_core.coding.cube import cube_fit
from spex_core.coding.layouts import CubeLayout
from spex_core.coding.plan import plan_masks
from spex_core.fourier.masks import all_masks, row_keys
from spex_core.fourier.spectrum import Spectrum, walsh_columns


def cube_samples(n, values_of, avoid=()):
    plan = plan_masks(n, 2**n, n, np.random.default_rng(0), [*row_keys(np.array([[True] * n, [False] * n])), *avoid])
    assert isinstance(plan.layout, CubeLayout)
    masks = np.concatenate([[[True] * n, [False] * n], plan.masks])
    return Samples(masks, values_of(masks)), plan.layout


@pytest.mark.parametrize("n", [1, 2, 3, 4, 7])
@pytest.mark.parametrize("cap", [1, 3, 7])
def test_every_mask_known_gives_the_exact_coefficients(n, cap):
    cube = all_masks(n)
    table = dict(zip(row_keys(cube), np.random.default_rng(n).normal(size=2**n), strict=True))
    values_of = lambda masks: np.array([table[key] for key in row_keys(masks)])  # noqa: E731  # a one-line table
    spectrum = cube_fit(*cube_samples(n, values_of), max_order=cap)
    assert isinstance(spectrum, Spectrum)
    supports = [s for order in range(min(cap, n) + 1) for s in combinations(range(n), order)]
    brute = {s: (values_of(cube) * walsh_columns(cube, [s])[:, 0]).mean() for s in supports}
    assert set(spectrum.supports) == set(supports)
    for support, value in spectrum.to_dict().items():
        assert value == pytest.approx(brute[support], abs=1e-12)


def test_sparse_function_with_masks_set_aside_is_found_exactly():
    n = 9
    cube = all_masks(n)
    avoid = row_keys(cube[np.random.default_rng(1).choice(np.arange(1, 511), 50, replace=False)])
    truth = [(0,), (1, 2), (3, 4, 5), (0, 2, 4, 6, 8)]
    samples, layout = cube_samples(n, lambda m: walsh_columns(m, truth) @ [1.0, -2.0, 1.5, 1.0], avoid)
    assert sorted(cube_fit(samples, layout, 5)) == sorted(truth)


def test_dense_function_gets_every_low_order_the_rows_can_carry():
    n = 8
    cube = all_masks(n)
    avoid = row_keys(cube[5:25])
    rng = np.random.default_rng(2)
    table = dict(zip(row_keys(cube), rng.normal(size=256), strict=True))
    samples, layout = cube_samples(n, lambda m: np.array([table[k] for k in row_keys(m)]), avoid)
    supports = cube_fit(samples, layout, 5)
    assert {(i,) for i in range(n)} | set(combinations(range(n), 2)) <= set(supports)
    assert len(supports) <= len(samples) // 2
