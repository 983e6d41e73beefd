import json

import pytest

import spex_core
from spex_core.inputs.maskers.text import TextMasker
from spex_core.models.registry import load_backend
from tests.support.places import ASSETS

PUZZLES = json.loads((ASSETS / "examples" / "puzzles.json").read_text("utf-8"))


@pytest.fixture(params=PUZZLES, ids=lambda puzzle: puzzle["id"])
def puzzle(request):
    return request.param


def _pull(puzzle):
    return load_backend("minilm-pull", answer=puzzle["classic"], against=puzzle["paraphrase"])


def test_every_variant_resembles_its_classic_more_than_what_it_literally_says(puzzle):
    classic, variant, paraphrase = _pull(puzzle).score([puzzle["classic"], puzzle["variant"], puzzle["paraphrase"]])
    assert variant > 0
    assert classic > 0 > paraphrase
    assert classic == pytest.approx(-paraphrase, abs=1e-4)


def test_it_is_the_contrast_of_the_two_texts_in_other_words(puzzle):
    contrast = load_backend("minilm-contrast", answer=puzzle["classic"], against=puzzle["paraphrase"])
    pull = _pull(puzzle)
    assert pull.score([puzzle["variant"]]) == contrast.score([puzzle["variant"]])
    assert pull.unit == contrast.unit == "log-odds"
    assert pull.toward == ("the variant as written", "the classic puzzle")


def test_a_changed_puzzle_is_explained_with_held_out_agreement():
    puzzle = PUZZLES[0]
    explanation = spex_core.explain_text(puzzle["variant"], _pull(puzzle), budget=300, max_order=2)
    assert explanation.n_features == TextMasker(puzzle["variant"]).n_features
    assert explanation.faithfulness > 0.8
