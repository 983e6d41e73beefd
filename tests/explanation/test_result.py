"""Explanation: indices without a model call, JSON round trip, hostile files refused."""

import base64
import io
import json
import struct
import zlib
from contextlib import suppress
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from scipy.stats import false_discovery_control, norm

import spex_core
from spex_core.explanation.sources import PictureSource, TextSource
from spex_core.fourier.spectrum import Spectrum
from spex_core.runs.requests import request_of


def _function(masks):
    return 1.0 * masks[:, 0] - 2.0 * (masks[:, 1] & masks[:, 2])


@cache
def _explanation(**arguments):
    return spex_core.explain(_function, 8, budget=200, **arguments)


def test_interactions_are_ranked_and_need_no_model():
    explanation = _explanation()
    found = explanation.interactions("FSII", order=2)
    assert [abs(i.value) for i in found] == sorted((abs(i.value) for i in found), reverse=True)
    assert all(1 <= i.order <= 2 for i in found)
    moebius = {i.features: i.value for i in spex_core.explain(_function, 8, budget=256).interactions("moebius")}
    assert moebius == pytest.approx({(0,): 1.0, (1, 2): -2.0})


def test_ranges_contain_their_value():
    for interaction in _explanation().interactions("SII", order=2):
        assert interaction.low <= interaction.value <= interaction.high


def test_shapley_values_sum_to_the_difference_of_the_ends():
    explanation = spex_core.explain(lambda m: m.sum(axis=1) ** 2.0, 7, budget=128, max_order=7)
    total = sum(i.value for i in explanation.interactions("SV"))
    assert total == pytest.approx(explanation.output_full - explanation.output_empty)


def test_json_round_trip_is_exact():
    explanation = _explanation()
    again = spex_core.Explanation.from_json(explanation.to_json())
    assert again.to_json() == explanation.to_json()
    assert again.spectrum.supports == explanation.spectrum.supports
    assert again.draws.tobytes() == explanation.draws.tobytes()
    masks = np.random.default_rng(0).random((50, 8)) < 0.5
    assert again.predict(masks).tobytes() == explanation.predict(masks).tobytes()


@pytest.mark.parametrize("kind", ["text", "picture"])
def test_the_right_answer_comes_back_and_files_without_one_open(kind):
    text = TextSource("a b c d e f g h", tuple((at, at + 1) for at in range(0, 16, 2)), "word", "unk")
    explanation = replace(_explanation(), source=text) if kind == "text" else _picture()
    known = replace(explanation, source=replace(explanation.source, expected="“no”"))
    document = json.loads(known.to_json())
    assert document["expected"] == "“no”"
    again = spex_core.Explanation.from_json(known.to_json())
    assert again.source == known.source
    assert request_of(again).expected == "“no”"
    assert "expected" not in json.loads(explanation.to_json())
    assert spex_core.Explanation.from_json(explanation.to_json()).source.expected == ""
    for wrong in (7, None, "x" * 501):
        with pytest.raises(spex_core.StoreError):
            spex_core.Explanation.from_json(json.dumps(document | {"expected": wrong}))


@cache
def _two_outputs():
    """A dense function in so few masks that what predicts is larger than what is listed."""
    noise = np.random.default_rng(0)
    terms = {(i, j): 0.05 + 0.4 / (1 + i * j) for i in range(12) for j in range(i + 1, 12)}
    dense = Spectrum.from_dict(12, terms)
    return spex_core.explain(lambda m: dense.predict(m) + 0.3 * noise.normal(size=len(m)), 12, budget=200)


