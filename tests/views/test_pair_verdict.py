"""The verdict on two runs of known functions: right or wrong, what the changed words do, what carries the answer."""

from dataclasses import replace

import numpy as np
import pytest

from spex_core.fourier.faithfulness import Faithfulness
from spex_core.views.alignment import align
from spex_core.views.changed import group_effect
from spex_core.views.pair_verdict import pair_verdict
from spex_core.views.side_by_side import CARRIES, TOUCHES, side_by_side

CLASSIC = "the tram heads towards five workers and one on the side"
VARIANT = "the tram heads away from five workers and one on the side"


@pytest.fixture
def told(explained):
    """``told(ands of A, ands of B, right answers)`` on the puzzle above: both runs, asked “Yes” against “No”."""

    def make(classic, variant, expected=("Yes", "No"), **changes):
        runs = []
        for text, ands, right in ((CLASSIC, classic, expected[0]), (VARIANT, variant, expected[1])):
            run = explained(text, ands, toward=("“No”", "“Yes”"), constant=0.0, **changes)
            runs.append(replace(run, source=replace(run.source, expected=right)))
        return runs

    return make


def _says(runs):
    return str(pair_verdict(*runs, align(*runs)))


def test_a_change_that_goes_unnoticed_is_named_with_what_carries_the_old_answer(told):
    runs = told({(5, 7): 2.0, (0,): 0.1}, {(6, 8): 2.0, (0,): 0.1})
    verdict = pair_verdict(*runs, align(*runs))
    assert verdict.tone == "wrong"
    head, changed, carried = (
        "".join(piece.text for piece in part) for part in (verdict.headline, verdict.changed, verdict.carried)
    )
    assert head == "Wrong on B, right on A: says “Yes” to both; for B right is “No”."
    assert changed.startswith("The words you changed (towards → away from) carry no effect (0.00 ± 0.0")
    assert carried == "workers · one carry the old answer."
    assert (6, 8) in verdict.carriers
    named = {piece.text: piece.features for piece in verdict.carried if piece.kind == "feature"}
    assert named["workers · one"] == ((5, 7), (6, 8))


def test_right_on_both_says_what_carries_the_new_answer(told):
    runs = told({(3,): 2.0, (5,): 1.0}, {(3,): -1.5, (4,): -2.0, (6,): 1.0})
    verdict = pair_verdict(*runs, align(*runs))
    assert verdict.tone == "right"
    said = str(verdict)
    assert said.startswith("Right on both: says “Yes” to A and “No” to B.")
    assert "(towards → away from) carry the new answer: they push towards “No” (−3.50 ± 0.0" in said
    assert "in A towards pushed towards “Yes” (+2.00 ± 0.0" in said
    assert verdict.carriers == ()


def test_wrong_on_both_and_on_a_alone(told):
    right_for_neither = told({(5,): -1.0}, {(6,): 1.0})
    assert _says(right_for_neither).startswith(
        "Wrong on both: says “No” to A and “Yes” to B; for A right is “Yes”, for B right is “No”."
    )
    one_right_answer = told({(5,): 1.0}, {(6,): 1.0}, expected=("No", "No"))
    assert _says(one_right_answer).startswith("Wrong on both: says “Yes” to both; right is “No”.")
    classic_wrong = told({(5,): -1.0}, {(6,): -1.0})
    assert _says(classic_wrong).startswith("Wrong on A, right on B: says “No” to both; for A right is “Yes”.")


def test_what_nobody_knows_is_not_judged(told):
    runs = told({(5,): 1.0}, {(6,): 1.0}, expected=("", ""))
    verdict = pair_verdict(*runs, align(*runs))
    assert verdict.tone == "unknown"
    assert str(verdict).startswith("No right answer is known: the model says “Yes” to both.")
    assert "carry no effect" in str(verdict)
    one = told({(5,): 1.0}, {(6,): 1.0}, expected=("Yes", ""))
    assert pair_verdict(*one, align(*one)).tone == "unknown"
    assert _says(one).startswith("Right on A: says “Yes” to both; the right answer to B is not known.")


