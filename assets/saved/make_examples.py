"""Writes the saved runs of the examples again: text/ID.json.gz and image/ID.json.gz beside this file.

    PYTHONPATH=. .venv/bin/python assets/saved/make_examples.py [ID …]

from the root of the repository; without names all of them, some twenty minutes of one core, most of them SmolLM2's and
the photographs'. `--thumbnails` makes no run and only draws the gallery (findings.json) again. The runs that the pages
start with are not among them: see make_poster.sh.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeAlias

from pages.components.form import picture_examples, puzzles, ready_prompts, saved_runs, text_examples
from pages.components.form.fields import DEFAULT_BUDGET
from pages.components.result import welcome
from spex_core.models.base import ModelSpec
from spex_core.models.registry import backends, load_backend
from spex_core.runs.requests import PictureRequest, RunRequest, TextRequest

Example: TypeAlias = text_examples.TextExample | picture_examples.PictureExample

HERE = Path(__file__).parent
_SLOW = {"smollm2": 400, "photo": 600}  # passes of models that take long for one


def requests() -> Iterator[tuple[str, str, RunRequest]]:
    """(page, name, request) of every example, as the form asks when it is picked."""
    texts = [*text_examples.examples().values(), *ready_prompts.prompts("smollm2").values()]
    for puzzle in puzzles.puzzles().values():
        texts += [puzzles.example(puzzle, version) for version in puzzles.VERSIONS]
        texts += saved_runs.twins(puzzle)
    for one in texts:
        yield "text", one.id, TextRequest(text=one.text, model=_model(one), unit=one.unit, **_choices(one))
    for picture in picture_examples.examples().values():
        asked = {"model": _model(picture), "grid": picture.grid, **_choices(picture)}
        yield "image", picture.id, PictureRequest(picture=picture.picture, **asked)


def _model(example: Example) -> ModelSpec:
    return ModelSpec(example.model, {name: value for name, value in example.options.items() if value})


def _choices(example: Example) -> dict[str, Any]:
    masking = backends()[example.model].maskings[0]
    budget = _SLOW.get(example.model, DEFAULT_BUDGET)
    return {"masking": masking, "budget": budget, "expected": example.expected}


def main(wanted: list[str]) -> None:
    """Make the runs of these examples, of all where there is no name."""
    for page, name, request in requests():
        if (wanted and name not in wanted) or saved_runs.starts(page, name):
            continue
        began = time.monotonic()
        backend = load_backend(request.model.name, **request.model.options)
        explanation = request.explain(backend)
        photograph = isinstance(request, PictureRequest) and request.model.name == "photo"
        (HERE / page).mkdir(exist_ok=True)
        file = HERE / page / f"{name}.json.gz"
        file.write_bytes(saved_runs.write(explanation, with_picture=not photograph))
        r2, passes = explanation.faithfulness, explanation.evaluations
        seconds = time.monotonic() - began
        print(f"{name}: R2 {r2:.3f}, {passes:,} passes, {file.stat().st_size:,} bytes, {seconds:.0f} s", flush=True)


def thumbnails() -> None:
    """Draw the runs of the gallery again."""
    drawn = {one["id"]: welcome.drawn(one["runs"]) for one in welcome.listed()}
    text = json.dumps(drawn, ensure_ascii=False, separators=(",", ":"))
    (HERE / "thumbnails.json").write_text(text.replace('],"', '],\n"') + "\n", encoding="utf-8")


if __name__ == "__main__":
    if sys.argv[1:] != ["--thumbnails"]:
        main(sys.argv[1:])
    thumbnails()
