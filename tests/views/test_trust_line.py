"""One line of trust: a level that is measured, or none yet; and the facts behind it, with pictures of their numbers."""

from dataclasses import replace

import numpy as np
import pytest

from spex_core.fourier.faithfulness import Faithfulness
from spex_core.fourier.spectrum import Spectrum
from spex_core.models.base import ModelSpec
from spex_core.views.answer import answer
from spex_core.views.explorer import payload
from spex_core.views.outside import outside_world
from spex_core.views.shown import Shown
from spex_core.views.trust_facts import facts
from spex_core.views.trust_line import WORDS, trust_line


def _line(explanation):
    return trust_line(Shown(explanation, "Moebius"))


def _again(review, gone=0):
    rows = np.tile(review.spectrum.coefficients, (50, 1))
    members = [at for at, support in enumerate(review.spectrum.supports) if {3, 4, 6} <= set(support)]
    rows[:gone, members] = 0.0
    return replace(review, resampled=rows, _cache={})


@pytest.mark.parametrize(
    ("r2", "word", "says"),
    [
        (0.9, "High", "predicts the model on unseen maskings, R² 0.90"),
        (0.7, "Fair", "predicts the model in the main on unseen maskings, R² 0.70"),
        (0.4, "Low", "predicts only part of what the model does on unseen maskings, R² 0.40"),
        (-0.26, "None", "does not predict the model on unseen maskings, R² −0.26; do not rely on it"),
    ],
)
def test_the_level_follows_what_was_measured(explained, r2, word, says):
    line = _line(explained("a b", {(0,): 1.0}, r2=r2))
    assert (line["word"], line["says"]) == (word, says)


def test_stable_groups_are_counted_in_the_line(review):
    assert _line(_again(review))["says"].endswith("; all of the 2 strongest are stable")
    assert _line(_again(review, gone=20))["says"].endswith("; 1 of the 2 strongest is stable")
    assert "stable" not in _line(review)["says"]


def test_nothing_is_judged_before_it_is_measured(explained, flat):
    few = replace(explained("a b", {(0,): 1.0}), faithfulness_report=Faithfulness(0.0, -1.0, 1.0, 1))
    assert _line(few)["word"] == "Too early to say"
    unsure = _line(explained("a b", {(0,): 1.0}, r2=0.8, low=0.1))
    assert (unsure["level"], unsure["says"]) == (
        "early",
        "R² 0.80, but it may be as low as 0.10; more passes would tell",
    )
    assert _line(flat)["says"] == "hiding words did not change the output, so there is nothing to explain"
    stopped = _line(explained("a b", {(0,): 1.0}, complete=False))
    assert stopped["says"].endswith("; stopped before all passes were made")
    exact = explained("a b c", {(0, 1): 1.0}, wobble=0.0, faithfulness_report=Faithfulness(1.0, 1.0, 1.0, 8))
    assert _line(exact)["says"] == "every one of the 8 maskings was tried, R² 1.00"


@pytest.mark.parametrize("r2", [0.95, 0.7, 0.4, -0.2])
def test_the_answer_does_not_say_it_again(explained, r2):
    run = explained("not bad at all", {(0, 1): 1.0}, r2=r2)
    said = str(answer(Shown(run)))
    assert "R²" not in said
    assert not [word for word in WORDS.values() if word.lower() in said.lower().split()]


def test_the_facts_say_what_was_measured_and_carry_its_numbers(review):
    more = Spectrum.from_dict(7, {**review.spectrum.to_dict(), (0, 5): 0.01, (1, 5): -0.02})
    reports = {
        "faithfulness_report": Faithfulness(0.91, 0.88, 0.94, 98, 900),
        "listed_report": Faithfulness(0.42, 0.38, 0.46, 98, 900),
    }
    run = replace(_again(review, gone=20), accurate=more, **reports)
    told = {fact["name"]: fact for fact in facts(Shown(run, "Moebius"))}
    assert list(told) == ["agreement", "listed", "stability", "found", "cost"]
    assert "98 maskings that it had not seen and on 900 more" in told["agreement"]["text"]
    assert told["agreement"]["picture"] == {"kind": "scale", "value": 0.91, "low": 0.88, "high": 0.94, "ceiling": None}
    assert "R² 0.42 alone. 2 effects" in told["listed"]["text"]
    assert (
        "1 of the 2 strongest groups came back in at least 80 % of them; doubt the others." in told["stability"]["text"]
    )
    assert told["stability"]["picture"] == {"kind": "dots", "filled": 1, "of": 2}
    sizes = [term.order for term in review.interactions("Fourier") if term.significant]
    assert told["found"]["picture"]["bars"] == [[str(order), sizes.count(order)] for order in sorted(set(sizes))]
    assert told["cost"]["text"].startswith("1,900 of 2,000 passes spent")
    assert told["cost"]["picture"] == {"kind": "part", "value": 1900, "of": 2000}


def test_luck_is_no_fault_of_the_explanation(review):
    drawn = replace(review, faithfulness_report=Faithfulness(0.55, 0.5, 0.6, 98, 900, ceiling=0.62), _cache={})
    assert _line(drawn)["word"] == "High"
    assert "R² 0.55 of the 0.62 that luck leaves" in _line(drawn)["says"]
    told = facts(Shown(drawn))[0]
    assert told["picture"]["ceiling"] == 0.62
    assert "89 % of what luck leaves" in told["text"]


def test_a_photograph_is_outside_of_a_toys_world_and_a_drawing_is_not(pictured, png):
    drawn = pictured({(0,): 1.0}, model=ModelSpec("scenes", {"question": "a dog?", "answer": "yes", "against": "no"}))
    assert outside_world(drawn) == ""
    noise = np.random.default_rng(0).integers(0, 256, (90, 120, 3), dtype=np.uint8)
    photo = pictured({(0,): 1.0}, model=drawn.model, picture=_photo(noise))
    assert outside_world(photo).startswith("Outside of what this toy was taught: “Drawn scenes” knows drawings")
    assert payload(photo)["outside"] == outside_world(photo)
    assert outside_world(replace(photo, model=ModelSpec("photo", {"label": "dog"}))) == ""


def _photo(pixels):
    import io

    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def test_words_that_a_toy_does_not_know_are_told_once(review):
    note = "The model does not know “food”, “bad”: to it they are hidden already."
    toy = replace(review, model=ModelSpec("switchyard", {"answer": "yes", "against": "no"}), notes=(note,), _cache={})
    data = payload(toy)
    assert "does not know “food”, “bad”" in data["outside"]
    assert data["trust"]["notes"] == []
    assert payload(replace(toy, model=ModelSpec("smollm2", {}), _cache={}))["trust"]["notes"] == [note]
