"""How far to trust a run, in words: never more than was measured."""

from dataclasses import replace

import pytest

from spex_core.fourier.faithfulness import Faithfulness
from spex_core.views.shown import Shown
from spex_core.views.trust import how_far

ANDS = {(1,): 0.1, (3,): -0.4, (4,): -1.1, (3, 4): 1.9}


@pytest.mark.parametrize(
    ("r2", "tone", "says"),
    [
        (0.95, "good", "agrees closely"),
        (0.7, "fair", "in the main"),
        (0.4, "low", "only part"),
        (-0.2, "bad", "do not rely on it: R² −0.20"),
    ],
)
def test_the_tone_follows_r2(explained, r2, tone, says):
    found, sentences = how_far(Shown(explained("The food was not bad at all", ANDS, r2=r2)))
    assert found == tone
    assert says in sentences[0]
    assert "512 masks that no fit has seen" in sentences[0]


def test_significant_terms_are_counted_with_their_groups(explained):
    _, sentences = how_far(Shown(explained("The food was not bad at all", ANDS)))
    assert sentences[1] == "4 terms are significant at a false-discovery rate of 5 %, 1 of them for a group."


def test_too_few_masks_are_said(explained):
    run = explained("not bad", {(0, 1): 1.0})
    tone, sentences = how_far(Shown(replace(run, faithfulness_report=Faithfulness(0.0, -1.0, 1.0, 1))))
    assert tone == "low"
    assert "is not known" in sentences[0]


def test_a_run_on_all_masks_has_no_unseen_ones(explained):
    run = explained("not bad", {(0, 1): 1.0}, wobble=0.0, faithfulness_report=Faithfulness(1.0, 1.0, 1.0, 4))
    _, sentences = how_far(Shown(run))
    assert "on all 4 masks, every one of which was tried" in sentences[0]
    assert sentences[1] == "3 terms are found, 1 of them for a group."


def test_nothing_to_explain(flat):
    assert how_far(Shown(flat))[1] == ("Hiding words did not change the output, so there is nothing to explain.",)


def test_nothing_significant(explained):
    noisy = explained("not bad at all", {(0,): 0.01, (1,): 0.01}, wobble=5.0)
    assert how_far(Shown(noisy))[1][1] == "Nothing is significant at a false-discovery rate of 5 %."


@pytest.mark.parametrize(
    ("again", "says"),
    [(1.0, "The one group reappears in at least 80 %"), (0.0, "does not reappear in at least 80 %")],
)
def test_stability_is_said(explained, again, says):
    run = explained("not bad", {(0, 1): 1.0})
    resampled = again * run.spectrum.coefficients[None].repeat(50, axis=0)
    _, sentences = how_far(Shown(replace(run, resampled=resampled)))
    assert says in sentences[2]
    assert ("Doubt it." in sentences[2]) == (again == 0.0)
