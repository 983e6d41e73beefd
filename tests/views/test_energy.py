import numpy as np
import pytest

from spex_core.views.energy import energy, energy_figure
from spex_core.views.shown import Shown


def test_energy_is_the_variance_over_all_masks(review):
    masks = ((np.arange(128)[:, None] >> np.arange(7)) & 1).astype(bool)
    assert energy(Shown(review))["total"] == pytest.approx(review.predict(masks).var())


def test_the_sign_is_that_of_the_effect_not_of_the_coefficient(explained):
    data = energy(Shown(explained("good not bad", {(0,): 1.0, (2,): -2.0})))
    assert data["orders"] == [{"order": 1, "positive": pytest.approx(0.25), "negative": pytest.approx(1.0)}]


def test_the_figure_has_explicit_colours_for_both_themes(review):
    light, dark = energy_figure(Shown(review)), energy_figure(Shown(review), dark=True)
    assert light.data[0].marker.color != dark.data[0].marker.color
    total = sum(sum(abs(y) for y in trace.y) for trace in light.data)
    assert total == pytest.approx(100.0)


def test_nothing_varies(flat):
    assert energy(Shown(flat)) == {"orders": [], "total": 0}
    energy_figure(Shown(flat))
