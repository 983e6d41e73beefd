from dataclasses import replace

import numpy as np
import pytest

from spex_core.fourier.faithfulness import Faithfulness
from spex_core.fourier.spectrum import Spectrum
from spex_core.fourier.stability import RESAMPLES
from spex_core.views.shown import Shown
from spex_core.views.summary import summary
from spex_core.views.trust import how_far, trust, verdict


def test_low_agreement_is_said_in_words():
    assert [verdict(r2)[0] for r2 in (0.99, 0.7, 0.4, 0.1, -3.0)] == ["good", "fair", "low", "bad", "bad"]


def test_cards_hold_agreement_stability_terms_and_cost(review):
    data = trust(Shown(_again(review), "Moebius"))
    agreement, stability, found, cost = data["cards"]
    assert agreement["value"] == "R² 0.95"
    assert agreement["detail"] == "on 512 unseen masks · 90 % interval 0.93 to 0.97"
    assert stability["value"] == "2 of 2"
    assert stability["label"] == "strongest interactions reappear in at least 80 % of resamples"
    assert stability["detail"] == "50 resamples of the passes paid for"
    assert stability["about"].startswith(
        "2 of the 2 strongest interactions reappear in at least 80 % of 50 resamples. "
    )
    sure = [term for term in review.interactions("Fourier") if term.significant]
    assert found["value"] == str(len(sure))
    assert found["detail"] == "orders 1–3, significant at a false-discovery rate of 5 %"
    assert cost["value"] == "1,900"


def test_shares_of_replies_are_judged_by_what_luck_leaves(review):
    drawn = replace(review, faithfulness_report=Faithfulness(0.55, 0.5, 0.6, 98, 900, ceiling=0.62), _cache={})
    agreement = trust(Shown(drawn))["cards"][0]
    assert agreement["value"] == "R² 0.55"
    assert agreement["tone"] == "good"
    assert agreement["detail"].startswith("89 % of what luck leaves (ceiling R² 0.62) · on 98 unseen masks")
    assert "R² cannot pass its ceiling" in agreement["about"]
    tone, (says, *_) = how_far(Shown(drawn))
    assert tone == "good"
    assert "R² 0.55, 89 % of what luck leaves" in says
    assert any("89 % of what luck leaves (ceiling R² 0.62)" in line for line in summary(drawn))
    report = Faithfulness(0.55, 0.5, 0.6, 98, 900, 0.62, 0.52, 0.72)
    unsure = replace(drawn, faithfulness_report=report, _cache={})
    assert trust(Shown(unsure))["cards"][0]["detail"].startswith("between 74 % and all of what luck leaves")
    low = replace(report, r2=0.3, low=0.2, high=0.4)
    assert low.explained_range == (pytest.approx(0.31, abs=0.01), pytest.approx(0.67, abs=0.01))
    assert replace(report, ceiling_low=0.0).explained_range[1] == 1.0
    assert replace(low, r2=-0.3, low=-0.4, high=-0.2).explained_range == (0.0, 0.0)
    worse = replace(drawn, faithfulness_report=Faithfulness(-0.1, -0.2, 0.0, 98, ceiling=0.62), _cache={})
    assert trust(Shown(worse))["cards"][0]["detail"].startswith("0 % of what luck leaves")
    without = replace(drawn, faithfulness_report=replace(drawn.faithfulness_report, ceiling=None), _cache={})
    assert trust(Shown(without))["cards"][0]["tone"] == "low"
    assert not any("luck" in line for line in summary(without))


def _again(explanation, **gone):
    """With resamples that are all alike, but for terms that so many of them do not list."""
    resampled = np.tile(explanation.spectrum.coefficients, (RESAMPLES, 1))
    for name, times in gone.items():
        members = tuple(int(digit) for digit in name[1:])
        resampled[:times, [at for at, s in enumerate(explanation.spectrum.supports) if set(members) <= set(s)]] = 0.0
    return replace(explanation, resampled=resampled, _cache={})


def test_stability_is_of_the_index_and_order_on_screen(review):
    shaky = _again(review, _346=11)
    values = [trust(Shown(shaky, "Moebius", order))["cards"][1]["value"] for order in (None, 3, 2)]
    assert values == ["1 of 2", "1 of 2", "1 of 1"]
    tones = [trust(Shown(_again(review, _346=11, _34=gone), "Moebius"))["cards"][1]["tone"] for gone in (0, 11)]
    assert tones == ["fair", "low"]


