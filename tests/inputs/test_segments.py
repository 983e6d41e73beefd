"""A picture cut into superpixels: as many as wanted, each in one piece, every pixel in exactly one of them."""

import json

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage

from spex_core.errors import InputError
from spex_core.inputs.pictures import as_picture
from spex_core.inputs.segments import MAX_MAP, Segments
from spex_core.inputs.superpixels import cut


def _blocks(width=96, height=64):
    """Four areas of one colour each, with some noise."""
    pixels = np.random.default_rng(0).integers(0, 12, (height, width, 3))
    pixels[: height // 2, : width // 3, 0] += 200
    pixels[height // 2 :, : width // 2, 1] += 200
    pixels[:, 2 * width // 3 :, 2] += 200
    return Image.fromarray(pixels.astype(np.uint8))


def _pieces(labels):
    return sum(ndimage.label(labels == label)[1] for label in np.unique(labels))


@pytest.mark.parametrize("count", [1, 2, 7, 40, 150])
def test_as_many_as_wanted_each_in_one_piece_and_the_same_again(count):
    found = cut(_blocks(), count)
    assert found.count == found.wanted == count
    assert set(np.unique(found.labels)) == set(range(count))
    assert found.labels.shape == (64, 96)
    assert _pieces(found.labels) == found.pieces() == count
    assert cut(_blocks(), count) == found


def test_outlines_follow_the_colours():
    labels, pixels = cut(_blocks(), 12).labels, np.asarray(_blocks()).astype(float)
    inside = sum(pixels[labels == label].var(axis=0).sum() * (labels == label).mean() for label in range(12))
    assert inside < 0.05 * pixels.var(axis=(0, 1)).sum()


def test_names_go_in_reading_order():
    found = cut(Image.new("RGB", (60, 40), "teal"), 6)
    middles = [np.argwhere(found.labels == label).mean(axis=0) for label in range(found.count)]
    assert found.names == ["S1", "S2", "S3", "S4", "S5", "S6"]
    assert middles[0].sum() == min(map(sum, middles))
    assert middles[-1].sum() == max(map(sum, middles))


@pytest.mark.parametrize(
    ("image", "count"),
    [
        (Image.new("RGB", (1, 1), "red"), 1),
        (Image.new("RGB", (7, 1), "red"), 5),
        (Image.new("RGB", (2, 2), "red"), 4),
        (Image.new("RGB", (300, 2), "red"), 20),
        (Image.new("RGB", (640, 480), "red"), 40),
        (Image.new("L", (50, 40), 90), 9),
        (Image.new("RGBA", (50, 40), (9, 9, 200, 60)), 9),
        (_blocks().resize((2048, 1536)), 40),
    ],
    ids=["pixel", "line", "tiny", "flat", "one colour", "grey", "alpha", "huge"],
)
def test_pictures_of_all_kinds(image, count):
    picture = as_picture(image)
    found = cut(picture, count)
    assert found.count == count
    assert max(found.width, found.height) <= MAX_MAP
    over = found.over(picture.size)
    assert over.shape == (picture.height, picture.width)
    assert set(np.unique(over)) == set(range(count))


@pytest.mark.parametrize(
    ("count", "words"), [(0, "between 1 and 1024"), (1025, "between 1"), (2.5, "whole"), (5, "4 x 1")]
)
def test_impossible_counts(count, words):
    with pytest.raises(InputError, match=words):
        cut(Image.new("RGB", (4, 1)), count)


def test_a_map_comes_back_from_its_data():
    found = cut(_blocks(), 30)
    again = Segments.read(json.loads(json.dumps(found.data())))
    assert again == found
    assert again.digest == found.digest
    assert (again.labels == found.labels).all()


GOOD = {"wanted": 2, "width": 2, "height": 2, "runs": [0, 2, 1, 2]}


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (None, "not a map"),
        ({}, "not a map"),
        (GOOD | {"runs": "0212"}, "not a map"),
        (GOOD | {"runs": [0, 2, 1]}, "labels and lengths"),
        (GOOD | {"runs": [0, 1] * 5}, "labels and lengths"),
        (GOOD | {"runs": []}, "2 x 2 pixels"),
        (GOOD | {"runs": [0, 2, 1, 1]}, "2 x 2 pixels"),
        (GOOD | {"runs": [0, 4, 1, 0]}, "2 x 2 pixels"),
        (GOOD | {"runs": [0, 2, 2, 2]}, "only 2 are on the map"),
        (GOOD | {"runs": [0, 2, 1.0, 2]}, "whole numbers"),
        (GOOD | {"runs": [0, 2, True, 2]}, "whole numbers"),
        (GOOD | {"runs": [0, 2, -1, 2]}, "whole numbers"),
        (GOOD | {"runs": [0, 2, 1, 10**30]}, "whole numbers"),
        (GOOD | {"runs": [0, 1, 1, 2, 0, 1]}, "several pieces"),
        (GOOD | {"width": 10**9}, "between 1 and"),
        (GOOD | {"height": True}, "whole number"),
        (GOOD | {"wanted": 0}, "between 1 and"),
        (
            {"wanted": 9, "width": 45, "height": 45, "runs": [x for at in range(2025) for x in (at, 1)]},
            "above the limit",
        ),
    ],
)
def test_hostile_maps_are_refused(data, words):
    assert Segments.read(GOOD).count == 2
    with pytest.raises(InputError, match=words):
        Segments.read(data)
