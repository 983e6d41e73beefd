"""Drawn scenes: what is drawn is what the scene says, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spex_core.errors import InputError
from spex_core.toys.scenes.world import (
    BOARD,
    COLOURS,
    HEIGHT,
    KINDS,
    WIDTH,
    Scene,
    Thing,
    draw,
    random_scene,
    visible_share,
)


@given(st.integers(0, 10_000), st.integers(0, 5), st.sampled_from([BOARD, (6, 4), (4, 3), (2, 3)]))
@settings(deadline=None, max_examples=60)
def test_things_lie_in_squares_and_cells_of_their_own(seed: int, count: int, grid: tuple[int, int]) -> None:
    scene = random_scene(np.random.default_rng(seed), count, grid)
    assert len(scene.things) == count
    for columns, rows in (BOARD, grid):
        cells = set()
        for thing in scene.things:
            left, top, right, bottom = thing.box
            cell = int(thing.x / WIDTH * columns), int(thing.y / HEIGHT * rows)
            assert left >= cell[0] * WIDTH / columns - 1e-9
            assert right <= (cell[0] + 1) * WIDTH / columns + 1e-9
            assert top >= cell[1] * HEIGHT / rows - 1e-9
            assert bottom <= (cell[1] + 1) * HEIGHT / rows + 1e-9
            cells.add(cell)
        assert len(cells) == count


def test_a_grid_without_room_is_refused() -> None:
    with pytest.raises(InputError, match="do not fit"):
        random_scene(np.random.default_rng(0), 5, (2, 2))


@given(st.integers(0, 10_000), st.integers(1, 7), st.integers(1, 7))
@settings(deadline=None, max_examples=40)
def test_visible_share_counts_pixels(seed: int, columns: int, rows: int) -> None:
    rng = np.random.default_rng(seed)
    thing = Thing("cup", "red", float(rng.uniform(20, 100)), float(rng.uniform(20, 70)), float(rng.uniform(12, 20)))
    kept = rng.random((rows, columns)) < 0.5
    fine = 8  # points per unit of length
    x = (np.arange(WIDTH * fine) + 0.5) / fine
    y = (np.arange(HEIGHT * fine) + 0.5) / fine
    left, top, right, bottom = thing.box
    inside = np.outer((y > top) & (y < bottom), (x > left) & (x < right))
    shown = kept[(y * rows / HEIGHT).astype(int)][:, (x * columns / WIDTH).astype(int)]
    assert visible_share(thing, kept) == pytest.approx((inside & shown).sum() / inside.sum(), abs=0.02)


@pytest.fixture(scope="module")
def bare() -> np.ndarray:
    """A scene without a thing."""
    return np.asarray(draw(Scene((), seed=4), 512), dtype=int)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("colour", COLOURS)
def test_a_thing_changes_its_square_only_and_shows_its_colour(bare: np.ndarray, kind: str, colour: str) -> None:
    thing = Thing(kind, colour, 60.0, 50.0, 18.0)
    drawn = np.asarray(draw(Scene((thing,), seed=4), 512), dtype=int)
    changed = np.abs(drawn - bare).max(axis=2) > 0
    rows, columns = np.nonzero(changed)
    scale = 512 / WIDTH
    left, top, right, bottom = (edge * scale for edge in thing.box)
    assert left - 2 <= columns.min() <= columns.max() <= right + 2
    assert top - 2 <= rows.min() <= rows.max() <= bottom + 2
    near = np.abs(drawn - np.array(COLOURS[colour])).max(axis=2) < 30
    assert (near & changed).sum() > 0.12 * (right - left) * (bottom - top)


def test_the_same_scene_is_drawn_the_same() -> None:
    scene = random_scene(np.random.default_rng(3))
    assert draw(scene, 256).tobytes() == draw(scene, 256).tobytes()
    assert draw(scene, 256).size == (256, 192)
