"""The default estimator beside its parts where passes are few, whatever the function: from 3n on."""

import zlib

import numpy as np
import pytest

import spex_core
from spex_core.fourier.masks import all_masks, row_keys

pytestmark = pytest.mark.slow

PARTS = ("banzhaf", "proxyspex")


def noise(masks):
    """Standard normal, the same whenever a mask comes again."""
    return np.array([np.random.default_rng(zlib.crc32(key)).normal() for key in row_keys(masks)])


def text(n):
    """One feature that others turn round, a triple, and the rest by themselves."""
    a, b, c, d, e, f = np.resize(np.arange(n), 6)

    def function(masks):
        kept = masks.astype(float)
        strong = kept[:, a] * (2.0 + kept[:, b] - 3.0 * kept[:, c]) + kept[:, d] * kept[:, e] * kept[:, f]
        return np.tanh(strong - 1.0) + kept @ np.linspace(0.0, 0.4, n) / np.sqrt(n / 14)

    return function


def table(n):
    """Forty small trees on a few features."""
    rng = np.random.default_rng(n)
    trees = [(rng.permutation(np.resize(np.arange(min(n, 12)), 3)), rng.normal(size=8)) for _ in range(40)]
    return lambda masks: sum(leaves[masks[:, split] @ np.array([4, 2, 1])] for split, leaves in trees)


def additive(n):
    weights = np.random.default_rng(n).normal(size=n)
    return lambda masks: masks @ weights + 0.3 * noise(masks)


def pairs(n):
    """Every pair, none of them large."""
    weights = np.random.default_rng(n).normal(size=(n, n)) / n
    return lambda masks: masks[:, 0] + np.einsum("mi,ij,mj->m", masks * 1.0, weights, masks * 1.0)


def scores(function, n, budget, names):
    """R² of each estimator on fresh masks, or on all."""
    masks = all_masks(n) if n <= 12 else np.random.default_rng(99).random((3000, n)) < 0.5
    values = function(masks)
    spread = ((values - values.mean()) ** 2).sum()
    found = {name: spex_core.explain(function, n, budget, name, max_order=4) for name in names}
    return {name: 1 - ((values - each.predict(masks)) ** 2).sum() / spread for name, each in found.items()}


@pytest.mark.parametrize("kind", [text, table, additive, pairs])
def test_few_passes_are_explained_as_well_as_by_the_best_part(kind):
    """On average over sizes; in one of them a choice from so few rows may go wrong."""
    cells = [(6, 40), (12, 60), (30, 45)]
    found = [scores(kind(n), n, budget, ("auto", *PARTS)) for n, budget in cells]
    mean = {name: np.mean([each[name] for each in found]) for name in found[0]}
    assert mean["auto"] >= max(mean[name] for name in PARTS) - 0.03, found
    assert all(each["auto"] >= max(each.values()) - 0.15 for each in found), found


@pytest.mark.parametrize("kind", [text, table, additive, pairs])
def test_two_features_and_three_passes(kind):
    found = scores(kind(2), 2, 3, ("auto", "banzhaf"))
    assert found["auto"] >= found["banzhaf"] - 1e-9


def test_few_passes_list_little():
    """Half of thirty features do nothing; of 45 passes a list that named all would be noise."""
    weights = np.where(np.arange(30) < 3, 2.0, np.where(np.arange(30) < 15, 0.05, 0.0))
    explanation = spex_core.explain(lambda masks: masks @ weights + 0.3 * noise(masks), 30, 45)
    listed = set(explanation.spectrum.supports) - {()}
    assert len(listed & {(0,), (1,), (2,)}) >= 2
    assert len(listed) <= 6
