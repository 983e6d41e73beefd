from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spex_core.fourier.spectrum import Spectrum
from spex_core.views.explorer import payload
from spex_core.views.shown import Shown
from spex_core.views.waterfall import waterfall


def _sum(data):
    return data["start"] + sum(step["value"] for step in data["steps"]) + data["rest"] + data["missed"]


@settings(max_examples=30, deadline=None)
@given(
    ands=st.dictionaries(
        st.sets(st.integers(0, 5), min_size=1, max_size=5).map(lambda chosen: tuple(sorted(chosen))),
        st.floats(-4, 4).filter(lambda value: abs(value) > 0.01),
        min_size=1,
        max_size=8,
    ),
    order=st.sampled_from([None, 1, 2, 3]),
    off=st.floats(-0.5, 0.5),
)
def test_the_steps_lead_from_everything_hidden_to_the_answer(explained, ands, order, off):
    explanation = explained("one two three four five six", ands)
    explanation = replace(explanation, output_full=explanation.output_full + off, _cache={})
    data = waterfall(Shown(explanation, "BII", order))
    assert (data["start"], data["end"]) == (explanation.output_empty, explanation.output_full)
    assert _sum(data) == pytest.approx(data["end"], abs=1e-9)
    assert data["missed"] == pytest.approx(off, abs=1e-9)
    assert all(len(step["features"]) <= (order or 2) for step in data["steps"])
    sizes = [round(abs(step["value"]), 9) for step in data["steps"]]
    assert sizes == sorted(sizes, reverse=True)


def test_an_and_of_two_is_one_step(explained):
    data = waterfall(Shown(explained("a b c", {(0, 1): 2.0})))
    assert data["steps"] == [{"features": [0, 1], "value": pytest.approx(2.0)}]
    assert (data["rest"], data["missed"]) == (pytest.approx(0.0, abs=1e-12), pytest.approx(0.0, abs=1e-12))


def test_weak_terms_of_the_full_prediction_are_in_the_rest(explained):
    listed = explained("a b c d", {(0,): 2.0})
    more = {**listed.spectrum.to_dict(), (2,): -0.05, (3,): 0.02}
    data = waterfall(Shown(replace(listed, accurate=Spectrum.from_dict(4, more), _cache={})))
    assert [step["features"] for step in data["steps"]] == [[0]]
    assert (data["others"], data["rest"]) == (2, pytest.approx(0.1 - 0.04))
    assert _sum(data) == pytest.approx(listed.output_full)


def test_the_rest_is_counted_and_what_hardly_reappears_is_no_step(review):
    data = waterfall(Shown(review), most=2)
    assert len(data["steps"]) == 2
    assert _sum(data) == pytest.approx(review.output_full)
    nowhere = np.zeros((50, len(review.spectrum)))
    assert waterfall(Shown(replace(review, resampled=nowhere, _cache={})))["steps"] == []


def test_it_is_the_same_under_every_index(review):
    one, other = payload(review, "SII")["waterfall"], payload(review, "Moebius")["waterfall"]
    assert one == other
    assert payload(review, "SII", 1)["waterfall"]["order"] == 1
