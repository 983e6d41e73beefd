"""A run on the built-in picture model as the page makes it: passes per second, and the time from Explain to result.

Run from the repository root: `python benchmarks/scenes.py [--grid 8x6] [--budget 1000] [--repeats 3]`. The runs go
through the run manager with its store in a new folder each time, early estimates included; the model is loaded before.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from spex_core.inputs.pictures import png_bytes
from spex_core.models.base import ModelSpec
from spex_core.runs.manager import RunManager
from spex_core.runs.requests import PictureRequest
from spex_core.runs.store.run_store import RunStore
from spex_core.toys.scenes.world import draw, random_scene

QUESTION = {"question": "is there a dog and a ball?", "answer": "yes", "against": "no"}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--grid", default="8x6")
    parser.add_argument("--budget", type=int, default=1000)
    parser.add_argument("--repeats", type=int, default=3)
    arguments = parser.parse_args()
    columns, rows = map(int, arguments.grid.split("x"))
    seconds, speeds, faith = [], [], []
    for repeat in range(arguments.repeats + 1):  # the first one warms up
        picture = png_bytes(draw(random_scene(np.random.default_rng(repeat), 4), 512, 3))
        request = PictureRequest(
            picture=picture, model=ModelSpec("scenes", QUESTION), grid=(columns, rows), budget=arguments.budget
        )
        with tempfile.TemporaryDirectory() as folder:
            manager = RunManager(RunStore(Path(folder)))
            manager.models.backend(request.model)
            started = time.perf_counter()
            run = manager.start(request)
            while run.live:
                time.sleep(0.02)
            took = time.perf_counter() - started
        if run.explanation is None:
            sys.exit(f"the run failed: {run.error}")
        if repeat:
            seconds.append(took)
            speeds.append(run.explanation.evaluations / run.explanation.seconds_model)
            faith.append(run.explanation.faithfulness)
    print(
        f"{arguments.grid}, {arguments.budget} passes: {statistics.median(speeds):.0f} passes/s in the model, "
        f"{statistics.median(seconds):.1f} s from start to result (medians of {arguments.repeats}), "
        f"R² {min(faith):.3f} to {max(faith):.3f}"
    )


if __name__ == "__main__":
    main()
