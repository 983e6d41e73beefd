"""Ground truth: which sentences an answer needs is known, and the explanation must show them."""

from __future__ import annotations

from functools import cache

import numpy as np

from spex_core import explain_text, load_backend
from spex_core.explanation.result import Explanation
from spex_core.toys.reading.world import UNKNOWN, Question, questions

SEED = 9_500_000  # no training step uses it
COUNT = 5
BUDGET = 150
SIZES = (10, 13)


@cache
def explained(kind: str) -> list[tuple[Question, Explanation]]:
    drawn = questions(kind, COUNT, SEED, SIZES)
    found = []
    for one in drawn:
        against = UNKNOWN if kind == "two-hop" else "0"
        backend = load_backend("reader", question=one.question, answer=one.answer, against=against)
        found.append(
            (one, explain_text(one.text, backend, unit="sentence", budget=BUDGET, estimator="gp", max_order=3))
        )
    return found


def test_the_strongest_pair_is_the_two_sentences_that_are_needed_together() -> None:
    right = []
    for one, explanation in explained("two-hop"):
        pairs = [found for found in explanation.interactions("Moebius") if len(found.features) == 2]
        right.append(bool(pairs) and pairs[0].features == one.needed and pairs[0].value > 0)
    assert np.mean(right) >= 0.8


def test_each_of_the_two_sentences_speaks_for_the_answer_and_more_than_any_other() -> None:
    right = []
    for one, explanation in explained("two-hop"):
        values = {found.features[0]: found.value for found in explanation.interactions("SV", order=1)}
        strongest = sorted(values, key=lambda k: -abs(values[k]))[:2]
        right.append(sorted(strongest) == list(one.needed) and min(values[k] for k in one.needed) > 0)
    assert np.mean(right) >= 0.8


def test_what_is_counted_carries_the_first_order() -> None:
    right = []
    for one, explanation in explained("counting"):
        values = {found.features[0]: abs(found.value) for found in explanation.interactions("BV", order=1)}
        strongest = sorted(values, key=lambda k: -values[k])[: len(one.needed)]
        right.append(sorted(strongest) == list(one.needed))
    assert np.mean(right) >= 0.8


def test_the_explanations_predict_masks_they_have_not_seen() -> None:
    for kind in ("two-hop", "counting"):
        scores = [explanation.faithfulness for _, explanation in explained(kind)]
        assert np.median(scores) > 0.8