@pytest.mark.slow
def test_both_outputs_come_back_and_the_accurate_one_predicts():
    explanation = _two_outputs()
    again = spex_core.Explanation.from_json(explanation.to_json())
    assert again.to_json() == explanation.to_json()
    assert len(again.predicting) == len(again.accurate) > len(again.spectrum)
    assert again.accurate.to_dict() == explanation.accurate.to_dict()
    assert again.faithfulness_report == explanation.faithfulness_report
    assert again.listed_report == explanation.listed_report
    assert again.faithfulness_report.n_crossed > 0
    assert again.listed_faithfulness == again.listed_report.r2 < again.faithfulness
    masks = np.random.default_rng(0).random((50, 12)) < 0.5
    assert again.predict(masks).tobytes() == explanation.accurate.predict(masks).tobytes()
    assert not np.allclose(again.predict(masks), again.spectrum.predict(masks))


def test_files_from_before_there_were_two_outputs_open():
    document = json.loads(_two_outputs().to_json())
    del document["accurate"], document["listed_faithfulness"], document["faithfulness"]["n_crossed"]
    old = spex_core.Explanation.from_json(json.dumps(document))
    assert old.accurate is None
    assert old.predicting is old.spectrum
    assert old.listed_faithfulness == old.faithfulness
    assert old.faithfulness_report.n_crossed == 0


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d["accurate"][1].update(features=[12]),
        lambda d: d["accurate"][1].update(coefficient="1"),
        lambda d: d["accurate"].append(d["accurate"][1]),
        lambda d: d.update(accurate=7),
        lambda d: d.update(accurate=[{"features": [], "coefficient": 0.0}] * 100_001),
        lambda d: d.update(listed_faithfulness=0.5),
        lambda d: d["listed_faithfulness"].pop("n_test"),
        lambda d: d["faithfulness"].update(n_crossed=0.5),
    ],
)
def test_a_broken_second_output_is_refused(change):
    document = json.loads(_two_outputs().to_json())
    change(document)
    with pytest.raises(spex_core.StoreError):
        spex_core.Explanation.from_json(json.dumps(document))


@settings(deadline=None, max_examples=60)
@given(data=st.data(), seed=st.integers(0, 999))
def test_significant_is_benjamini_and_hochberg_over_the_list(data, seed):
    rng = np.random.default_rng(seed)
    sizes = data.draw(st.lists(st.floats(0.1, 9), min_size=1, max_size=12))
    spectrum = Spectrum.from_terms(12, [(i,) for i in range(len(sizes))], sizes)
    draws = spectrum.coefficients + rng.normal(size=(64, len(sizes)))
    labels = tuple("abcdefghijkl")
    explanation = replace(_explanation(), features=labels, spectrum=spectrum, draws=draws, resampled=None, _cache={})
    found = explanation.interactions("Fourier")
    assert len(found) == len(sizes)
    scores = np.array([2 * i.value / (i.high - i.value) for i in found])
    adjusted = false_discovery_control(2 * norm.sf(np.abs(scores)))
    clear = np.abs(adjusted - 0.05) > 1e-9
    assert np.array_equal(np.array([i.significant for i in found])[clear], (adjusted <= 0.05)[clear])


def test_what_is_exact_is_significant():
    found = spex_core.explain(_function, 8, budget=256).interactions("SII")
    assert found
    assert all(i.significant and i.low is None for i in found)


def test_json_holds_the_promised_fields():
    document = json.loads(_explanation(seed=3).to_json())
    assert document["schema"].startswith("spex")
    assert document["features"] == [str(i) for i in range(8)]
    assert {"features", "coefficient"} == set(document["spectrum"][0])
    assert {"full", "empty"} <= set(document["output"])
    assert {"r2", "n_test"} <= set(document["faithfulness"])
    assert {"model", "decode"} == set(document["seconds"])
    assert document["seed"] == 3
    assert {"model", "unit", "estimator", "budget", "evaluations"} <= set(document)


def _break(path, value):
    def change(document):
        *parents, last = path
        target = document
        for key in parents:
            target = target[key]
        target[last] = value

    return change


