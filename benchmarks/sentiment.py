"""How often minilm-sentiment is right, on data that it has not seen.

Run from the repository root: `python benchmarks/sentiment.py [DATA]`, DATA holding sst2/*.tsv and reviews.csv
(default: ../shared/data). Training (`make sentiment`) reads the SST-2 training sentences only; the recipe was chosen
among four by the development sentences.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from spex_core.arrays import FloatArray
from spex_core.models.registry import load_backend
from spex_core.toys.sentiment import read_sst2

PAIRS = (
    "Her acting never fails to impress",
    "Her acting fails to impress",
    "It is not bad at all",
    "It is bad",
    "It is not good at all",
    "It is good",
)


def reviews(path: Path, most_words: int) -> tuple[list[str], FloatArray]:
    """Reviews of at most `most_words` words and their labels."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if int(row["n"]) <= most_words]
    return [row["review"] for row in rows], np.array([float(row["sentiment"] == "positive") for row in rows])


def main() -> None:
    """Print accuracy and log loss on every set, and the scores of a few pairs."""
    data = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[2] / "shared" / "data"
    model = load_backend("minilm-sentiment")
    sets = {
        "sst2 dev": read_sst2(data / "sst2" / "dev.tsv"),
        "sst2 test": read_sst2(data / "sst2" / "test.tsv"),
        "reviews <= 256 words": reviews(data / "reviews.csv", 256),
        "reviews, all": reviews(data / "reviews.csv", 10**6),
    }
    for name, (texts, labels) in sets.items():
        scores = model.score(texts)
        right = ((scores > 0) == (labels > 0.5)).mean()
        surprise = np.logaddexp(0, -(2 * labels - 1) * scores).mean()
        print(f"{name}: n {len(texts)}, accuracy {right:.3f}, log loss {surprise:.3f}")
    for text, score in zip(PAIRS, model.score(PAIRS), strict=True):
        print(f"{score:+.2f}  {text}")


if __name__ == "__main__":
    main()
