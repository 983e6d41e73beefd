"""Segments as shapes: their outlines along the pixels of their map, and where a badge has room in each."""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from spex_core.arrays import BoolArray
from spex_core.inputs.segments import Segments

if TYPE_CHECKING:
    from PIL.Image import Image

_Point = tuple[int, int]
_SIDE = 960  # pixels of a drawn picture's longer side: lines are as thin on a small picture as on a large one
_LIGHT, _DARK = 255, 20  # a light line between dark ones is seen on anything


@lru_cache(maxsize=8)
def outlines(segments: Segments) -> dict[str, Any]:
    """Plain data of the shapes.

    Returns:
        ``width`` and ``height`` of the map, whose pixels are the unit of all that follows; ``paths`` (n), each an SVG
        path, clockwise around what is inside and counter-clockwise around holes; ``seats`` (n), each ``[x, y, room]``:
        a place inside, far from the outline, and about how far.
    """
    found = [_shape(segments.labels == label) for label in range(segments.count)]
    return {
        "width": segments.width,
        "height": segments.height,
        "paths": [path for path, _ in found],
        "seats": [seat for _, seat in found],
    }


def outlined(picture: Image, segments: Segments) -> Image:
    """A copy of an RGB picture, 960 pixels along its longer side, with the segments' outlines drawn on it."""
    import PIL.Image

    scale = _SIDE / max(picture.size)
    width, height = (max(1, round(side * scale)) for side in picture.size)
    pixels = np.array(picture.resize((width, height), PIL.Image.Resampling.BICUBIC))
    rows, columns = (np.arange(n) * of // n for n, of in ((height, segments.height), (width, segments.width)))
    labels = np.pad(segments.labels[np.ix_(rows, columns)], 1, mode="edge")
    line = (labels[1:-1, 1:-1] != labels[1:-1, 2:]) | (labels[1:-1, 1:-1] != labels[2:, 1:-1])
    wide = np.pad(line, 1)
    beside = np.any([wide[y : y + height, x : x + width] for y in range(3) for x in range(3)], axis=0)
    pixels[beside] = _DARK
    pixels[line] = _LIGHT
    return PIL.Image.fromarray(pixels)


def _shape(whole: BoolArray) -> tuple[str, list[float]]:
    rows, columns = np.flatnonzero(whole.any(axis=1)), np.flatnonzero(whole.any(axis=0))
    top, left = int(rows[0]), int(columns[0])
    inside = np.pad(whole[top : rows[-1] + 1, left : columns[-1] + 1], 1)  # nothing lies outside of the picture
    return _path(inside, left - 1, top - 1), _seat(inside, left - 1, top - 1)


def _path(inside: BoolArray, left: int, top: int) -> str:
    """The sides of pixels between inside and outside, end to end, the inside on the right of each."""
    ends: dict[_Point, list[_Point]] = {}
    for (dy, dx), (ay, ax), (by, bx) in (
        ((-1, 0), (0, 0), (0, 1)),  # above it is outside: from left to right
        ((0, 1), (0, 1), (1, 1)),
        ((1, 0), (1, 1), (1, 0)),
        ((0, -1), (1, 0), (0, 0)),
    ):
        edge = inside & ~np.roll(inside, (-dy, -dx), axis=(0, 1))
        for y, x in np.argwhere(edge).tolist():
            ends.setdefault((x + ax, y + ay), []).append((x + bx, y + by))
    starts = sorted(ends, key=lambda point: (point[1], point[0]))
    parts = []
    for start in starts:
        while start in ends:
            parts.append(_loop(start, ends, left, top))
    return "".join(parts)


def _loop(start: _Point, ends: dict[_Point, list[_Point]], left: int, top: int) -> str:
    """One closed line as relative steps, its corners only; what it passes is taken out of `ends`."""
    corners = [start]
    at, heading = start, (1, 0)
    while True:
        choices = ends[at]
        # Where two pixels touch by a corner only, the line turns right and stays with its own pixel.
        right = (-heading[1], heading[0])
        following = min(choices, key=lambda point: (point[0] - at[0], point[1] - at[1]) != right)
        choices.remove(following)
        if not choices:
            del ends[at]
        step = (following[0] - at[0], following[1] - at[1])
        if step != heading and at != start:
            corners.append(at)
        at, heading = following, step
        if at == start:
            break
    moves = [f"M{start[0] + left} {start[1] + top}"]
    for (x, y), (to_x, to_y) in pairwise(corners):
        moves.append(f"h{to_x - x}" if to_y == y else f"v{to_y - y}")
    return "".join(moves) + "z"


def _seat(inside: BoolArray, left: int, top: int) -> list[float]:
    """Of the pixels that are left longest when the shape is worn away from outside, the one nearest to its middle."""
    rest, room = inside, 0
    while True:
        fewer = rest.copy()
        fewer[1:] &= rest[:-1]
        fewer[:-1] &= rest[1:]
        fewer[:, 1:] &= rest[:, :-1]
        fewer[:, :-1] &= rest[:, 1:]
        if not fewer.any():
            break
        rest, room = fewer, room + 1
    places: npt.NDArray[np.int64] = np.argwhere(rest)
    away = np.square(places - np.argwhere(inside).mean(axis=0)).sum(axis=1)
    y, x = places[int(away.argmin())].tolist()
    return [x + left + 0.5, y + top + 0.5, room + 0.5]