def test_runs_without_resamples_and_without_groups_say_so(review, explained):
    assert trust(Shown(review))["cards"][1]["detail"] == "not measured for this run"
    alone = explained("a b c", {(0,): 1.0})
    assert trust(Shown(_again(alone)))["cards"][1]["detail"] == "no groups to draw again"


def _with_more(explanation, **changes):
    """The same list, predicted from more than the list."""
    terms = explanation.spectrum.to_dict()
    accurate = Spectrum.from_dict(explanation.n_features, {**terms, (0, 5): 0.01, (1, 5): -0.02})
    reports = {
        "faithfulness_report": Faithfulness(0.91, 0.88, 0.94, 98, 900),
        "listed_report": Faithfulness(0.42, 0.38, 0.46, 98, 900),
    }
    return replace(explanation, accurate=accurate, _cache={}, **{**reports, **changes})


def test_what_predicts_and_what_is_listed_each_have_an_r2_and_a_name(review):
    agreement, listed, *others = trust(Shown(_with_more(review)))["cards"]
    assert (agreement["value"], listed["value"]) == ("R² 0.91", "R² 0.42")
    assert agreement["label"] == "full prediction agrees closely with the model"
    assert "on 98 unseen masks and 900 more judged by fits that had not seen them · 90 %" in agreement["detail"]
    assert "98 masks that no fit has seen and 900 others, each judged by a fit that had not seen it" in listed["about"]
    assert listed["detail"] == "2 weaker ones complete the full prediction · 90 % interval 0.38 to 0.46"
    assert (agreement["tone"], listed["tone"]) == ("good", "")
    assert [card["name"] for card in others] == ["stability", "found", "cost"]


def test_one_r2_where_the_list_is_all_that_predicts(review):
    same = replace(review, accurate=review.spectrum, listed_report=review.faithfulness_report, _cache={})
    for explanation in (review, same):
        assert sum(card["value"].startswith("R²") for card in trust(Shown(explanation))["cards"]) == 1


def test_an_empty_list_claims_no_r2_of_its_own(review):
    bare = Spectrum.from_dict(7, {(): review.spectrum.constant})
    listed = trust(Shown(_with_more(replace(review, spectrum=bare, draws=np.zeros((10, 1))))))["cards"][1]
    assert (listed["value"], listed["label"]) == ("R² –", "nothing is listed, so nothing to judge")


def test_masks_that_were_judged_crosswise_only_are_not_called_unseen(review):
    agreement = trust(Shown(_with_more(review, faithfulness_report=Faithfulness(0.9, 0.8, 1.0, 0, 300))))["cards"][0]
    assert agreement["detail"].startswith("on 300 masks judged by fits that had not seen them · ")


def test_a_note_that_the_answer_line_says_is_not_said_twice(review):
    notes = ("no group stands out from noise at a false-discovery rate of 5 %", "stopped after 40 of 90 planned passes")
    assert trust(Shown(replace(review, notes=notes, _cache={})))["notes"] == [notes[1]]


def test_an_exact_run_claims_no_unseen_masks(explained):
    explanation = explained("a b c", {(0, 1): 1.0}, wobble=0.0, faithfulness_report=Faithfulness(1.0, 1.0, 1.0, 8))
    assert explanation.covers_all_masks
    agreement, stability, *_ = trust(Shown(explanation))["cards"]
    assert agreement["detail"] == "on all 8 masks"
    assert stability["value"] == "exact"


def test_negative_agreement_has_a_true_minus(explained):
    assert trust(Shown(explained("a b", {(0,): 1.0}, r2=-0.5)))["cards"][0]["value"] == "R² −0.50"


@pytest.mark.parametrize("seconds", [0.0, 0.04, 5.0, 500.0])
def test_times_are_readable(explained, seconds):
    detail = trust(Shown(explained("a b", {(0,): 1.0}, seconds_model=seconds)))["cards"][3]["detail"]
    assert any(unit in detail.split("·")[0] for unit in ("\u00a0s", "\u00a0ms", "\u00a0min"))
