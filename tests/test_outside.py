"""What comes from outside, within bounds: what is too much is refused before it is read, whatever stands in strings."""

import json
import time
import tracemalloc

import pytest

from spex_core.outside import Bounds, decoded, parse, read_file

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
    assert parse(json.dumps(value, ensure_ascii=ascii_only), SMALL) == value


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
        parse(text, SMALL)


@pytest.mark.parametrize("length", [999_990, 1_000_000, 1_000_010])
def test_runs_of_digits_are_counted_over_the_ends_of_pieces(length):
    bounds = Bounds(digits=60)
    assert len(parse('["' + "x" * length + '",' + "1" * 60 + "]", bounds)) == 2
    with pytest.raises(ValueError, match="digits"):
        parse('["' + "x" * length + '",' + "1" * 61 + "]", bounds)
    with pytest.raises(ValueError, match="deep"):
        parse('["' + "x" * length + '",' + "[" * 50 + "]", bounds)


@pytest.mark.parametrize("piece", ["[],", "{},", '{"a":0},', "0,", '"",', '"\\"",', "[", "1", "\\", '"'])
def test_a_large_file_is_refused_in_little_time_and_memory(piece):
    text = "[" + piece * (64_000_000 // len(piece) - 1)
    tracemalloc.start()
    began = time.process_time()
    with pytest.raises(ValueError):  # noqa: PT011  # words differ
        parse(text, Bounds(size=64_000_000))
    took, peak = time.process_time() - began, tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert took < 3  # a third of it on a machine that has nothing else to do
    assert peak < 250_000_000


def test_a_short_text_is_held_to_its_bounds_too():
    bounds = Bounds(depth=3, digits=5)
    assert parse(b'{"a": [1, [12345]]}', bounds) == {"a": [1, [12345]]}
    for text in ("[[[[0]]]]", "[123456]", '{"a":' * 4 + "0" + "}" * 4):
        with pytest.raises(ValueError, match="the limit"):
            parse(text, bounds)
    assert parse('"[[[[[[ 123456789"', bounds) == "[[[[[[ 123456789"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_bytes_are_decoded_as_json_may_be_written(encoding):
    assert parse('{"é": 1}'.encode(encoding), Bounds()) == {"é": 1}


def test_bytes_that_are_no_text_are_refused():
    for read in (decoded, lambda data: parse(data, Bounds())):
        with pytest.raises(ValueError, match="not UTF-8 text: invalid start byte at byte 2"):
            read(b'"a\xff"')
    with pytest.raises(ValueError, match="limit"):
        parse(b" " * 41, Bounds(size=10))
    assert decoded("\ufeffé".encode()) == "é"


def test_a_file_is_read_up_to_its_limit_and_a_device_never(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"12345")
    assert read_file(path, 5) == b"12345"
    with pytest.raises(ValueError, match="larger than 4 bytes"):
        read_file(path, 4)
    with pytest.raises(ValueError, match="no file"):
        read_file(tmp_path, 5)
    with pytest.raises(OSError, match="No such file"):
        read_file(tmp_path / "b", 5)
    path.unlink()
    path.symlink_to("/dev/zero")
    with pytest.raises(ValueError, match="no file"):
        read_file(path, 5)
