"""The example pictures: drawn scenes with a question, and scenes drawn at random."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from spex_core.inputs.pictures import png_bytes
from spex_core.plugins import ASSETS
from spex_core.toys.scenes.questions import ask, view
from spex_core.toys.scenes.world import Scene, Thing, draw, random_scene

_FILE = ASSETS / "examples" / "pictures.json"
WIDTH = 512  # pixels


@dataclass(frozen=True)
class PictureExample:
    """A scene with a question that suits it.

    Attributes:
        id: stable name.
        title: what the button says.
        scene: what is drawn.
        question: what is asked.
        answer, against: the answers compared; "" for none.
        grid: (columns, rows).
        why: what to look for.
    """

    id: str
    title: str
    scene: Scene
    question: str
    answer: str = ""
    against: str = ""
    grid: tuple[int, int] = (8, 6)
    why: str = ""

    @property
    def picture(self) -> bytes:
        """The scene as PNG."""
        return scene_png(self.scene)


@lru_cache(maxsize=32)
def scene_png(scene: Scene) -> bytes:
    """A scene as a PNG file."""
    return png_bytes(draw(scene, WIDTH, 3))


@lru_cache(maxsize=1)
def examples() -> dict[str, PictureExample]:
    """Id -> example, in the order of the file; empty where there is none."""
    if not _FILE.exists():
        return {}
    found = {}
    for entry in json.loads(_FILE.read_text(encoding="utf-8")):
        scene = Scene(tuple(Thing(*thing) for thing in entry.pop("things")), entry.pop("seed"))
        grid = tuple(entry.pop("grid", (8, 6)))
        found[entry["id"]] = PictureExample(scene=scene, grid=(grid[0], grid[1]), **entry)
    return found


def random_example(seed: int) -> PictureExample:
    """A random scene with a random question about it, for the "another scene" button."""
    rng = np.random.default_rng(seed)
    scene = random_scene(rng, count=int(rng.integers(2, 5)), grid=(6, 4))
    kinds = ("joint presence", "presence", "colour")
    asked = None
    while asked is None:
        asked = ask(view(scene), kinds[int(rng.integers(len(kinds)))], rng)
    yes_no = asked.answer in ("yes", "no")
    return PictureExample(
        "another",
        "Another scene",
        scene,
        asked.text[:1].upper() + asked.text[1:],
        answer="yes" if yes_no else "",
        against="no" if yes_no else "",
        grid=(6, 4),
    )