@pytest.mark.parametrize(
    "change",
    [
        _break(["schema"], "other/9"),
        _break(["features"], []),
        _break(["features"], ["x"] * 2000),
        _break(["features", 0], 5),
        _break(["spectrum", 0, "features"], [99]),
        _break(["spectrum", 0, "features"], [1, 1]),
        _break(["spectrum", 0, "features"], [True]),
        _break(["spectrum", 0, "coefficient"], "1e400"),
        _break(["spectrum", 0, "coefficient"], None),
        _break(["spectrum"], [{"features": [0], "coefficient": 1.0}] * 2),
        _break(["draws"], [[1.0]]),
        _break(["output", "full"], "big"),
        _break(["seconds"], 3),
        _break(["notes"], [1]),
        _break(["text"], 7),
        _break(["model_options"], {"query": 3}),
    ],
)
def test_broken_documents_are_refused_with_a_reason(change):
    document = json.loads(_explanation().to_json())
    document["model"] = "minilm-sentiment"
    change(document)
    with pytest.raises(spex_core.StoreError):
        spex_core.Explanation.from_json(json.dumps(document))


@pytest.mark.parametrize("text", ["", "null", "[]", "{", "NaN", '{"schema": "spex-explanation/1"}', "[" * 100_000])
def test_what_is_no_run_is_refused(text):
    with pytest.raises(spex_core.StoreError):
        spex_core.Explanation.from_json(text)


def test_nan_in_a_file_is_refused():
    text = _explanation().to_json().replace('"r2": ', '"r2": NaN, "was": ', 1)
    with pytest.raises(spex_core.StoreError, match="NaN"):
        spex_core.Explanation.from_json(text)


@settings(deadline=None, max_examples=80)
@given(st.data())
def test_mutated_files_open_or_raise_store_error(data):
    text = _FILE
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start, min(len(text), start + 40)))
    mutated = text[:start] + data.draw(st.text(max_size=8)) + text[end:]
    with suppress(spex_core.StoreError):
        spex_core.Explanation.from_json(mutated)


_FILE = _explanation().to_json()


def test_spans_must_fit_the_text():
    explanation = replace(
        _explanation(), source=TextSource("a b c d e f g h", tuple((2 * i, 2 * i + 1) for i in range(8)), "word", "unk")
    )
    assert spex_core.Explanation.from_json(explanation.to_json()).source == explanation.source
    document = json.loads(explanation.to_json())
    document["spans"][3] = [900, 901]
    with pytest.raises(spex_core.StoreError, match="spans"):
        spex_core.Explanation.from_json(json.dumps(document))


def test_stability_counts_the_groups_that_reappear_often_enough():
    one = _explanation()
    assert one.stability() == (1, 1)
    assert one.stability(order=1) is None  # no groups
    gone = one.resampled.copy()
    gone[:11, one.spectrum.supports.index((1, 2))] = 0.0
    assert replace(one, resampled=gone, _cache={}).stability() == (0, 1)  # 39 of 50
    gone[0] = one.resampled[0]
    assert replace(one, resampled=gone, _cache={}).stability() == (1, 1)  # 40 of 50
    exact = spex_core.explain(lambda m: m[:, 0] * 1.0, 3, budget=8)
    assert exact.stability() is None
    assert [i.reappears for i in exact.interactions()] == [None]


def test_resamples_come_back_and_older_files_have_none():
    one = _explanation()
    again = spex_core.Explanation.from_json(one.to_json())
    assert np.array_equal(again.resampled, one.resampled)
    assert again.interactions("SII") == one.interactions("SII")
    document = json.loads(one.to_json())
    del document["stability"]
    older = spex_core.Explanation.from_json(json.dumps(document))
    assert older.resampled is None
    assert {i.reappears for i in older.interactions()} == {None}


def test_resamples_follow_their_terms_whatever_the_order_of_the_file():
    document = json.loads(_explanation().to_json())
    document["spectrum"].reverse()
    for rows in (document["draws"], document["stability"]["resampled"]):
        for row in rows:
            row.reverse()
    assert spex_core.Explanation.from_json(json.dumps(document)).interactions() == _explanation().interactions()


