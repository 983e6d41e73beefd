"""What is said where there is nothing to draw."""

from dataclasses import replace

import numpy as np
import pytest

from spex_core.estimation.registry import estimators
from spex_core.fourier.spectrum import Spectrum
from spex_core.views.energy import energy
from spex_core.views.explorer import payload
from spex_core.views.nothing import _FIRST_ORDER, no_effect, no_group
from spex_core.views.shown import Shown

TEXT = "The food was not bad at all"


@pytest.fixture
def doubtful(explained):
    """A list whose every value drowns in its own uncertainty."""
    return explained(TEXT, {(1,): 0.1, (3, 4): -0.2}, wobble=3.0)


@pytest.fixture
def unlisted(explained, review):
    """Nothing significant; what predicts has terms all the same."""
    bare = Spectrum.from_dict(7, {(): 0.2})
    return replace(review, spectrum=bare, draws=np.zeros((10, 1)), accurate=review.spectrum, _cache={})


def test_nothing_significant_is_one_plain_sentence_and_what_to_do(doubtful, unlisted):
    for explanation in (doubtful, unlisted):
        says = no_effect(explanation)
        assert says.startswith("Nothing stands out from noise yet: no word or group is significant")
        assert says.endswith("More passes may show some.")
        data = payload(explanation)
        assert data["nothing"]["effects"] == says
        assert data["answer"]["why"][0][0]["text"] + data["answer"]["why"][0][1]["text"] == says


def test_no_view_draws_what_is_not_significant(doubtful, unlisted):
    for explanation in (doubtful, unlisted):
        data = payload(explanation)
        assert data["table"]["rows"] == []
        assert energy(Shown(explanation))["orders"] == []
        assert Shown(explanation, "FBII").singles == Shown(explanation, "FSII").singles == [0.0] * 7
        assert set(data["heat"]["tints"]) == {0.0}


def test_a_model_that_does_not_move_is_told_from_one_that_is_not_understood(flat, unlisted):
    assert no_effect(flat) == "No effect found: hiding words did not change the output."
    assert "did not change" not in no_effect(unlisted)
    assert "did not change" not in no_effect(replace(flat, output_full=2.0))


def test_why_there_is_no_group(explained):
    single = {(0,): 1.0}
    assert no_group(explained("One", single)) == "One word alone makes no group."
    assert no_group(explained("a b", single, max_order=1)).startswith("Only single effects were estimated")
    assert no_group(explained("a b", single), order=1).startswith("The list is limited to single words")
    assert no_group(explained("a b", single, wobble=0.0)) == "No interaction was found: the words act separately."
    assert "No group of words is significant at a false-discovery rate of 5 %" in no_group(explained("a b", single))
    few = explained("a b", single, estimator="banzhaf")
    assert no_group(few) == "With so few passes only single words are judged; more passes look for groups as well."
    chosen = explained("a b", single, estimator="lime", requested_estimator="lime")
    assert no_group(chosen) == "Only single effects were estimated, so words acting together do not show."


def test_a_first_order_fit_that_won_did_look_for_groups(explained):
    won = explained("a b", {(0,): 1.0}, estimator="banzhaf")
    assert "No group of words is significant" in no_group(replace(won, accurate=won.spectrum, _cache={}))


def test_only_single_features_leave_the_pictures_of_groups_a_sentence(explained):
    data = payload(explained(TEXT, {(1,): 0.4, (3,): -0.2}))
    assert data["table"]["singles"] == 2
    assert data["nothing"]["groups"].startswith("No group of words is significant")


def test_the_nouns_are_those_of_the_input(pictured):
    assert "no patch or word or group" not in no_effect(pictured({}, wobble=0.1))
    assert "no patch, word or group" in no_effect(pictured({}, wobble=0.1))


def test_the_estimators_of_single_features_are_known():
    assert {name for name, kind in estimators().items() if kind.first_order_only} == _FIRST_ORDER
