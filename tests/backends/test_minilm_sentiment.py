import csv
from pathlib import Path

import numpy as np
import pytest

from spex_core.registry import load_backend

REVIEWS = Path(__file__).parents[3] / "shared" / "data" / "reviews.csv"


@pytest.fixture(scope="module")
def sentiment():
    return load_backend("minilm-sentiment")


def test_praise_scores_above_blame(sentiment):
    scores = sentiment.score(["A wonderful film, I loved it.", "A terrible film, I hated it."])
    assert scores[0] > 1
    assert scores[1] < -1
    assert (sentiment.unit, sentiment.toward) == ("log-odds", ("negative", "positive"))


@pytest.mark.skipif(not REVIEWS.exists(), reason="the labelled reviews are not here")
def test_most_short_reviews_are_told_right(sentiment):
    with REVIEWS.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if int(row["n"]) <= 64]
    scores = sentiment.score([row["review"] for row in rows])
    right = (scores > 0) == np.array([row["sentiment"] == "positive" for row in rows])
    assert right.mean() > 0.75
