"""One effect per word and group: every view and every file prints the same number for it, whatever index and order."""

import csv
import io
import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pages.components.result.downloads import interactions_csv
from spex_core.fourier.conversions import alike, convert
from spex_core.fourier.indices import INDICES
from spex_core.views.explorer import payload
from spex_core.views.index_words import menu
from spex_core.views.labels import signed
from spex_core.views.shown import Shown

NAMES = [known.name for known in INDICES]
TEXT = "not so bad at all"
_NUMBER = re.compile(r"[+\u2212]?\d+\.?\d*")


@st.composite
def _random(draw, explained):
    """A sum of ANDs over five words, of which some hardly reappear."""
    members = st.sets(st.integers(0, 4), min_size=1, max_size=4).map(lambda chosen: tuple(sorted(chosen)))
    sizes = st.integers(-40, 40).filter(bool).map(lambda tenths: tenths / 10)
    ands = draw(st.dictionaries(members, sizes, min_size=1, max_size=6))
    explanation = explained(TEXT, ands, wobble=draw(st.sampled_from([0.0, 0.01])))
    seed = draw(st.integers(0, 5))
    kept = np.random.default_rng(seed).random((20, len(explanation.spectrum))) < 0.7
    return replace(explanation, resampled=kept * explanation.spectrum.coefficients, _cache={})


@settings(max_examples=25, deadline=None)
@given(data=st.data(), index=st.sampled_from(NAMES), order=st.sampled_from([None, 1, 2, 3]))
def test_each_number_of_a_word_and_a_group_is_that_of_the_table(explained, data, index, order):
    explanation = data.draw(_random(explained))
    sent = payload(explanation, index, order)
    rows = {tuple(row["features"]): row for row in sent["table"]["rows"]}
    numbered = {row["number"]: row for row in rows.values() if row["number"]}
    shown = {features: row for features, row in rows.items() if not row["weak"]}

    for f, value in enumerate(sent["heat"]["values"]):
        assert value == (shown[f,]["value"] if (f,) in shown else 0.0)
        assert np.sign(sent["heat"]["tints"][f]) == (shown[f,]["push"] if (f,) in shown else 0)
    assert len(numbered) == sent["table"]["groups"]

    written = csv.DictReader(io.StringIO(interactions_csv(explanation, index, order)))
    listed = {tuple(map(int, line["positions"].split())): float(line["value"]) for line in written}
    assert {features: row["value"] for features, row in rows.items()}.items() <= listed.items()

    printed = {signed(row["value"], sent["scale"]) for row in shown.values()}
    told = {
        signed(row[end], sent["scale"]) for row in shown.values() for end in ("low", "high") if row[end] is not None
    }
    for sentence in sent["answer"]["why"]:
        for piece in sentence:
            numbers = set(_NUMBER.findall(re.sub("false-discovery rate of .*|“[^”]*”", "", piece["text"])))
            assert numbers <= printed | told, piece["text"]
            if piece["badge"] and piece["kind"] == "strong":
                assert piece["text"] == signed(numbered[piece["badge"]]["value"], sent["scale"])


@settings(max_examples=25, deadline=None)
@given(data=st.data(), index=st.sampled_from(NAMES), order=st.sampled_from([None, 1, 2, 3]))
def test_a_menu_marks_the_indices_whose_numbers_are_the_same(explained, data, index, order):
    explanation = data.draw(_random(explained))
    entries = {entry["name"]: entry for entry in menu(Shown(explanation, index, order))}
    assert entries[index]["same"] == ""
    titles = {known.title: known.name for known in INDICES}
    for name, entry in entries.items():
        if entry["same"]:
            mine, other = (
                {i.features: i.value for i in explanation.interactions(n, order)} for n in (name, titles[entry["same"]])
            )
            assert mine == pytest.approx(other, abs=1e-9)


def test_indices_that_differ_for_some_function_are_not_called_the_same():
    supports = [(0,), (1, 2), (0, 3, 4)]
    values = np.array([0.7, -0.3, 0.45])
    for order in (None, 1, 2, 3):
        same = alike([1, 2, 3], NAMES, order)
        tables = {}
        for name in NAMES:
            found, coefficients = convert(5, supports, values, name, order)
            tables[name] = {s: v for s, v in zip(found, coefficients.tolist(), strict=True) if s and abs(v) > 1e-12}
        for name in NAMES:
            for other in NAMES:
                equal = tables[name].keys() == tables[other].keys() and tables[name] == pytest.approx(tables[other])
                assert (same[name] == same[other]) == equal, (name, other, order)


def test_where_nothing_is_of_order_three_all_averages_are_one_index():
    same = alike([1, 2], NAMES)
    assert same["SII"] == same["BII"] != same["FBII"] == same["Moebius"]
    assert alike([1], NAMES)["FSII"] == alike([1], NAMES)["BII"]
    assert alike([], NAMES) == dict.fromkeys(NAMES, NAMES[0])
