"""Lessons of the embedded picture model: a drawn scene, perhaps partly hidden, with questions and the truth."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from spex_core.arrays import BoolArray, IntArray
from spex_core.toys.scenes.network import PATCH, TILE
from spex_core.toys.scenes.questions import KINDS_OF_QUESTION, SEEN, Question, View, ask, view
from spex_core.toys.scenes.world import COLOURS, HEIGHT, KINDS, WIDTH, Scene, draw, random_scene, visible_share

Pixels: TypeAlias = npt.NDArray[np.uint8]

GRIDS = ((4, 3), (6, 4), (8, 6), (12, 9))
UNCLEAR = -100
SIDE = TILE // PATCH  # patches along each side of a tile
_MARGIN = (WIDTH - HEIGHT) // 2  # rows that the processor pads above and below


@dataclass(frozen=True)
class Stage:
    """A part of the training.

    Attributes:
        steps: optimiser steps.
        questions: per scene.
        weights: of the kinds of question, in the order of `KINDS_OF_QUESTION`.
        dense: weight of the dense targets.
    """

    steps: int
    questions: int
    weights: tuple[float, ...]
    dense: float


@dataclass(frozen=True, eq=False)
class Lesson:
    """One scene with its questions, as arrays.

    Attributes:
        tile, base: (128, 128, 3) uint8, what the processor makes of the picture.
        dense: (2, 4, 64) class of each patch of base and tile: kind and colour of what covers it, kind and colour
            of what has its centre in it; 0 nothing, -100 unclear.
        questions: with their true answers.
        masked: whether any cell is hidden.
    """

    tile: Pixels
    base: Pixels
    dense: IntArray
    questions: list[Question]
    masked: bool = False


def random_cells(rng: np.random.Generator, scene: Scene) -> tuple[BoolArray, str] | None:
    """Cells kept, (rows, columns) bool, and how the others are hidden; None: everything is kept.

    Half of the pictures are whole. The rest hide a random share, some of them whole things and little else.
    """
    if rng.random() < 0.45:
        return None
    columns, rows = GRIDS[rng.integers(len(GRIDS))]
    if rng.random() < 0.1:
        columns, rows = int(rng.integers(2, 14)), int(rng.integers(2, 12))
    kept = rng.random((rows, columns)) >= rng.choice((0.1, 0.25, 0.5, 0.5, 0.75, 1.0))
    if rng.random() < 0.35:
        kept = rng.random((rows, columns)) >= rng.choice((0.0, 0.3, 0.6))
        for thing in scene.things:
            left, top, right, bottom = thing.box
            across = slice(int(left / WIDTH * columns), int(np.ceil(right / WIDTH * columns)))
            down = slice(int(top / HEIGHT * rows), int(np.ceil(bottom / HEIGHT * rows)))
            kept[down, across] = rng.random() < 0.5
    return kept, ("blur", "mean", "grey")[rng.integers(3)]


def hide(picture: Pixels, kept: BoolArray, how: str) -> Pixels:
    """(96, 128, 3) uint8 with the cells that are not `kept` replaced, as `ImageMasker` does."""
    from PIL import Image, ImageFilter

    height, width = picture.shape[:2]
    rows, columns = kept.shape
    down = np.searchsorted(np.round(np.arange(1, rows) * height / rows), np.arange(height), side="right")
    across = np.searchsorted(np.round(np.arange(1, columns) * width / columns), np.arange(width), side="right")
    if how == "blur":
        radius = max(float(np.hypot(height, width)) / 12, 5 / 6 * max(width / columns, height / rows))
        other = np.asarray(Image.fromarray(picture).filter(ImageFilter.GaussianBlur(radius)))
    else:
        tone = picture.reshape(-1, 3).mean(axis=0) if how == "mean" else np.full(3, 128.0)
        other = np.broadcast_to(np.round(tone).astype(np.uint8), picture.shape)
    return np.where(kept[down][:, across][:, :, None], picture, other)


def make_lesson(rng: np.random.Generator, stage: Stage) -> Lesson:
    """A random scene, perhaps partly hidden, with random questions."""
    from PIL import Image

    scene = random_scene(rng)
    cells = random_cells(rng, scene)
    picture = np.asarray(draw(scene, WIDTH, int(rng.integers(2, 5))))
    if cells is not None:
        picture = hide(picture, *cells)
    seen = view(scene, None if cells is None else cells[0])
    tile = np.zeros((TILE, TILE, 3), dtype=np.uint8)
    tile[_MARGIN : _MARGIN + HEIGHT] = picture
    base = np.asarray(Image.fromarray(picture).resize((TILE, TILE), Image.Resampling.BICUBIC))
    questions = list(_questions(rng, seen, stage)) if stage.questions else []
    dense = dense_targets(scene, None if cells is None else cells[0]) if stage.dense else np.zeros((2, 4, 0), int)
    return Lesson(tile, base, dense, questions, cells is not None)


def _questions(rng: np.random.Generator, seen: View, stage: Stage) -> Iterator[Question]:
    weights = np.array(stage.weights) / sum(stage.weights)
    found, tries = 0, 0
    captioned = False
    while found < stage.questions and tries < 20 * stage.questions:
        tries += 1
        kind = KINDS_OF_QUESTION[rng.choice(len(weights), p=weights)]
        if kind == "what is shown" and captioned:
            continue
        question = ask(seen, kind, rng)
        if question is not None:
            captioned = captioned or kind == "what is shown"
            found += 1
            yield question


def dense_targets(scene: Scene, kept: BoolArray | None) -> IntArray:
    """See `Lesson.dense`."""
    shares = [1.0 if kept is None else visible_share(thing, kept) for thing in scene.things]
    owner = np.zeros((HEIGHT, WIDTH), dtype=np.int64)
    for number, thing in enumerate(scene.things, start=1):
        left, top, right, bottom = (round(edge) for edge in thing.box)
        owner[top:bottom, left:right] = number
    if kept is not None:
        rows, columns = kept.shape
        down, across = np.arange(HEIGHT) * rows // HEIGHT, np.arange(WIDTH) * columns // WIDTH
        owner = np.where(kept[down][:, across], owner, 0)
    kinds = np.array([0, *(1 + KINDS.index(thing.kind) for thing in scene.things)])
    colours = np.array([0, *(1 + list(COLOURS).index(thing.colour) for thing in scene.things)])
    result = np.zeros((2, 4, SIDE, SIDE), dtype=np.int64)
    for place, step in enumerate((HEIGHT // SIDE, PATCH)):
        padded = np.zeros((step * SIDE, WIDTH), dtype=np.int64)
        margin = (step * SIDE - HEIGHT) // 2
        padded[margin : margin + HEIGHT] = owner
        blocks = padded.reshape(SIDE, step, SIDE, PATCH).transpose(0, 2, 1, 3).reshape(SIDE, SIDE, -1)
        cover = np.stack([(blocks == number).mean(axis=2) for number in range(1, len(kinds))] or [np.zeros((8, 8))])
        best, most = cover.argmax(axis=0) + 1, cover.max(axis=0)
        clear = most >= 0.3
        for head, classes in enumerate((kinds, colours)):
            chosen = classes[np.minimum(best, len(classes) - 1)]
            result[place, head] = np.where(clear, chosen, np.where(most <= 0.02, 0, UNCLEAR))
        for number, (thing, share) in enumerate(zip(scene.things, shares, strict=True), start=1):
            row, column = int((thing.y + margin) // step), int(thing.x // PATCH)
            sure = share >= SEEN
            result[place, 2, row, column] = kinds[number] if sure else UNCLEAR if share > 0.2 else 0
            result[place, 3, row, column] = colours[number] if sure else UNCLEAR if share > 0.2 else 0
    return result.reshape(2, 4, SIDE * SIDE)
