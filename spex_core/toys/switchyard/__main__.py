"""`python -m spex_core.toys.switchyard` trains both models of tram puzzles and exports them."""

from __future__ import annotations

import argparse
from pathlib import Path

from spex_core.toys.switchyard.trainer import RECIPES, train


def main() -> None:
    """Train both models, then export them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("build/switchyard"), help="checkpoints")
    parser.add_argument("--target", type=Path, default=Path("assets/models"), help="where the models go")
    parser.add_argument("--only", choices=tuple(RECIPES), help="train and write one of the two")
    parser.add_argument("--stop-at", type=int, default=10**9, help="step to stop at")
    parser.add_argument("--puzzles", type=int, default=1000, help="unseen puzzles per kind in the final test")
    options = parser.parse_args()
    from spex_core.toys.switchyard.export import export

    for name, recipe in RECIPES.items():
        if options.only in (None, name):
            export(name, train(name, recipe, options.folder, options.stop_at), options.target / name, options.puzzles)


if __name__ == "__main__":
    main()
