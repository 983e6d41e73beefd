"""Real reviews from the command line; the data is not part of the project."""

import csv

import pytest

import spex_core
from spex_core.cli import main
from tests.support.places import SHARED

REVIEWS = SHARED / "data" / "reviews.csv"


def _reviews(count):
    if not REVIEWS.exists():
        return [pytest.param("", marks=pytest.mark.skip(reason=f"{REVIEWS.name} is not beside this checkout"))]
    with REVIEWS.open(encoding="utf-8", newline="") as file:
        rows = sorted(csv.DictReader(file), key=lambda row: int(row["n"]))
    return [row["review"] for row in rows[:: len(rows) // (2 * count)][:count]]


@pytest.mark.parametrize("text", _reviews(2), ids=lambda text: text[:20])
def test_a_review_is_explained_and_comes_back_whole(text, tmp_path, capsys):
    (tmp_path / "review.txt").write_bytes(text.encode())
    target = tmp_path / "out.json"
    arguments = ["--model", "minilm-sentiment", "--masking", "removal", "--budget", "100", "--json", str(target)]
    assert main(["explain", "--text-file", str(tmp_path / "review.txt"), *arguments]) == 0
    explanation = spex_core.Explanation.from_json(target.read_text(encoding="utf-8"))
    assert explanation.source.text == text
    assert explanation.evaluations <= 100
    report = explanation.faithfulness_report
    assert report.low <= report.r2 <= report.high
    assert "R²" in capsys.readouterr().out
