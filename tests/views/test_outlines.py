"""Segments as shapes: their outlines enclose exactly their pixels."""

import re
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from spex_core.inputs.segments import Segments
from spex_core.inputs.superpixels import cut
from spex_core.views.alignment import align, mismatch
from spex_core.views.explorer import payload, run_id
from spex_core.views.outlines import outlined, outlines
from spex_core.views.patch_words import named
from spex_core.views.patches import feature_noun, names
from spex_core.views.report import how_made


def _enclosed(path, width, height):
    """(height, width) winding numbers: how often the outline goes around each pixel clockwise."""
    winding = np.zeros((height, width), dtype=int)
    for loop in path.split("M")[1:]:
        x, y = map(int, re.match(r"(\d+) (\d+)", loop).groups())
        corners = [(x, y)]
        for axis, step in re.findall(r"([hv])(-?\d+)", loop):
            x, y = (x + int(step), y) if axis == "h" else (x, y + int(step))
            corners.append((x, y))
        for (x1, y1), (x2, y2) in zip(corners, [*corners[1:], corners[0]], strict=True):
            assert x1 == x2 or y1 == y2
            winding[min(y1, y2) : max(y1, y2), x1:] += np.sign(y1 - y2)
    return winding


def _photo():
    pixels = np.random.default_rng(3).normal(size=(50, 70, 3)).cumsum(axis=1)
    return Image.fromarray(np.uint8(128 + 10 * pixels.clip(-12, 12)))


RING = np.array([[0, 0, 0, 0], [0, 1, 1, 0], [0, 1, 0, 0], [0, 0, 0, 2]])
TOUCHING = np.array([[0, 1, 1], [1, 0, 1], [1, 1, 0]])


@pytest.mark.parametrize(
    "labels",
    [RING, TOUCHING, np.zeros((1, 1), int), cut(_photo(), 25).labels, np.random.default_rng(0).integers(0, 3, (9, 12))],
    ids=["hole", "corners", "one", "superpixels", "noise"],
)
def test_outlines_enclose_exactly_their_pixels(labels):
    height, width = labels.shape
    drawn = outlines(Segments.of(labels, 3))
    assert (drawn["width"], drawn["height"]) == (width, height)
    for label, (path, (x, y, room)) in enumerate(zip(drawn["paths"], drawn["seats"], strict=True)):
        assert (-_enclosed(path, width, height) == (labels == label)).all() or (
            _enclosed(path, width, height) == (labels == label)
        ).all()
        assert labels[int(y), int(x)] == label
        assert room >= 0.5


def _segmented(pictured, segments, **changes):
    run = pictured({(0,): 0.5, (1, 2): 1.0, (0, 1, 3): 0.7}, grid=(4, 2), **changes)
    features = (*segments.names, *run.features[8:])
    return replace(run, features=features, source=replace(run.source, grid=None, segments=segments))


EIGHT = Segments(8, 4, 2, tuple(number for label in range(8) for number in (label, 1)))
OTHERS = Segments(8, 2, 4, EIGHT.runs)


def test_what_segments_are_called(pictured):
    run = _segmented(pictured, EIGHT, question="dog here?")
    assert names(run)[:3] == ["S1", "S2", "S3"]
    assert feature_noun(run, 2) == "segments and words"
    assert "".join(text for text, _ in named(run, [0, 1, 3], starts=True)) == "Segments S1, S2 and S4"
    made = dict(how_made(run))
    assert made["Input"] == "a picture, 8 segments and 2 words of the question"
    assert made["Masking"] == "blur: hidden segments are blurred"
    data = payload(run)
    assert len(data["picture"]["segments"]["paths"]) == data["picture"]["patches"] == 8
    assert "columns" not in data["picture"]


def test_equal_segments_are_compared_and_others_are_not(pictured):
    run, again = (_segmented(pictured, EIGHT, words=False) for _ in range(2))
    assert mismatch(run, again) == ""
    assert align(run, again).pairs == tuple((at, at) for at in range(8))
    other = _segmented(pictured, OTHERS, words=False)
    assert "other outlines" in mismatch(run, other)
    assert run_id(run) != run_id(other)
    assert "A is cut into 8 segments and B into 4 × 2 patches" in mismatch(run, pictured({(0,): 1.0}, grid=(4, 2)))


@pytest.mark.parametrize("size", [(40, 20), (2000, 1000)])
def test_outlines_are_drawn_between_segments_and_nowhere_else(size):
    halves = Segments.of(np.repeat([[0, 1]], 4, axis=0).repeat([3, 5], axis=1), 2)
    drawn = np.array(outlined(Image.new("RGB", size, (90, 160, 40)), halves))
    assert drawn.shape == (480, 960, 3)
    assert (drawn[:, 359] == 255).all()  # three of eight columns of the map lie left of it
    assert (drawn[:, [358, 360]] < 40).all()
    assert (np.delete(drawn, [358, 359, 360], axis=1) == (90, 160, 40)).all()
