"""A result of a thumb's size."""

import pytest

import spex_core
from spex_core.explanation.result import Explanation
from spex_core.explanation.sources import PictureSource
from spex_core.views.explorer import payload
from spex_core.views.thumbnail import WORDS, thumbnail
from tests.support.places import ASSETS


def test_of_many_words_those_around_the_strongest_are_drawn() -> None:
    strong = (40, 41)
    labels = [f"w{at}" for at in range(60)]
    run = spex_core.explain(
        lambda masks: 5.0 * masks[:, strong[0]] - 5.0 * masks[:, strong[1]] + 0.5 * masks[:, 3], labels, budget=500
    )
    words = dict(thumbnail(run)["words"])
    assert len(words) == WORDS
    assert words["w40"] == 1.0
    assert words["w41"] == -1.0


def test_a_picture_has_every_patch_once_within_it() -> None:
    run = Explanation.from_json((ASSETS / "saved" / "scene.json").read_text(encoding="utf-8"))
    drawn = thumbnail(run)
    assert isinstance(run.source, PictureSource)
    assert len(drawn["patches"]) == run.source.patches
    assert len({(x, y) for x, y, *_ in drawn["patches"]}) == run.source.patches
    assert all(x >= 0 and y >= 0 and x + w < 1.001 and y + h < 1.001 for x, y, w, h, _ in drawn["patches"])
    assert sum(w * h for _, _, w, h, _ in drawn["patches"]) == pytest.approx(1, abs=1e-2)
    assert [tint for *_, tint in drawn["patches"]] == pytest.approx(payload(run)["heat"]["tints"], abs=0.006)
