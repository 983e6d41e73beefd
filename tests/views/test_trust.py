import numpy as np
import pytest

from spex_core.faithfulness import Faithfulness
from spex_core.views.trust import trust, verdict


def test_low_agreement_is_said_in_words():
    assert [verdict(r2)[0] for r2 in (0.99, 0.7, 0.4, 0.1, -3.0)] == ["good", "fair", "low", "bad", "bad"]


def test_cards_hold_agreement_stability_terms_and_cost(review):
    data = trust(review)
    agreement, stability, found, cost = data["cards"]
    assert agreement["value"] == "R² 0.95"
    assert "512 unseen masks" in agreement["label"]
    assert "0.93 to 0.97" in agreement["detail"]
    assert stability["value"].endswith("/ 4") or "/" in stability["value"]
    clear = np.abs(review.spectrum.coefficients) > 3 * review.draws.std(axis=0)
    assert found["value"] == str(clear[1:].sum())  # all but the constant, which leads
    assert found["detail"] == "orders 1–3, each clear of zero by 3 standard deviations"
    assert cost["value"] == "1,900"


def test_an_exact_run_claims_no_unseen_masks(explained):
    explanation = explained("a b c", {(0, 1): 1.0}, wobble=0.0, faithfulness_report=Faithfulness(1.0, 1.0, 1.0, 8))
    assert explanation.covers_all_masks
    agreement, stability, *_ = trust(explanation)["cards"]
    assert "unseen" not in agreement["label"]
    assert agreement["detail"] == ""
    assert stability["value"] == "exact"


def test_negative_agreement_has_a_true_minus(explained):
    assert trust(explained("a b", {(0,): 1.0}, r2=-0.5))["cards"][0]["value"] == "R² −0.50"


@pytest.mark.parametrize("seconds", [0.0, 0.04, 5.0, 500.0])
def test_times_are_readable(explained, seconds):
    detail = trust(explained("a b", {(0,): 1.0}, seconds_model=seconds))["cards"][3]["detail"]
    assert any(unit in detail.split("·")[0] for unit in (" s", " ms", " min"))
