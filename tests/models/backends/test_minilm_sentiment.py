import csv

import numpy as np
import pytest

from spex_core.errors import ModelError
from spex_core.models.backends import minilm_sentiment
from spex_core.models.registry import load_backend
from spex_core.toys.sentiment import read_sst2
from tests.support.places import SHARED

DATA = SHARED / "data"
here = pytest.mark.skipif(not DATA.exists(), reason="the labelled sentences and reviews are not beside this checkout")


@pytest.fixture(scope="module")
def sentiment():
    return load_backend("minilm-sentiment")


def test_praise_scores_above_blame(sentiment):
    scores = sentiment.score(["A wonderful film, I loved it.", "A terrible film, I hated it."])
    assert scores[0] > 1
    assert scores[1] < -1
    assert (sentiment.unit, sentiment.toward) == ("log-odds", ("negative", "positive"))


@pytest.mark.parametrize(
    ("praise", "blame"),
    [
        ("Her acting never fails to impress", "Her acting fails to impress"),
        ("It is not bad at all", "It is bad"),
        ("It is good", "It is not good at all"),
    ],
)
def test_negation_turns_a_sentence_round(sentiment, praise, blame):
    scores = sentiment.score([praise, blame])
    assert scores[0] > 0 > scores[1]


@here
def test_sentences_it_has_not_seen_are_told_right(sentiment):
    """Every second one, of which it tells 89.2 % right (of all 88.1 %: benchmarks/sentiment.py)."""
    texts, labels = read_sst2(DATA / "sst2" / "test.tsv")
    least = 0.891 if sentiment.encoder.dtype == "fp32" else 0.886  # bfloat16 turns the few that lie on the edge
    assert ((sentiment.score(texts[::2]) > 0) == (labels[::2] > 0.5)).mean() >= least


@here
def test_most_short_reviews_are_told_right(sentiment):
    with (DATA / "reviews.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if int(row["n"]) <= 64]
    scores = sentiment.score([row["review"] for row in rows])
    right = (scores > 0) == np.array([row["sentiment"] == "positive" for row in rows])
    assert right.mean() >= 0.8


def test_an_incomplete_checkout_is_one_line(monkeypatch, tmp_path):
    monkeypatch.setattr(minilm_sentiment, "WEIGHTS", tmp_path / "nothing.safetensors")
    with pytest.raises(ModelError, match="not installed"):
        load_backend("minilm-sentiment")


def test_what_is_shipped_is_small():
    assert minilm_sentiment.WEIGHTS.stat().st_size <= 15e6
