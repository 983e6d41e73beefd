"""`python -m spex_core.toys.scenes` trains the model of drawn scenes, or goes on, and exports it."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from spex_core.toys.scenes.trainer import Recipe, train_here


def main() -> None:
    """Train, or go on training, then export."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("build/scenes"), help="checkpoints")
    parser.add_argument("--target", type=Path, default=Path("assets/models/scenes"), help="where the model goes")
    parser.add_argument("--processes", type=int, default=min(4, os.cpu_count() or 1))
    parser.add_argument("--stop-at", type=int, default=10**9, help="step to stop at")
    parser.add_argument("--scenes", type=int, default=1000, help="unseen scenes of the final test")
    parser.add_argument("--export-only", action="store_true")
    options = parser.parse_args()
    folder = options.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    if not options.export_only:
        import torch

        world = 1 if torch.cuda.is_available() else options.processes
        (folder / "meeting").unlink(missing_ok=True)
        arguments = (world, Recipe(), folder, options.stop_at)
        if world == 1:
            train_here(0, *arguments)
        else:
            torch.multiprocessing.spawn(train_here, arguments, nprocs=world)  # type: ignore[no-untyped-call, attr-defined]
    from spex_core.toys.scenes.export import export

    export(folder, options.target, options.scenes)


if __name__ == "__main__":
    main()
