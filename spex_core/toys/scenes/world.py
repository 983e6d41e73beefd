"""Drawn scenes: a few coloured things on a plain background, with the truth about what is where.

The embedded picture model `scenes` is trained and tested on them. Lengths are in units of a frame of
128 x 96; a picture may be drawn at any size.
"""

from __future__ import annotations

import colorsys
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from spex_core.arrays import BoolArray, FloatArray
from spex_core.errors import InputError

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw

WIDTH, HEIGHT = 128, 96
KINDS = ("ball", "car", "cup", "dog", "fish", "house", "star", "tree")
COLOURS = {
    "red": (206, 44, 40),
    "orange": (240, 136, 32),
    "yellow": (244, 214, 54),
    "green": (46, 150, 66),
    "blue": (40, 96, 204),
    "purple": (138, 62, 176),
    "white": (244, 244, 244),
}
MOST_THINGS = 5
BOARD = (8, 6)
"""Every thing lies in a square of its own on this board: columns, rows."""
SMALLEST, LARGEST = 11.5, 15.0

RGB: TypeAlias = tuple[int, int, int]
Box: TypeAlias = tuple[float, float, float, float]


@dataclass(frozen=True)
class Thing:
    """One thing in a scene.

    Attributes:
        kind: one of `KINDS`.
        colour: a key of `COLOURS`.
        x, y: its centre.
        size: side of the square it is drawn in.
    """

    kind: str
    colour: str
    x: float
    y: float
    size: float

    @property
    def box(self) -> Box:
        """(left, top, right, bottom)."""
        half = self.size / 2
        return self.x - half, self.y - half, self.x + half, self.y + half


@dataclass(frozen=True)
class Scene:
    """Things on a background.

    Attributes:
        things: in no particular order; they do not overlap.
        seed: decides the background and the shades.
    """

    things: tuple[Thing, ...]
    seed: int = 0


def random_scene(rng: np.random.Generator, count: int | None = None, grid: tuple[int, int] = BOARD) -> Scene:
    """A scene of `count` things (default 0 to 5), each in a square of its own on the board.

    Kinds repeat more often than by chance, so that "how many" means something.

    Args:
        grid: (columns, rows): every thing lies inside one cell of this grid too, no two in one cell.

    Raises:
        InputError: `grid` has too few such cells.
    """
    count = int(rng.choice(MOST_THINGS + 1, p=(0.04, 0.16, 0.25, 0.25, 0.18, 0.12))) if count is None else count
    corners = _squares(*grid)
    if len(corners) < count:
        raise InputError(f"{count} things do not fit into cells of their own on a grid of {grid[0]} x {grid[1]}")
    side = WIDTH / BOARD[0]
    things: list[Thing] = []
    for place in rng.choice(len(corners), size=count, replace=False):
        left, top = corners[place]
        size = float(rng.uniform(SMALLEST, LARGEST))
        x = float(rng.uniform(left + size / 2, left + side - size / 2))
        y = float(rng.uniform(top + size / 2, top + side - size / 2))
        repeat = things and rng.random() < 0.25
        kind = things[-1].kind if repeat else KINDS[int(rng.integers(len(KINDS)))]
        things.append(Thing(kind, list(COLOURS)[int(rng.integers(len(COLOURS)))], x, y, size))
    return Scene(tuple(things[i] for i in rng.permutation(len(things))), int(rng.integers(2**31)))


def _squares(columns: int, rows: int) -> list[tuple[float, float]]:
    """Top left corners of the board's squares that lie inside one cell of a grid, one for each cell that has any."""
    side = WIDTH / BOARD[0]
    found: dict[tuple[int, int], tuple[float, float]] = {}
    for row in range(BOARD[1]):
        for column in range(BOARD[0]):
            left, top = column * side, row * side
            cell = int(left * columns / WIDTH), int(top * rows / HEIGHT)
            inside = (left + side) * columns <= (cell[0] + 1) * WIDTH and (top + side) * rows <= (cell[1] + 1) * HEIGHT
            if inside:
                found.setdefault(cell, (left, top))
    return list(found.values())