def test_words_that_act_only_with_others_are_not_called_without_effect(told):
    # (1 - 2a)(1 - 2w) of "away" and "workers": neither moves the average, together they move it by 2.
    parity = {(3,): -1.0, (6,): -1.0, (3, 6): 2.0, (): 0.0}
    runs = told({(5,): 1.0}, {**parity, (7,): 3.0})
    said = _says(runs)
    assert "have no effect of their own" in said
    assert "act together with workers" in said


def test_an_effect_against_the_answer_that_does_not_turn_it_is_called_too_little(told):
    assert "push towards “No” (−0.50 ± 0.0" in (said := _says(told({(5,): 3.0}, {(3,): -0.5, (6,): 3.0})))
    assert "too little to change the answer" in said


@pytest.mark.parametrize("doubtful", ["r2", "passes", "early"])
def test_without_trust_only_the_answers_are_judged(told, doubtful):
    changes = {
        "r2": {"r2": 0.2},
        "passes": {"faithfulness_report": Faithfulness(0.0, 0.0, 0.0, 0)},
        "early": {"complete": False},
    }[doubtful]
    runs = told({(5, 7): 2.0}, {(6, 8): 2.0}, **changes)
    verdict = pair_verdict(*runs, align(*runs))
    assert verdict.tone == "wrong"
    assert "Too early to say what the words you changed (towards → away from) do" in str(verdict)
    assert "effect" not in str(verdict)
    assert verdict.carried == ()
    assert not verdict.touching


def test_two_models_on_one_text_are_judged_without_changed_words(explained):
    runs = [explained("is it so", {(0,): value}, toward=("“No”", "“Yes”"), constant=0.0) for value in (1.0, -1.0)]
    runs = [replace(run, source=replace(run.source, expected="Yes")) for run in runs]
    verdict = pair_verdict(*runs, align(*runs))
    assert str(verdict) == "Wrong on B, right on A: says “Yes” to A and “No” to B; for B right is “Yes”."
    assert verdict.tone == "wrong"


def test_runs_without_two_answers_say_their_values(explained):
    runs = [explained("a b c d", {(0,): value}, value_unit="score", constant=0.0) for value in (1.0, 3.0)]
    assert str(pair_verdict(*runs, align(*runs))) == "The model gives +1.00 to A and +3.00 score to B."


def test_a_group_effect_is_the_mean_over_every_mask(explained):
    run = explained("a b c d", {(0,): 1.0, (1,): -2.0, (0, 1): 0.7, (0, 1, 2): 1.3, (1, 3): -0.4}, wobble=0.0)
    rest = np.array([[c, d] for c in (False, True) for d in (False, True)])
    kept, hidden = (np.c_[np.full((4, 2), keep), rest] for keep in (True, False))
    expected = float((run.predict(kept) - run.predict(hidden)).mean())
    effect = group_effect(run, (0, 1))
    assert effect.value == pytest.approx(expected)
    assert effect.reach is None


def test_the_error_of_a_group_effect_is_two_deviations_of_its_draws(explained):
    run = explained("a b c d", {(0,): 1.0, (1,): -2.0}, wobble=0.05)
    singles = [run.spectrum.supports.index((at,)) for at in (0, 1)]
    spread = 2 * 2 * run.draws[:, singles].sum(axis=1).std()
    assert group_effect(run, (0, 1)).reach == pytest.approx(spread)
    assert group_effect(run, (2,)).reach == pytest.approx(2 * 2 * np.median(run.draws.std(axis=0)))


def test_what_matters_for_the_verdict_is_listed_first(told):
    runs = told({(5, 7): 2.0, (0, 1): 3.0}, {(6, 8): 2.0, (3, 6): 0.4, (0, 1): 1.0})
    rows = side_by_side(*runs, "BII")["rows"]
    kinds = [row["why"] for row in rows]
    assert kinds == sorted(kinds, key=[TOUCHES, CARRIES, ""].index)
    assert {tuple(row["b"]["features"]) for row in rows if row["why"] == TOUCHES} >= {(3,), (3, 6)}
    assert [6, 8] in [row["b"]["features"] for row in rows if row["why"] == CARRIES]
    assert [row["number"] for row in rows if row["number"]] == list(
        range(1, 1 + sum(row["number"] > 0 for row in rows))
    )
