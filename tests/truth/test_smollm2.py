"""The embedded chat model on reviews whose label is known: what it says is worth explaining."""

import csv

import numpy as np
import pytest

from spex_core.models.registry import load_backend
from tests.support.places import SHARED

DEV = SHARED / "data" / "sst2" / "dev.tsv"
SHOTS = (  # of 60 pairs of our own the best on 320 training sentences: .853, where the pair before had .797
    "Review: a thriller without a single thrill\nSentiment: negative\n\n"
    "Review: A delight from start to finish.\nSentiment: positive\n\nReview:"
)


@pytest.mark.slow
@pytest.mark.skipif(not DEV.exists(), reason="SST-2 is not beside this checkout")
def test_two_shots_tell_good_reviews_from_bad_ones():
    with DEV.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))[:200]
    backend = load_backend(
        "smollm2", instruction=SHOTS, question="Sentiment:", answer="positive", against="negative", template="plain"
    )
    scores = backend.score([text.strip() for text, _ in rows])
    right = (scores > 0) == np.array([label == "1" for _, label in rows])
    assert right.mean() >= 0.85  # .865 ± .024 where it was written, .849 ± .012 on all 872
