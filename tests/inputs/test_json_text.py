"""JSON within bounds: what is too much is refused before it is parsed, whatever stands in strings."""

import json
import time
import tracemalloc

import pytest

from spex_core.inputs.json_text import Bounds, read

SMALL = Bounds(size=10_000, items=20, containers=8, fields=8, depth=4, digits=12)


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        {"a": [1, 2.5, {"b": None}]},
        "[[[[[[[[[[,,,,,,,,,,,,,,,,,,,,,,,,,:::::::::::{{{{{{{{{",
        '"[[[[[[[[[["\\"[[[[[[[[[\\',
        ["\\", "[[[[[[[[[[[[", "\\\\", "{{{{{{{{{{{{{", '\\"[[[[[[[[[['],
        "1" * 100,
        "\u00e9\u4e2d\U0001f600",
    ],
)
@pytest.mark.parametrize("ascii_only", [True, False])
def test_what_is_within_bounds_is_what_json_makes_of_it(value, ascii_only):
    assert read(json.dumps(value, ensure_ascii=ascii_only), SMALL) == value


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[" * 5, "deep"),
        ('{"a":' * 5, "deep"),
        ("[" + "0," * 25, "elements"),
        ("[" + "[]," * 9, "arrays and objects"),
        ("{" + '"a":0,' * 9, "fields"),
        ('["\\"",' + "[]," * 9, "arrays and objects"),
        ('["\\\\",' + "[]," * 9, "arrays and objects"),
        ("1" * 13, "digits"),
        ("0." + "1" * 13, "digits"),
        ("x" * 10_001, "characters"),
        ("NaN", "NaN"),
        ("[-Infinity]", "Infinity"),
        ("", "value"),
        ("{", "property"),
        ('"\\', "Unterminated"),
    ],
)
def test_what_is_not_is_refused_in_words(text, words):
    with pytest.raises(ValueError, match=words):
        read(text, SMALL)


@pytest.mark.parametrize("length", [999_990, 1_000_000, 1_000_010])
def test_runs_of_digits_are_counted_over_the_ends_of_pieces(length):
    bounds = Bounds(digits=60)
    assert len(read('["' + "x" * length + '",' + "1" * 60 + "]", bounds)) == 2
    with pytest.raises(ValueError, match="digits"):
        read('["' + "x" * length + '",' + "1" * 61 + "]", bounds)
    with pytest.raises(ValueError, match="deep"):
        read('["' + "x" * length + '",' + "[" * 50 + "]", bounds)


@pytest.mark.parametrize("piece", ["[],", "{},", '{"a":0},', "0,", '"",', '"\\"",', "[", "1", "\\", '"'])
def test_a_large_file_is_refused_in_little_time_and_memory(piece):
    text = "[" + piece * (64_000_000 // len(piece) - 1)
    tracemalloc.start()
    began = time.process_time()
    with pytest.raises(ValueError):  # noqa: PT011  # words differ
        read(text, Bounds(size=64_000_000))
    took, peak = time.process_time() - began, tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert took < 1
    assert peak < 250_000_000
