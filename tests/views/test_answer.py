from dataclasses import replace

import numpy as np

from spex_core.fourier.spectrum import Spectrum
from spex_core.views.answer import answer
from spex_core.views.shown import Shown


def test_the_model_is_named_with_its_value_and_direction(review):
    text = str(answer(Shown(review)))
    assert text.startswith("toy-sentiment says positive rather than negative: 60 %; with every word hidden, 55 %.")


def test_the_strongest_pair_is_told_with_sign_and_value(review):
    text = str(answer(Shown(review, "Moebius")))
    assert "“not” and “bad” together push towards positive (+1.90 beyond what each does alone)" in text
    assert "“bad” pushes towards positive" in text


def test_runs_name_features_and_badges(review):
    runs = [run for sentence in answer(Shown(review, "Moebius")).why for run in sentence if run.badge == 1]
    assert {run.features for run in runs} == {(3,), (4,), (3, 4)}
    plain = answer(Shown(review)).data()
    assert set(plain) == {"says", "why"}


def test_an_index_of_single_words_claims_nothing_about_groups(review):
    for index, title in (("SV", "Shapley values"), ("BV", "Banzhaf values")):
        text = str(answer(Shown(review, index)))
        assert "together" not in text
        assert f"{title} are values of single words" in text


def test_a_fourier_coefficient_is_called_one_and_turns_no_direction(review):
    text = str(answer(Shown(review, "Fourier")))
    strongest = Shown(review, "Fourier").groups[0]
    assert f"together push towards positive (+{strongest.value:.2f}, a Fourier coefficient)" in text


def test_a_score_without_a_zero_is_not_turned_into_a_verdict(explained):
    explanation = explained("a b", {(0,): -1.0}, value_unit="score", toward=("less likely", "more likely"))
    assert "gives −0.90 (score, higher means more likely)" in str(answer(Shown(explanation)))


def test_no_effect(flat):
    assert "No effect found: hiding words did not change the output." in str(answer(Shown(flat)))


def test_an_empty_spectrum_of_a_changing_model_is_not_called_constant(flat):
    text = str(answer(Shown(replace(flat, output_full=2.0))))
    assert "No effect found: no word or group stood out. More passes may show some." in text


def test_what_does_not_stand_clear_of_zero_is_not_claimed(explained):
    doubtful = str(answer(Shown(explained("a b c", {(0, 1): 0.5}, wobble=0.4))))
    assert "together" not in doubtful
    assert "Nothing stands out from noise yet: no word or group is significant" in doubtful
    assert "its size is uncertain" in str(answer(Shown(explained("a b c", {(0, 1): 0.5}, wobble=0.036))))
    firm = str(answer(Shown(explained("a b c", {(0, 1): 0.5}, wobble=0.001))))
    assert "“a” and “b” together" in firm
    assert "uncertain" not in firm


def test_first_order_runs_say_what_they_cannot_show(explained):
    text = str(answer(Shown(explained("a b", {(0,): 1.0}, max_order=1))))
    assert "Only single effects were estimated" in text
    assert "No group of words is significant at a false-discovery rate of 5 %" in str(
        answer(Shown(explained("a b", {(0,): 1.0})))
    )
    exact = explained("a b", {(0,): 1.0}, wobble=0.0)
    assert "No interaction was found: the words act separately." in str(answer(Shown(exact)))


def test_one_word(explained):
    assert "“Wonderful” pushes towards positive (+1.90)." in str(answer(Shown(explained("Wonderful!", {(0,): 1.9}))))


def test_every_claimed_direction_agrees_with_its_number(explained):
    rng = np.random.default_rng(5)
    for _ in range(40):
        ands = {
            tuple(sorted(rng.choice(6, rng.integers(1, 4), replace=False).tolist())): rng.normal() for _ in range(6)
        }
        run = explained("one two three four five six", ands)
        given = "positive" if run.output_full > 0 else "negative"
        for part in str(answer(Shown(run))).split("towards ")[1:]:
            number = part.partition("(")[2]
            if part.startswith(("positive (", "negative (")):
                assert number.startswith("+" if part.startswith(given) else "−"), part


def test_a_conversion_past_its_cap_still_gives_an_answer(explained):
    wide = Spectrum.from_dict(22, {(): 0.0, tuple(range(22)): 1.0, (0,): -0.5})
    explanation = explained(" ".join(f"w{k}" for k in range(22)), {(0,): 1.0})
    explanation = replace(explanation, spectrum=wide, draws=np.zeros((0, 3)), _cache={})
    assert "toy-sentiment says" in str(answer(Shown(explanation, "Moebius")))


def test_repeated_words_are_numbered_in_sentences(explained):
    text = str(answer(Shown(explained("not bad, not good, bad", {(0, 1): 1.0, (2,): -0.9}))))
    assert "“not”₁ and “bad”₁ together" in text
    assert "“not”₂" in text
