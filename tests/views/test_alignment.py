"""What is matched with what: not two inputs that have nothing to do with each other."""

import io
import json

import numpy as np
import pytest
from PIL import Image

from pages.components.form.puzzles import puzzles
from spex_core.plugins import ASSETS
from spex_core.views.alignment import align, align_labels, shared_words, unlike
from spex_core.views.side_by_side import side_by_side

EXAMPLES = json.loads((ASSETS / "examples" / "examples.json").read_text(encoding="utf-8"))


def _png(pixels):
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def _photo(seed, size=(60, 80)):
    """Smooth colours that differ from place to place."""
    coarse = np.random.default_rng(seed).integers(0, 255, (6, 8, 3)).astype(np.uint8)
    return np.asarray(Image.fromarray(coarse).resize(size[::-1], Image.Resampling.BICUBIC))


@pytest.mark.parametrize("puzzle", puzzles().values(), ids=lambda puzzle: puzzle.id)
def test_a_puzzle_and_its_changed_version_are_one_text_and_others_are_not(explained, puzzle):
    run = explained(puzzle.classic, {(0,): 1.0})
    assert unlike(run, explained(puzzle.variant, {(0,): 1.0})) == ""
    others = [other.classic for other in puzzles().values() if other.id != puzzle.id]
    others += [example["text"] for example in EXAMPLES if "text" in example]
    for text in others:
        other = explained(text, {(0,): 1.0})
        assert "two different texts" in unlike(run, other) or "in common" in unlike(run, other)
        assert align(run, other).pairs == ()


def test_short_and_edited_texts_are_still_compared(explained):
    for a, b in (
        ("it is good", "it is not good"),
        ("The film is good and not bad.", "The film is really bad and not good at all."),
        ("one", "one two three"),
    ):
        assert unlike(explained(a, {(0,): 1.0}), explained(b, {(0,): 1.0})) == ""


def test_the_share_of_words_counts_those_with_a_neighbour_in_both():
    assert shared_words(align_labels(["a", "b", "c", "d"], ["a", "b", "x", "y"])) == 0.5
    assert shared_words(align_labels(["a", "x", "c", "y"], ["a", "b", "c", "d"])) == 0.0
    assert shared_words(align_labels(["a"], ["b", "a", "c"])) == 1.0


def test_two_photos_are_shown_side_by_side_only_and_an_edited_one_is_compared(pictured):
    first, other = _photo(1), _photo(2)
    edited = first.copy()
    edited[:20, :20] = 0
    runs = [pictured({(1,): 1.0}, words=False, picture=_png(pixels)) for pixels in (first, other, edited)]
    said = unlike(runs[0], runs[1])
    assert said.startswith("These are two different pictures: only ")
    data = side_by_side(runs[0], runs[1])
    assert data["problems"] == [said]
    assert data["rows"] == []
    assert not data["comparable"]
    assert set(data["partners"][0]) == {-1}
    assert data["verdict"]["changed"] == []
    assert unlike(runs[0], runs[2]) == ""
    assert side_by_side(runs[0], runs[2])["comparable"]


def test_the_same_picture_asked_something_else_is_compared(pictured):
    a, b = (pictured({(1,): 1.0}, question=question) for question in ("is there a ball?", "is there a red dog?"))
    assert unlike(a, b) == ""
