"""The sparse Möbius transform on functions whose transform is known."""

import numpy as np
import pytest

from spex_core.errors import InputError
from spex_core.fourier.masks import all_masks
from spex_core.trust.sparse_moebius import Grouping, design, moebius_bins, sparse_moebius


def planted(n, terms):
    def function(masks):
        return sum(value * masks[:, list(support)].all(axis=1) for support, value in terms.items())

    return function


def draw_terms(n, order, count, rng):
    supports = {tuple(sorted(rng.choice(n, rng.integers(1, order + 1), replace=False).tolist())) for _ in range(count)}
    return {(): 0.5} | {support: float(rng.choice([-1, 1]) * rng.uniform(0.5, 2)) for support in sorted(supports)}


def test_bins_are_the_moebius_transform():
    values = np.random.default_rng(0).standard_normal((2, 8))
    masks = all_masks(3)
    for k, row in enumerate(masks):
        inside = [j for j, other in enumerate(masks) if not (other & ~row).any()]
        total = sum(values[:, j] * (-1) ** int(row.sum() - masks[j].sum()) for j in inside)
        np.testing.assert_allclose(moebius_bins(values, 3)[:, k], total)


def test_every_interaction_falls_into_its_bin_and_answers_the_tests():
    rng = np.random.default_rng(1)
    grouping = Grouping(rng.random((3, 6)) < 0.4, np.concatenate([np.zeros((1, 6), bool), rng.random((4, 6)) < 0.3]))
    masks = grouping.masks()
    for support in [(), (2,), (0, 5), (1, 3, 4)]:
        values = masks[:, list(support)].all(axis=1).astype(float)
        bins = moebius_bins(values.reshape(5, 8), 3)
        expected = np.zeros((5, 8))
        expected[:, grouping.bin_of(support)] = grouping.answers(support)
        np.testing.assert_allclose(bins, expected)


@pytest.mark.parametrize(("n", "order", "count", "budget"), [(20, 2, 10, 2000), (60, 3, 15, 5000), (300, 3, 10, 8000)])
def test_a_sparse_function_is_recovered_within_the_budget(n, order, count, budget):
    terms = draw_terms(n, order, count, np.random.default_rng(n))
    asked = []

    def function(masks):
        asked.append(len(masks))
        assert len(np.unique(masks, axis=0)) == len(masks)
        return planted(n, terms)(masks)

    spectrum = sparse_moebius(function, n, budget, order, np.random.default_rng(0))
    assert sum(asked) <= budget
    fresh = np.random.default_rng(5).random((500, n)) < 0.5
    np.testing.assert_allclose(spectrum.predict(fresh), planted(n, terms)(fresh), atol=1e-8)


def test_a_dense_function_gives_finite_values_and_no_support_above_the_order():
    rng = np.random.default_rng(2)
    weights = rng.standard_normal(12)
    spectrum = sparse_moebius(lambda masks: np.tanh(masks @ weights), 12, 800, 2, rng)
    assert spectrum.max_order <= 2
    assert np.isfinite(spectrum.coefficients).all()


@pytest.mark.parametrize("value", [0.0, -2.5])
def test_a_constant(value):
    spectrum = sparse_moebius(lambda masks: np.full(len(masks), value), 9, 400, 3, np.random.default_rng(0))
    np.testing.assert_allclose(spectrum.predict(all_masks(9)), value, atol=1e-12)


def test_one_feature():
    spectrum = sparse_moebius(planted(1, {(): 1.0, (0,): 2.0}), 1, 100, 5, np.random.default_rng(0))
    np.testing.assert_allclose(spectrum.predict(all_masks(1)), [1.0, 3.0])


def test_the_smallest_design_is_named():
    with pytest.raises(InputError, match=r"smallest design has [\d,]+ passes; these are 20"):
        design(50, 20, 3, np.random.default_rng(0))
