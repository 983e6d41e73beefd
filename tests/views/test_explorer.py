import json
from dataclasses import replace

import numpy as np
import pytest

from spex_core.fourier.indices import INDICES
from spex_core.fourier.spectrum import Spectrum
from spex_core.views.explorer import payload, run_id, size_class


def _plain(value):
    """Whether only JSON's own types occur, with finite floats and no NumPy scalars."""
    if isinstance(value, dict):
        return all(type(key) is str and _plain(entry) for key, entry in value.items())
    if isinstance(value, list):
        return all(_plain(entry) for entry in value)
    return value is None or type(value) in (str, int, bool) or (type(value) is float and np.isfinite(value))


@pytest.mark.parametrize("index", [known.name for known in INDICES])
def test_the_payload_is_plain_finite_data_under_every_index(review, index):
    assert _plain(payload(review, index))


@pytest.mark.parametrize("order", [None, 1, 2, 3])
def test_the_payload_follows_the_order(review, order):
    data = payload(review, "FSII", order)
    assert max(row["order"] for row in data["table"]["rows"]) == min(order or 3, 3)
    assert data["order"] == (order or 0)


def test_edge_cases_are_drawn_not_raised(flat, explained, long_text):
    for explanation in (flat, explained("one", {(0,): 1.0}), explained("a b", {}, r2=-4.0, source=None), long_text):
        assert _plain(payload(explanation))


def test_size_decides_what_comes_first(review, long_text):
    assert [size_class(n) for n in (1, 25, 26, 250, 251, 1000)] == ["small"] * 2 + ["medium"] * 2 + ["large"] * 2
    assert payload(review)["overview"] is None
    assert payload(long_text)["overview"]["cards"][0]["number"] == 1


def test_a_long_text_stays_a_small_message(long_text):
    assert len(json.dumps(payload(long_text))) < 200_000


def test_markup_in_the_input_is_carried_as_it_is(explained):
    data = payload(explained("<b>x</b> & <script>alert(1)</script>", {(0, 2): 1.0}))
    assert data["heat"]["texts"][2] == "<script>alert(1)</script>"


def test_a_conversion_past_its_cap_becomes_a_message(explained):
    wide = Spectrum.from_dict(22, {(): 0.0, tuple(range(22)): 1.0, (0,): -0.5})
    explanation = explained(" ".join(f"w{k}" for k in range(22)), {(0,): 1.0})
    data = payload(replace(explanation, spectrum=wide, draws=np.zeros((0, 3)), _cache={}), "Moebius")
    assert "subsets" in data["problem"]
    assert data["table"]["rows"] == []


def test_revision_changes_with_the_estimate_and_run_does_not(review):
    later = replace(review, evaluations=2000, _cache={})
    assert run_id(later) == run_id(review)
    assert payload(later)["revision"] != payload(review)["revision"]
    assert payload(review)["revision"] == payload(review)["revision"]
    assert payload(review, "FSII")["revision"] != payload(review)["revision"]


def test_a_picture_comes_with_its_patches_and_its_question(pictured):
    explanation = pictured({(2, 3): 1.0, (3, 16): 0.5, (0,): 0.2})
    data = payload(explanation)
    assert _plain(data)
    assert (data["kind"], data["size"], data["overview"]) == ("picture", "medium", None)
    assert data["labels"][:2] == ["A1", "A2"]
    assert data["labels"][12:] == ["“is”", "“there”", "“a”", "“red”", "“ball”"]
    assert (data["noun"], data["nouns"]) == ("patch or word", "patches and words")
    seen = data["picture"]
    assert (seen["columns"], seen["rows"], seen["patches"], seen["words"]) == (4, 3, 12, True)
    assert seen["image"].startswith("data:image/png;base64,")
    gaps, texts = data["heat"]["gaps"], data["heat"]["texts"]
    assert gaps[12] + "".join(t + g for t, g in zip(texts[12:], gaps[13:], strict=True)) == "is there a red ball?"


def test_a_question_that_is_never_masked_is_shown_and_is_no_feature(pictured):
    data = payload(pictured({(0, 1): 1.0}, words=False))
    assert data["n"] == 12 == data["picture"]["patches"]
    assert data["heat"]["gaps"][12] == "is there a red ball?"
    assert (data["nouns"], data["picture"]["words"]) == ("patches", False)


def test_the_finest_grid_still_starts_with_the_picture(pictured):
    data = payload(pictured({(0, 1000): 1.0}, grid=(32, 32), question="", size=(64, 64)))
    assert (data["size"], data["overview"]) == ("medium", None)
    assert data["labels"][-1] == "AF32"


def test_a_word_called_like_a_patch_is_not_taken_for_it(pictured):
    data = payload(pictured({(0, 12): 1.0}, question="A1 or A1"))
    assert data["labels"][0] == "A1"
    assert data["labels"][12] == "“A1”"
    assert [data["occurrences"][at] for at in (0, 12, 13, 14)] == [0, 1, 0, 2]


def test_another_picture_is_another_run(pictured, png):
    one, two = pictured({(0,): 1.0}), pictured({(0,): 1.0}, picture=png(colour=(0, 0, 0)))
    assert run_id(one) != run_id(two)
    assert run_id(one) == run_id(pictured({(0,): 1.0}))


def test_a_text_has_no_picture(review):
    data = payload(review)
    assert data["kind"] == "text"
    assert "picture" not in data
