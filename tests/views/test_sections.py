from itertools import pairwise

import pytest

from spex_core.views.sections import MOST_SECTIONS, sections, split
from spex_core.views.shown import Shown


def test_sections_tile_the_features(long_text):
    spans = split(long_text)
    assert spans[0][0] == 0
    assert spans[-1][1] == long_text.n_features
    assert all(left[1] == right[0] for left, right in pairwise(spans))


def test_paragraphs_of_fitting_size_are_the_sections(long_text):
    assert [end - start for start, end in split(long_text)] == [80 + p for p in range(8)]


@pytest.mark.parametrize("text", [" ".join(["word"] * 400), ". ".join(["word"] * 400), "\n".join(["word"] * 400)])
def test_never_more_than_twelve_and_never_one_giant(explained, text):
    spans = split(explained(text, {(0, 1): 1.0}))
    assert 2 <= len(spans) <= MOST_SECTIONS
    assert max(end - start for start, end in spans) <= 140


def test_sentence_ends_are_preferred_to_cutting_within_a_sentence(explained):
    text = " ".join(("word " * 11 + "end.") for _ in range(40))
    explanation = explained(text, {(0, 1): 1.0})
    for _, end in split(explanation):
        assert explanation.features[end - 1] == "end."


def test_a_group_counts_in_every_pair_of_sections_it_touches(long_text):
    data = sections(Shown(long_text, "Moebius"))
    cells = {(cell["row"], cell["column"]): cell for cell in data["cells"]}
    assert cells[7, 0]["mass"] == pytest.approx(0.9 + 0.4)
    assert cells[7, 0]["net"] == pytest.approx(0.9 - 0.4)
    assert (cells[7, 0]["count"], cells[7, 0]["number"]) == (2, 1)
    assert cells[3, 3]["mass"] == pytest.approx(0.2)
    assert set(cells) == {(7, 0), (3, 3)}


def test_openings_are_the_first_words(long_text):
    assert sections(Shown(long_text))["sections"][1]["opening"].startswith("word1x0 word1x1")
