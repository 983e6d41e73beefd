"""Fits the slope and offset of minilm-sentiment, and reports how often it is right.

Run from the repository root: `python benchmarks/minilm_calibration.py [DATA]`, DATA holding sst2/*.tsv and
reviews.csv (default: ../shared/data). The fit sees every third SST-2 training sentence, nothing else.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import numpy as np
from scipy.optimize import minimize

from spex_core.arrays import FloatArray
from spex_core.backends.minilm_sentiment import NEGATIVE, OFFSET, POSITIVE, SLOPE
from spex_core.minilm import shared_encoder


def sst2(path: Path, step: int = 1) -> tuple[list[str], FloatArray]:
    """Sentences and labels (0 negative, 1 positive) of every `step`-th line."""
    lines = path.read_text(encoding="utf-8").splitlines()[::step]
    pairs = [line.rsplit("\t", 1) for line in lines]
    return [text for text, _ in pairs], np.array([float(label) for _, label in pairs])


def reviews(path: Path, most_words: int) -> tuple[list[str], FloatArray]:
    """Reviews of at most `most_words` words and their labels."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if int(row["n"]) <= most_words]
    return [row["review"] for row in rows], np.array([float(row["sentiment"] == "positive") for row in rows])


def main() -> None:
    """Fit, then print accuracy and log loss on every set."""
    data = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[2] / "shared" / "data"
    encoder = shared_encoder()
    ends = encoder.embed([*POSITIVE, *NEGATIVE])
    direction = ends[: len(POSITIVE)].mean(axis=0) - ends[len(POSITIVE) :].mean(axis=0)

    def loss(parameters: FloatArray, difference: FloatArray, labels: FloatArray) -> float:
        log_odds = 10 * parameters[0] * difference + parameters[1]
        return float(np.logaddexp(0, -(2 * labels - 1) * log_odds).mean())

    texts, labels = sst2(data / "sst2" / "train.tsv", step=3)
    fitted = minimize(loss, [1.0, 0.0], args=(encoder.embed(texts) @ direction, labels)).x
    print(f"fitted on {len(texts)} sentences: slope {10 * fitted[0]:.2f}, offset {fitted[1]:.2f}")
    print(f"committed:                   slope {SLOPE:.2f}, offset {OFFSET:.2f}")
    sets = {
        "sst2 dev": sst2(data / "sst2" / "dev.tsv"),
        "sst2 test": sst2(data / "sst2" / "test.tsv"),
        "reviews <= 256 words": reviews(data / "reviews.csv", 256),
        "reviews, all": reviews(data / "reviews.csv", 10**6),
    }
    for name, (texts, labels) in sets.items():
        difference = encoder.embed(texts) @ direction
        right = ((SLOPE * difference + OFFSET > 0) == (labels > 0.5)).mean()
        surprise = loss(np.array([SLOPE / 10, OFFSET]), difference, labels)
        print(f"{name}: n {len(texts)}, accuracy {right:.3f}, log loss {surprise:.3f}")


if __name__ == "__main__":
    main()