def visible_share(thing: Thing, kept: Sequence[Sequence[bool]] | BoolArray) -> float:
    """Share of the thing's square that lies in kept cells of a (rows, columns) bool grid, 0 to 1."""
    cells = np.asarray(kept, dtype=float)
    rows, columns = cells.shape
    left, top, right, bottom = thing.box
    across = _overlap(left, right, columns, WIDTH)
    down = _overlap(top, bottom, rows, HEIGHT)
    return float(down @ cells @ across) / (right - left) / (bottom - top)


def _overlap(start: float, stop: float, parts: int, length: float) -> FloatArray:
    """Length of [start, stop] in each of `parts` equal parts of [0, length]."""
    edges = np.linspace(0, length, parts + 1)
    return np.asarray(np.clip(np.minimum(stop, edges[1:]) - np.maximum(start, edges[:-1]), 0, None))


def draw(scene: Scene, width: int = 512, smooth: int = 2) -> Image:
    """The scene as an RGB picture, `width` by 3/4 of it.

    Args:
        smooth: drawn this many times larger and scaled down.
    """
    from PIL import Image as Images
    from PIL import ImageDraw

    rng = np.random.default_rng(scene.seed)
    scale = width * smooth / WIDTH
    picture = _background(rng, round(WIDTH * scale), round(HEIGHT * scale))
    pen = ImageDraw.Draw(picture)
    for thing in scene.things:
        _SHAPES[thing.kind](_Brush(pen, thing, _shade(rng, COLOURS[thing.colour]), scale, bool(rng.random() < 0.5)))
    if smooth == 1:
        return picture
    return picture.resize((width, width * HEIGHT // WIDTH), Images.Resampling.BOX)


def _shade(rng: np.random.Generator, colour: RGB) -> RGB:
    """A little lighter or darker than `colour`."""
    factor = rng.uniform(0.9, 1.06)
    return _rgb(channel * factor for channel in colour)


def _rgb(channels: Iterable[float]) -> RGB:
    red, green, blue = (min(255, max(0, round(channel))) for channel in channels)
    return red, green, blue


def _background(rng: np.random.Generator, width: int, height: int) -> Image:
    """Dull colours, so that no background is taken for a thing: plain, shaded, ground and sky, or stripes."""
    from PIL import Image as Images

    first, second = _dull(rng), _dull(rng)
    style = rng.integers(4)
    line: FloatArray = np.linspace(0, 1, height)[:, None]
    share: FloatArray
    if style == 0:
        share = np.zeros((height, 1))
    elif style == 1:
        share = line
    elif style == 2:
        share = (line > rng.uniform(0.3, 0.7)).astype(float)
    else:
        share = np.where(np.sin(line * math.pi * rng.integers(6, 14)) > 0, 0.35, 0.0)
    column = (1 - share) * np.array(first) + share * np.array(second)
    rows: FloatArray = np.repeat(column[:, None, :], width, axis=1)
    if rng.random() < 0.5:
        rows = rows + np.linspace(-14.0, 14.0, width)[None, :, None] * float(rng.choice((-1, 1)))
    return Images.fromarray(np.clip(rows, 0, 255).astype(np.uint8))


def _dull(rng: np.random.Generator) -> RGB:
    red, green, blue = colorsys.hsv_to_rgb(rng.random(), rng.uniform(0.03, 0.28), rng.uniform(0.3, 0.85))
    return _rgb((255 * red, 255 * green, 255 * blue))


class _Brush:
    """Draws in the unit square of one thing, (0, 0) top left; mirrored where asked."""

    def __init__(self, pen: ImageDraw, thing: Thing, colour: RGB, scale: float, mirrored: bool) -> None:
        self.pen = pen
        self.left, self.top = thing.box[0] * scale, thing.box[1] * scale
        self.side = thing.size * scale
        self.mirrored = mirrored
        self.colour = colour
        self.dark = _rgb(0.62 * channel for channel in colour)
        self.light = _rgb(0.45 * channel + 0.55 * 255 for channel in colour)
        self.line = max(1, round(0.035 * self.side))

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Pixel position."""
        return self.left + self.side * (1 - x if self.mirrored else x), self.top + self.side * y

    def box(self, x0: float, y0: float, x1: float, y1: float) -> Box:
        """Pixel box, ordered."""
        (a, top), (b, bottom) = self.at(x0, y0), self.at(x1, y1)
        return min(a, b), top, max(a, b), bottom

    def oval(self, x0: float, y0: float, x1: float, y1: float, fill: RGB | None = None) -> None:
        """An ellipse with a dark edge."""
        self.pen.ellipse(self.box(x0, y0, x1, y1), fill or self.colour, _EDGE, self.line)

    def block(self, x0: float, y0: float, x1: float, y1: float, fill: RGB | None = None) -> None:
        """A rectangle with a dark edge."""
        self.pen.rectangle(self.box(x0, y0, x1, y1), fill or self.colour, _EDGE, self.line)

    def shape(self, *corners: tuple[float, float], fill: RGB | None = None) -> None:
        """A polygon with a dark edge."""
        self.pen.polygon([self.at(x, y) for x, y in corners], fill or self.colour, _EDGE, self.line)


_EDGE = (38, 36, 40)
_WOOD = (112, 74, 44)


def _ball(b: _Brush) -> None:
    b.mirrored = False  # the seams' angles are not mirrored
    b.oval(0.04, 0.04, 0.96, 0.96)
    b.pen.arc(b.box(-0.5, 0.04, 0.5, 0.96), -62, 62, _EDGE, b.line)
    b.pen.arc(b.box(0.5, 0.04, 1.5, 0.96), 118, 242, _EDGE, b.line)


def _car(b: _Brush) -> None:
    b.shape((0.2, 0.5), (0.32, 0.22), (0.7, 0.22), (0.84, 0.5), fill=b.light)
    b.shape((0.02, 0.48), (0.96, 0.48), (0.99, 0.76), (0.02, 0.76))
    for x in (0.12, 0.62):
        b.oval(x, 0.62, x + 0.27, 0.89, _EDGE)


def _cup(b: _Brush) -> None:
    b.pen.arc(b.box(0.58, 0.3, 0.98, 0.72), 0, 360, b.dark, max(2, 3 * b.line))
    b.shape((0.06, 0.14), (0.74, 0.14), (0.64, 0.94), (0.16, 0.94))
    b.oval(0.06, 0.05, 0.74, 0.25, b.dark)


def _dog(b: _Brush) -> None:
    b.shape((0.02, 0.2), (0.1, 0.16), (0.24, 0.48), (0.14, 0.52))
    for x in (0.18, 0.3, 0.56, 0.68):
        b.block(x, 0.64, x + 0.1, 0.97)
    b.oval(0.1, 0.4, 0.82, 0.76)
    b.oval(0.6, 0.1, 0.98, 0.48)
    b.shape((0.62, 0.02), (0.76, 0.14), (0.62, 0.34), fill=b.dark)
    b.oval(0.9, 0.24, 0.99, 0.34, _EDGE)


def _fish(b: _Brush) -> None:
    b.shape((0.02, 0.2), (0.34, 0.5), (0.02, 0.8), fill=b.dark)
    b.oval(0.2, 0.2, 0.99, 0.8)
    b.oval(0.76, 0.36, 0.86, 0.46, _EDGE)


def _house(b: _Brush) -> None:
    b.block(0.12, 0.44, 0.88, 0.96)
    b.shape((0.01, 0.46), (0.5, 0.03), (0.99, 0.46), fill=b.dark)
    b.block(0.4, 0.62, 0.6, 0.96, _WOOD)


def _star(b: _Brush) -> None:
    reach = (0.5, 0.21)
    angles = [math.pi * (k / 5 - 0.5) for k in range(10)]
    b.shape(*((0.5 + reach[k % 2] * math.cos(a), 0.53 + reach[k % 2] * math.sin(a)) for k, a in enumerate(angles)))


def _tree(b: _Brush) -> None:
    b.block(0.42, 0.62, 0.58, 0.98, _WOOD)
    b.shape((0.1, 0.72), (0.5, 0.24), (0.9, 0.72))
    b.shape((0.2, 0.44), (0.5, 0.02), (0.8, 0.44))


_SHAPES: dict[str, Callable[[_Brush], None]] = {
    "ball": _ball,
    "car": _car,
    "cup": _cup,
    "dog": _dog,
    "fish": _fish,
    "house": _house,
    "star": _star,
    "tree": _tree,
}
