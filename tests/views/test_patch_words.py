import numpy as np
import pytest

from spex_core.models.base import ModelSpec
from spex_core.views.answer import answer
from spex_core.views.outputs import share
from spex_core.views.patch_words import describe, kept_means, named
from spex_core.views.shown import Shown


def _spoken(explanation, features, **how):
    return "".join(text for text, _ in named(explanation, features, **how))


def test_names_say_what_they_name(pictured):
    explanation = pictured({(0,): 1.0}, grid=(8, 2))
    assert _spoken(explanation, [2]) == "patch A3"
    assert _spoken(explanation, [6, 7], starts=True) == "Patches A7 and A8"
    assert _spoken(explanation, [6, 7, 14, 15]) == "patches A7–B8 (2×2)"
    assert _spoken(explanation, [0, 20]) == "patch A1 with the word “ball”"
    assert _spoken(explanation, [19, 20], starts=True) == "The words “red” and “ball”"
    assert _spoken(explanation, [0, 2, 4, 9, 11, 13, 15, 6]) == "patches A1, A3, A5, A7, B2, B4 and 2 more"


def test_every_named_feature_is_pointed_at(pictured):
    explanation = pictured({(0,): 1.0}, grid=(8, 2))
    pointed = [f for _, members in named(explanation, [6, 7, 14, 15, 20]) for f in members]
    assert pointed == [6, 7, 14, 15, 20]


def test_means_over_all_masks_with_a_part_of_the_group_kept(pictured):
    explanation = pictured({(0,): 0.3, (0, 1): -1.0, (1, 2, 4): 0.8}, grid=(3, 2), words=False)
    masks = ((np.arange(64)[:, None] >> np.arange(6)) & 1).astype(bool)
    values = explanation.predict(masks)
    for part, mean in kept_means(explanation, (0, 1, 4)).items():
        rows = (masks[:, [0, 1, 4]] == [member in part for member in (0, 1, 4)]).all(axis=1)
        assert mean == pytest.approx(values[rows].mean(), abs=1e-12)


def test_redundancy_and_necessity_are_told_apart(pictured):
    # x or y = x + y - xy; three of them: inclusion and exclusion
    either = {(0,): 1.0, (1,): 1.0, (0, 1): -1.0}
    any_of_three = {(0,): 1.0, (1,): 1.0, (2,): 1.0, (0, 1): -1.0, (0, 2): -1.0, (1, 2): -1.0, (0, 1, 2): 1.0}
    assert describe(pictured(either), (0, 1), 1.0) == ": any one is enough"
    assert describe(pictured(any_of_three), (0, 1, 2), 1.0) == ": any one is enough"
    assert describe(pictured({(0, 1, 2): 1.0}), (0, 1, 2), 1.0) == ": each of them is needed"
    assert describe(pictured({(0,): 1.0, (1,): 1.0, (0, 1): 0.2}), (0, 1), 1.0) == ""
    assert describe(pictured(either), (0, 1), 100.0) == ""


def test_sentences_about_a_picture(pictured):
    text = str(answer(Shown(pictured({(6,): 1.0, (7,): 1.0, (6, 7): -1.0}))))
    assert "Patches B3 and B4 each push towards yes on average (+0.50, +0.50)." in text
    assert "Patches B3 and B4 together push towards no (−1.00 beyond what each does alone): any one is enough." in text


def test_a_word_that_needs_a_patch(pictured):
    text = str(answer(Shown(pictured({(6,): 1.0, (6, 16): 1.0}))))
    assert ": the word “ball” needs patch B3, without which it has almost no effect." in text


def test_a_mixed_pair_of_single_effects_is_joined_by_and(pictured):
    assert "Patch A1 and the word “ball” each push towards yes" in str(answer(Shown(pictured({(0,): 1.0, (16,): 0.9}))))


def test_the_asked_question_and_the_favoured_answer(pictured):
    asked = "Asked “is there a red ball?”, toy-scenes says"
    assert str(answer(Shown(pictured({(0,): 1.0})))).startswith(
        f"{asked} “yes” rather than “no”: 75 %; with every patch"
    )
    assert str(answer(Shown(pictured({(0,): -1.0})))).startswith(f"{asked} “no” rather than “yes”: 71 %")
    assert "with every patch and word hidden, 52 %." in str(answer(Shown(pictured({(0,): 1.0}))))
    assert "with every patch hidden, 52 %." in str(answer(Shown(pictured({(0,): 1.0}, words=False))))


def test_answers_without_a_rival_are_told_with_their_probability(pictured):
    model = ModelSpec("toy", {"answer": "a red ball"})
    said = str(answer(Shown(pictured({(0,): 1.0}, constant=-1.2, model=model, value_unit="log-probability"))))
    assert "toy says “a red ball”: 82 %" in said
    said = str(answer(Shown(pictured({(0,): 0.5}, constant=0.25, model=model, value_unit="probability"))))
    assert "toy says “a red ball” rather than no: 75 %; with every patch and word hidden, 25 %." in said


@pytest.mark.parametrize(
    ("probability", "text"),
    [(1.0, "100 %"), (0.9999, "above 99.9 %"), (0.994, "99.4 %"), (0.82, "82 %"), (0.0312, "3.1 %"), (0.0035, "0.35 %"),
     (0.00002, "below 0.01 %"), (0.0, "below 0.01 %")],
)  # fmt: skip
def test_probabilities(probability, text):
    assert share(probability) == text
