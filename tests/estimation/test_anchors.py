"""Whether all kept and all hidden say what the other masks let expect."""

import numpy as np
import pytest

import spex_core
from spex_core.arrays import Samples
from spex_core.estimation.anchors import without_misfits
from spex_core.fourier.faithfulness import r_squared
from spex_core.fourier.masks import draw_distinct

N = 30
WEIGHTS = np.random.default_rng(5).normal(size=N)


def surface(masks):
    masks = np.asarray(masks)
    return masks @ WEIGHTS + 1.5 * (masks[:, 0] & masks[:, 3]) - 2.0 * (masks[:, 4] & masks[:, 9] & masks[:, 11])


def with_an_empty_input_of_its_own(masks):
    return np.where(np.asarray(masks).any(axis=1), surface(masks), -60.0)


def samples_of(function, m=220):
    rng = np.random.default_rng(0)
    masks = np.concatenate([np.array([[True] * N, [False] * N]), draw_distinct(N, m, rng)])
    return Samples(masks, function(masks))


def test_both_belong_to_a_surface_that_holds_everywhere():
    samples = samples_of(surface)
    kept, notes = without_misfits(samples)
    assert kept is samples
    assert notes == ()


@pytest.mark.parametrize("row", [0, 1])
def test_the_one_that_does_not_belong_gives_way_and_is_named(row):
    samples = samples_of(surface)
    values = samples.values.copy()
    values[row] += 60.0
    changed, notes = without_misfits(Samples(samples.masks, values))
    assert len(notes) == 1
    assert ("kept", "hidden")[row] in notes[0]
    assert abs(changed.values[row] - samples.values[row]) < 20.0
    others = np.arange(len(values)) != row
    assert np.array_equal(changed.values[others], values[others])


def test_few_rows_and_constant_values_are_left_alone():
    few = samples_of(with_an_empty_input_of_its_own, 12)
    assert without_misfits(few)[0] is few
    flat = samples_of(lambda masks: np.where(masks.any(axis=1), 1.0, 9.0))
    assert without_misfits(flat)[0] is flat


@pytest.mark.slow
@pytest.mark.parametrize("estimator", ["auto", "banzhaf", "proxyspex"])
def test_an_empty_input_of_its_own_does_not_spoil_the_rest(estimator):
    fresh = draw_distinct(N, 500, np.random.default_rng(9))
    found = spex_core.explain(with_an_empty_input_of_its_own, N, 250, estimator)
    plain = spex_core.explain(surface, N, 250, estimator)
    r2 = r_squared(surface(fresh), found.predict(fresh))
    assert r2 > r_squared(surface(fresh), plain.predict(fresh)) - 0.03
    assert found.output_empty == -60.0
    assert any("everything hidden" in note for note in found.notes)
    assert not any("everything hidden" in note for note in plain.notes)
