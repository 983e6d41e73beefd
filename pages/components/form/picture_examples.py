"""The example pictures: photographs that scikit-image brings along, drawn scenes, and scenes drawn at random."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np

from spex_core.errors import ModelError
from spex_core.inputs.pictures import png_bytes
from spex_core.models.packaged import Packaged
from spex_core.plugins import ASSETS
from spex_core.toys.scenes.questions import ask, view
from spex_core.toys.scenes.world import Scene, Thing, draw, random_scene

_FILE = ASSETS / "examples" / "pictures.json"
_INSTALL = "pip install scikit-image==0.26.0"
WIDTH = 512  # pixels


@dataclass(frozen=True)
class PictureExample:
    """A picture with the settings that suit it.

    Attributes:
        id: stable name.
        title: what the button says.
        picture: the file's bytes.
        model: name of the backend.
        options: the backend's options.
        grid: (columns, rows).
        why: what to look for.
        credit: who made the picture, and that it may be used; "" for those drawn here.
        expected: the answer that is right, "" where nobody says.
    """

    id: str
    title: str
    picture: bytes = field(repr=False)
    model: str
    options: dict[str, str] = field(default_factory=dict)
    grid: tuple[int, int] = (8, 6)
    why: str = ""
    credit: str = ""
    expected: str = ""


@lru_cache(maxsize=1)
def examples() -> dict[str, PictureExample]:
    """Id -> example, in the order of the file; without the photographs where they are not installed."""
    if not _FILE.exists():
        return {}
    found = {}
    for entry in json.loads(_FILE.read_text(encoding="utf-8")):
        picture = _photograph(entry) if "file" in entry else _scene(entry)
        if picture is not None:
            columns, rows = entry.pop("grid", (8, 6))
            found[entry["id"]] = PictureExample(picture=picture, grid=(columns, rows), **entry)
    return found


def random_example(seed: int) -> PictureExample:
    """A random scene with a random question about it, for the "another scene" button."""
    rng = np.random.default_rng(seed)
    scene = random_scene(rng, count=int(rng.integers(2, 5)), grid=(6, 4))
    kinds = ("joint presence", "presence", "colour")
    asked = None
    while asked is None:
        asked = ask(view(scene), kinds[int(rng.integers(len(kinds)))], rng)
    options = {"question": asked.text[:1].upper() + asked.text[1:]}
    if asked.answer in ("yes", "no"):
        options |= {"answer": "yes", "against": "no"}
    return PictureExample(
        "another", "Another scene", _drawn(scene), "scenes", options, grid=(6, 4), expected=asked.answer
    )


def _photograph(entry: dict[str, Any]) -> bytes | None:
    """A file of the installed scikit-image, which is not imported for it; None where it is not there."""
    file = Packaged("skimage", f"data/{entry.pop('file')}", entry.pop("sha256"), _INSTALL, "scikit-image")
    try:
        return file.open().getvalue()
    except ModelError:
        return None


def _scene(entry: dict[str, Any]) -> bytes:
    return _drawn(Scene(tuple(Thing(*thing) for thing in entry.pop("things")), entry.pop("seed")))


def _drawn(scene: Scene) -> bytes:
    """A scene as a PNG file."""
    return png_bytes(draw(scene, WIDTH, 3))