@pytest.mark.parametrize(
    "resampled",
    [5, None, "x", [[1.0]], [["a"] * 5], [[None] * 5], [[True] * 5], [[1e999] * 5], [[0.0] * 5] * 300_000, {"a": 1}],
)
def test_resamples_that_do_not_fit_are_refused(resampled):
    document = json.loads(_explanation().to_json())
    assert len(document["spectrum"]) == 5
    document["stability"] = {"resampled": resampled}
    with pytest.raises(spex_core.StoreError):
        spex_core.Explanation.from_json(json.dumps(document))


def _picture(question="", spans=(), size=(12, 9)):
    """Six cells, and two words where there is a question."""
    file = io.BytesIO()
    Image.effect_noise(size, 40).convert("RGB").save(file, "PNG")
    n = 6 + len(spans)
    explanation = spex_core.explain(_function, n, budget=2**n)
    return replace(explanation, source=PictureSource(file.getvalue(), (3, 2), "mean", question, spans))


@pytest.mark.parametrize("source", [("", ()), ("a dog?", ()), ("a dog?", ((0, 1), (2, 6)))])
def test_pictures_come_back_whole(source):
    explanation = _picture(*source)
    again = spex_core.Explanation.from_json(explanation.to_json())
    assert again.source == explanation.source
    assert again.to_json() == explanation.to_json()
    document = json.loads(explanation.to_json())
    assert (document["unit"], document["grid"], document["masking"]) == ("patch", [3, 2], "mean")
    assert base64.b64decode(document["picture"]) == explanation.source.picture
    assert document["question"] == source[0]
    assert document["question_spans"] == [list(span) for span in source[1]]


def _header(width, height):
    body = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + body + struct.pack(">I", zlib.crc32(body))
    return base64.b64encode(data).decode()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_break(["picture"], 7), "expected text"),
        (_break(["picture"], ""), "not a PNG"),
        (_break(["picture"], "%%%"), "not a readable"),
        (_break(["picture"], base64.b64encode(b"GIF89a, not a PNG").decode()), "not a PNG"),
        (_break(["picture"], _header(60000, 60000)), "the limit is 25 megapixels"),
        (_break(["picture"], _header(2, 60)), "finer than a picture of 2 x 60"),
        (_break(["picture"], "A" * 22_000_000), "larger than 16 MB"),
        (_break(["picture"], "\u00e9" * 40), "not a readable"),
        (_break(["text"], "also a text"), "both a text and a picture"),
        (_break(["grid"], [2, 2]), "do not make 8 features"),
        (_break(["grid"], [6, 0]), "between 1 and 64"),
        (_break(["grid"], [3.0, 2]), "whole number"),
        (_break(["grid"], "32"), "whole number"),
        (_break(["grid"], [3]), "not \\(columns, rows\\)"),
        (_break(["grid"], None), "not a readable"),
        (_break(["unit"], "word"), "does not belong to a picture"),
        (_break(["masking"], "unk"), "does not belong to a picture"),
        (_break(["question"], None), "expected text"),
        (_break(["question"], ""), "spans do not fit"),
        (_break(["question_spans"], [[0, 1]]), "do not make 8 features"),
        (_break(["question_spans"], [[0, 1], [2, 60]]), "spans do not fit"),
        (_break(["question_spans"], [[2, 6], [0, 1]]), "spans do not fit"),
        (_break(["question_spans"], [[0], [1]]), "not a readable"),
        (lambda document: document.pop("grid"), "KeyError"),
        (lambda document: document.pop("question_spans"), "KeyError"),
    ],
)
def test_broken_pictures_are_refused_with_a_reason(change, words):
    document = json.loads(_picture("a dog?", ((0, 1), (2, 6))).to_json())
    change(document)
    with pytest.raises(spex_core.StoreError, match=words):
        spex_core.Explanation.from_json(json.dumps(document))


def test_reading_a_run_decodes_no_pixels(monkeypatch):
    text = _picture().to_json()
    monkeypatch.setattr("PIL.Image.open", None)
    assert spex_core.Explanation.from_json(text).source.grid == (3, 2)
