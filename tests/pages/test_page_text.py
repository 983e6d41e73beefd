"""The shell's plain parts: escaping, the budget's steps, downloads, counting."""

import csv
import io
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import spex_core
from pages.components.common.budget import MOST, buys, duration, ladder, nearest
from pages.components.common.markup import sentence, tag
from pages.components.form.cost_line import forecast_says
from pages.components.form.counting import count_text
from pages.components.result.downloads import COLUMNS, inert, interactions_csv
from spex_core.engine.budget import Cost
from spex_core.estimation.registry import estimators
from spex_core.inputs.base import MAX_FEATURES
from spex_core.models.base import Forecast, ModelSpec
from spex_core.runs.requests import TextRequest

NASTY = "<img src=x onerror=alert(1)> **b** $x$ :red[y] </p><script>alert(2)</script> & \"'"


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


@given(st.text(min_size=1), st.text())
@settings(deadline=None)
def test_text_in_markup_stays_text(child: str, attribute: str) -> None:
    reader = _Reader()
    reader.feed(tag("p", child, tag("b", "x"), class_=attribute))
    reader.close()
    assert reader.tags == ["p", "b"]
    assert reader.text.replace("\r\n", "\n").replace("\r", "\n") == (child + "x").replace("\r\n", "\n").replace(
        "\r", "\n"
    )


def test_html_in_a_label_is_escaped() -> None:
    reader = _Reader()
    reader.feed(tag("p", NASTY))
    assert reader.tags == ["p"]
    assert reader.text == NASTY


@given(st.integers(1, MAX_FEATURES), st.integers(2, 5000))
@settings(deadline=None)
def test_ladder_runs_from_the_minimum_to_the_top(n: int, minimum: int) -> None:
    steps = ladder(n, minimum)
    top = min(MOST, 2**n)
    assert steps == sorted(set(steps))
    assert steps[0] == min(minimum, top)
    assert steps[-1] == top


def test_ladder_of_one_feature_holds_both_masks_only() -> None:
    assert ladder(1, 2) == [2]


def test_nearest_step_is_nearest_in_ratio() -> None:
    assert nearest([10, 100, 1000], 40) == 100
    assert nearest([10, 100, 1000], 30) == 10
    assert nearest([10, 100, 1000], 10**6) == 1000


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.2, "about 1 s"),
        (12.4, "about 12 s"),
        (110, "about 1 min 50 s"),
        (3000, "about 50 min"),
        (9000, "about 2.5 h"),
    ],
)
def test_duration_in_words(seconds: float, words: str) -> None:
    assert duration(seconds) == words


def test_an_error_becomes_a_sentence() -> None:
    assert sentence(ValueError("no GPU")) == "No GPU."


def test_a_long_run_on_the_processor_is_warned_of() -> None:
    slow = Forecast(download_bytes=0, device="cpu", passes_per_second=0.1)
    assert forecast_says(slow, 1000)[-1] == ("About 2.8 h on this processor: use a GPU or an endpoint.", "warning")


@pytest.mark.parametrize("text", ["=1+1", "+1", "-2", "@cmd", "\tx", "\rx", " =1", "\n=1"])
def test_formulas_are_made_inert(text: str) -> None:
    assert inert(text) == "'" + text


@pytest.mark.parametrize("text", ["word", "a=b", "1-2", "don't"])
def test_other_text_is_left_alone(text: str) -> None:
    assert inert(text) == text


def _explanation(labels: list[str]) -> spex_core.Explanation:
    def value(masks: np.ndarray) -> np.ndarray:
        return masks[:, 0] * 2.0 - masks[:, 1] * masks[:, 2] * 3.0

    return spex_core.explain(value, labels, budget=8, seed=1)


def test_csv_holds_every_interaction_by_position_and_inert_words() -> None:
    explanation = _explanation(["=HYPERLINK(1)", 'say "hi", you', "line\nend"])
    table = list(csv.reader(io.StringIO(interactions_csv(explanation, "Moebius", None))))
    assert tuple(table[0]) == COLUMNS
    rows = [dict(zip(COLUMNS, row, strict=True)) for row in table[1:]]
    listed = explanation.interactions("Moebius", None)
    assert [row["positions"] for row in rows] == [" ".join(map(str, item.features)) for item in listed]
    assert [float(row["value"]) for row in rows] == [item.value for item in listed]
    joint = next(row for row in rows if row["positions"] == "1 2")
    assert float(joint["value"]) == pytest.approx(-3.0)
    assert joint["words"] == 'say "hi", you · line\nend'
    assert next(row for row in rows if row["positions"] == "0")["words"] == "'=HYPERLINK(1)"


def test_csv_marks_what_is_significant() -> None:
    exact = _explanation(["a", "b", "c"])
    rng = np.random.default_rng(0)
    doubtful = exact.spectrum.coefficients + rng.standard_normal((50, len(exact.spectrum))) * [
        50.0 if support == (1, 2) else 0.01 for support in exact.spectrum.supports
    ]
    for explanation in (exact, replace(exact, draws=doubtful, _cache={})):
        rows = csv.DictReader(io.StringIO(interactions_csv(explanation, "BII", None)))
        marks = {row["positions"]: row["significant"] for row in rows}
        listed = explanation.interactions("BII")
        expected = {" ".join(map(str, i.features)): "yes" if i.significant else "no" for i in listed}
        assert marks == expected
    assert marks["1 2"] == "no"
    assert marks["0"] == "yes"


@pytest.mark.parametrize(
    ("estimator", "requested", "says"),
    [
        ("hybrid", "auto", "automatic choice: first order, SPEX, ProxySPEX and a Gaussian process, averaged"),
        ("gp", "auto", "automatic choice: first order, ProxySPEX and a Gaussian process, averaged"),
        ("gp", "gp", estimators()["gp"].title),
        ("exact", "auto", f"automatic choice: {estimators()['exact'].title}"),
    ],
)
def test_what_the_automatic_choice_does_is_said(estimator: str, requested: str, says: str) -> None:
    assert buys(Cost(100, estimator, 4, 2), requested) == f"finds up to order 4 · {says}"


def _request(text: str, unit: str = "word") -> TextRequest:
    return TextRequest(text=text, model=ModelSpec("minilm-sentiment", {}), unit=unit)


def test_features_are_counted_in_words_of_a_person() -> None:
    assert count_text(_request("one two three")).says == "3 words → 3 features"
    assert count_text(_request("one")).says == "1 word → 1 feature"
    assert count_text(_request("One two. Three.", "sentence")).features == 2


@pytest.mark.parametrize("text", ["", "   ", "\n\t"])
def test_empty_text_is_asked_for(text: str) -> None:
    count = count_text(_request(text))
    assert count.features is None
    assert "text" in count.problem


def test_too_many_words_suggests_sentences() -> None:
    count = count_text(_request("word " * (MAX_FEATURES + 1)))
    assert count.features is None
    assert "1,024" in count.problem
    assert "sentences" in count.problem
