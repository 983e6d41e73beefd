"""Ground truth: the generator knows which cells hold which thing, and the explanation must find them."""

from __future__ import annotations

import numpy as np

from spex_core import explain_image, load_backend
from spex_core.explanation.result import Explanation
from spex_core.toys.scenes.world import HEIGHT, WIDTH, Scene, Thing, draw, random_scene

GRID = (6, 4)
SEED = 7_000_000  # no lesson uses it
SCENES = 24
BUDGET = 120


def _cell(thing: Thing) -> int:
    column, row = int(thing.x / WIDTH * GRID[0]), int(thing.y / HEIGHT * GRID[1])
    return row * GRID[0] + column


def _explain(scene: Scene, question: str) -> Explanation:
    backend = load_backend("scenes", question=question, answer="yes", against="no")
    return explain_image(draw(scene, 128, 4), backend, grid=GRID, budget=BUDGET, estimator="gp", max_order=3)


def _scenes(pairs: bool, count: int = SCENES) -> list[tuple[Scene, Thing, Thing]]:
    """Unseen scenes with two things of one kind, or of two kinds that nothing else in the scene is of."""
    found = []
    seed = SEED
    while len(found) < count:
        seed += 1
        scene = random_scene(np.random.default_rng(seed), count=4, grid=GRID)
        kinds = [thing.kind for thing in scene.things]
        if pairs:
            twice = [kind for kind in kinds if kinds.count(kind) == 2]
            chosen = [thing for thing in scene.things if twice and thing.kind == twice[0]]
        else:
            chosen = [thing for thing in scene.things if kinds.count(thing.kind) == 1][:2]
        if len(chosen) == 2:
            found.append((scene, chosen[0], chosen[1]))
    return found


def _a(noun: str) -> str:
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


def test_a_conjunction_joins_the_cells_of_both_things() -> None:
    right = 0
    for scene, one, other in _scenes(pairs=False):
        explanation = _explain(scene, f"is there {_a(one.kind)} and {_a(other.kind)}?")
        joint = [found for found in explanation.interactions() if found.order >= 2 and found.value > 0]
        right += bool(joint) and {_cell(one), _cell(other)} <= set(joint[0].features)
    assert right >= 0.9 * SCENES


def test_two_of_a_kind_make_each_other_redundant() -> None:
    right = 0
    scenes = _scenes(pairs=True, count=SCENES // 2)
    for scene, one, other in scenes:
        explanation = _explain(scene, f"is there {_a(one.kind)}?")
        both = [found for found in explanation.interactions() if {_cell(one), _cell(other)} <= set(found.features)]
        right += bool(both) and both[0].value < 0
    assert right >= 0.9 * len(scenes)
