"""`python -m spex_core.toys.reading` trains the reader and exports it."""

from __future__ import annotations

import argparse
from pathlib import Path

from spex_core.toys.reading.trainer import Recipe, train


def main() -> None:
    """Train the reader, then export it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("build/reader"), help="checkpoints")
    parser.add_argument("--target", type=Path, default=Path("assets/models/reader"), help="where the model goes")
    parser.add_argument("--stop-at", type=int, default=10**9, help="step to stop at")
    parser.add_argument("--count", type=int, default=500, help="unseen questions per kind in the final test")
    options = parser.parse_args()
    from spex_core.toys.reading.export import export

    export(train(Recipe(), options.folder / "reader.safetensors", options.stop_at), options.target, options.count)


if __name__ == "__main__":
    main()
