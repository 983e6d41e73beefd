"""Pictures cut into segments, end to end: the model is asked about exactly them, runs are kept with theirs."""

import json
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image, ImageDraw

import spex_core
from spex_core.errors import InputError, StoreError
from spex_core.explanation.snippet import python_snippet
from spex_core.inputs.pictures import png_bytes
from spex_core.inputs.segments import Segments
from spex_core.models.base import ModelSpec
from spex_core.runs.request_data import from_plain, plain
from spex_core.runs.requests import PictureRequest, request_of
from tests.support.fake_pictures import Both, scene

SIZE = (64, 48)


@pytest.fixture(scope="module")
def explanation():
    return spex_core.explain_image(scene(), Both(answer="yes"), segments=10, budget=1024, estimator="exact")


def test_what_is_explained_is_the_model_on_exactly_these_segments(explanation):
    labels, pixels = explanation.source.segments.over(SIZE), np.asarray(scene()).astype(int)
    masks = np.random.default_rng(0).random((200, 10)) < 0.5
    seen = []
    for channel in (1, 2):  # the cell that is all green, and the one that is all blue
        pure = (pixels[:, :, channel] == 255) & (pixels.sum(axis=2) == 255)
        seen.append(masks[:, np.unique(labels[pure])].any(axis=1))
    np.testing.assert_allclose(explanation.predict(masks), 3.0 * (seen[0] & seen[1]), atol=1e-9)
    assert explanation.features == tuple(f"S{at}" for at in range(1, 11))
    assert explanation.source.unit == "segment"
    assert explanation.source.title == "picture, 10 segments"


def test_a_run_comes_back_from_its_file(explanation):
    document = json.loads(explanation.to_json())
    assert document["unit"] == "segment"
    assert "grid" not in document
    again = spex_core.Explanation.from_json(explanation.to_json())
    assert again.source == explanation.source
    assert again.to_json() == explanation.to_json()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"grid": [5, 2]}, "both a grid and segments"),
        ({"unit": "patch"}, "does not belong"),
        ({"segments": {"wanted": 10, "width": 1, "height": 1, "runs": [0, 1]}}, "do not make 10 features"),
        ({"segments": {"wanted": 10, "width": 80, "height": 1, "runs": [0, 80]}}, "finer than its picture"),
        ({"segments": [1, 2]}, "not a map of labels"),
    ],
)
def test_hostile_files_are_refused(explanation, change, words):
    with pytest.raises(StoreError, match=words):
        spex_core.Explanation.from_json(json.dumps(json.loads(explanation.to_json()) | change))


def test_the_snippet_asks_for_as_many(explanation):
    source = python_snippet(replace(explanation, model=ModelSpec("both", {})))
    assert "    segments=10,\n" in source
    assert "grid=" not in source


def test_a_grid_or_segments_but_not_both():
    with pytest.raises(InputError, match="not into both"):
        spex_core.explain_image(scene(), Both(answer="yes"), (4, 3), segments=4, budget=40)
    with pytest.raises(InputError, match="more than a picture of 3 x 2"):
        spex_core.explain_image(Image.new("RGB", (3, 2)), Both(answer="yes"), segments=7, budget=40)


def test_a_request_is_kept_with_its_segments(explanation):
    asked = PictureRequest(picture=png_bytes(scene()), model=ModelSpec("both"), segments=10)
    assert asked.unit_in_words == "10 segments"
    assert from_plain(*plain(asked)) == asked
    repeated = request_of(explanation)
    assert repeated.segments == 10
    assert repeated.drawn == explanation.source.segments
    assert from_plain(*plain(repeated)).drawn == repeated.drawn
    data, content = plain(repeated)
    with pytest.raises(StoreError, match="not a map"):
        from_plain(data | {"drawn": 7}, content)


def test_what_was_paid_for_belongs_to_the_drawn_segments(explanation):
    backend = Both(answer="yes")
    asked = PictureRequest(picture=png_bytes(scene()), model=ModelSpec("both"), segments=10)

    def key(request):
        return request.sample_key(request.masker(backend), backend)

    assert key(asked) == key(replace(request_of(explanation), masking=asked.masking))
    others = replace(asked, drawn=Segments.of(explanation.source.segments.labels[:, ::-1], 10))
    assert len({key(asked), key(others), key(replace(asked, segments=9)), key(replace(asked, segments=None))}) == 4


@pytest.mark.slow
def test_photo_reads_segments_of_a_drawing():
    picture = Image.new("RGB", (80, 60), "skyblue")
    pen = ImageDraw.Draw(picture)
    pen.ellipse((20, 15, 50, 45), fill="orange", outline="black", width=2)
    pen.rectangle((0, 50, 80, 60), fill="green")
    backend = spex_core.load_backend("photo", label="orange")
    found = spex_core.explain_image(picture, backend, segments=6, budget=64)
    assert found.n_features == 6
    assert found.evaluations == 64
    assert found.output_full == pytest.approx(float(backend.score([picture])[0]), abs=1e-5)
    orange = int(found.source.segments.over(picture.size)[30, 35])
    assert orange in {f for one in found.interactions("FBII", order=2)[:3] for f in one.features}
