"""Signs are read towards and against the answer that the model gave, wherever they stand."""

import csv
import io
import itertools
from dataclasses import replace

import numpy as np
import pytest

from pages.components.result.downloads import interactions_csv
from spex_core.fourier.indices import INDICES
from spex_core.models.base import ModelSpec
from spex_core.views.explorer import payload
from spex_core.views.orientation import orientation, oriented
from spex_core.views.verdict import right_or_wrong, said

ANDS = {(0,): -0.9, (1,): 0.3, (1, 2): 1.4, (0, 1, 2): -0.5, (3,): -2.6}
MASKS = np.array(list(itertools.product([False, True], repeat=4)))


def _asked(explained, unit="log-odds", **changes):
    """Yes against no, where the model says no."""
    made = explained("no tram comes today", ANDS, constant=0.2, value_unit=unit, toward=("“no”", "“yes”"))
    model = ModelSpec("smollm2", {"question": "Does it come?", "answer": "yes", "against": "no"})
    rows = np.tile(made.spectrum.coefficients, (20, 1)) * np.linspace(0.5, 1.5, 20)[:, None]
    source = replace(made.source, expected="no")
    return replace(made, model=model, resampled=rows, source=source, **changes, _cache={})


def test_a_negative_answer_turns_the_whole_run_round(explained):
    run = _asked(explained)
    assert run.output_full < 0
    turned = oriented(run)
    assert turned.toward == ("“yes”", "“no”")
    assert (turned.output_full, turned.output_empty) == (-run.output_full, -run.output_empty)
    assert turned.predict(MASKS) == pytest.approx(-run.predict(MASKS))
    for known in INDICES:
        mine, other = ({i.features: i for i in each.interactions(known.name)} for each in (run, turned))
        assert mine.keys() == other.keys()
        for features, item in mine.items():
            seen = other[features]
            assert (seen.value, seen.low, seen.high) == pytest.approx((-item.value, -item.high, -item.low))
            assert (seen.significant, seen.reappears) == (item.significant, item.reappears)
    assert (said(turned), right_or_wrong(turned)) == (said(run), right_or_wrong(run)) == ("“no”", True)
    assert oriented(turned) is turned


def test_a_probability_becomes_that_of_the_other_answer(explained):
    run = _asked(explained, "probability", output_full=0.1, output_empty=0.7)
    turned = oriented(run)
    assert (turned.output_full, turned.output_empty) == pytest.approx((0.9, 0.3))
    assert turned.predict(MASKS) == pytest.approx(1 - run.predict(MASKS))
    assert orientation(run)(orientation(run)(0.25)) == 0.25
    assert turned.interactions("FBII")[0].value == pytest.approx(-run.interactions("FBII")[0].value)


def test_an_answer_on_the_rising_end_and_what_is_no_answer_stay(explained, review):
    assert oriented(review) is review
    assert oriented(replace(review, value_unit="cosine × 100", output_full=-3.0)).output_full == -3.0
    alone = _asked(explained, "probability", output_full=0.1)
    alone = replace(alone, model=ModelSpec("smollm2", {"answer": "yes"}), toward=("other answers", "“yes”"))
    assert oriented(alone) is alone
    photo = replace(alone, value_unit="log-odds", output_full=-2.0, toward=("not dog", "dog"))
    assert oriented(replace(photo, model=ModelSpec("photo", {"label": "dog"}))).output_full == -2.0


def test_a_classifier_of_two_classes_is_read_towards_the_one_it_gave(review):
    negative = replace(review, output_full=-0.6, model=ModelSpec("hf-classifier", {"label": "positive"}), _cache={})
    turned = oriented(negative)
    assert turned.toward == ("positive", "negative")
    assert said(turned) == said(negative) == "negative"
    assert turned.model.options == {"label": "negative", "against": "positive"}


@pytest.mark.parametrize("index", ["FBII", "FSII", "Fourier"])
def test_sentence_bar_try_it_and_table_agree_for_a_negative_answer(explained, index):
    run = _asked(explained)
    data = payload(run, index)
    assert data["toward"] == ["“yes”", "“no”"]
    assert data["ends"] == {"towards": "“no”", "against": "“yes”"}
    assert data["orientation"] == -1
    assert data["tryit"]["full"] == pytest.approx(-run.output_full)
    assert data["tryit"]["full"] > 0
    assert data["tryit"]["empty"] == pytest.approx(-run.output_empty)
    says = "".join(stretch["text"] for stretch in data["answer"]["says"])
    assert "“no”" in says
    assert "“yes”" not in says.split("“no”")[0]
    values = {tuple(row["features"]): row["value"] for row in data["table"]["rows"]}
    own = {item.features: item.value for item in run.interactions(index)}
    assert values == pytest.approx({features: -own[features] for features in values})
    written = csv.DictReader(io.StringIO(interactions_csv(run, index, None)))
    listed = {tuple(map(int, row["positions"].split())): row for row in written}
    assert {features: float(listed[features]["value"]) for features in values} == values
    if index != "Fourier":
        assert {listed[f]["towards"] == "“no”" for f, value in values.items() if value > 0} == {True}
        assert {listed[f]["towards"] == "“yes”" for f, value in values.items() if value < 0} == {True}
    assert data["run"] == payload(replace(run, output_full=0.5))["run"]  # the browser keeps what a person chose
