"""Files that people bring from spreadsheets: read as they are meant, or each row that came apart is named."""

import pytest

from spex_core.bench.data import read_data_set
from spex_core.bench.spreadsheet import Form
from spex_core.cli import main
from spex_core.errors import InputError
from tests.support.bench_model import Asking


def read(tmp_path, content, **form):
    path = tmp_path / "t.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_data_set(path, Form(**form))


def texts(data):
    return [example.text for example in data.examples]


def said(data):
    return " | ".join(data.notes)


def test_a_text_that_its_own_commas_split_is_named(tmp_path):
    data = read(tmp_path, "text,label\nGood,1\nThe film, though long, was not good,1\nBad,0\n")
    assert texts(data) == ["Good", "Bad"]
    assert [example.id for example in data.examples] == ["1", "3"]
    assert "line 3 is left out: it has 4 cells and the first line 2; put quotes about a text" in said(data)


@pytest.mark.parametrize(
    ("content", "line", "left"),
    [
        ('text,label\n"never closed,1\nsecond,0\nthird,1\n', 2, ["second", "third"]),
        ('text,label\nfirst,1\n"never closed,1\n"second, quoted",0\n', 3, ["first", "second, quoted"]),
        ('text,label\n"never closed,1\nsecond ""fine"",0\nthird,1\n', 2, ['second ""fine""', "third"]),
        ('text,label\n"He said "no" loudly",1\nsecond,0\n', 2, ["second"]),
        ('text,label\r\n"a ""b"" c",1\r\n"over\r\ntwo lines",0\r\n"never closed,0\r\nlast,1\r\n', 5,
         ['a "b" c', "over\r\ntwo lines", "last"]),
        ('text;label\n"never closed;1\nsecond;0\n', 2, ["second"]),
        ('label,text\n1,"never closed\n0,second\n', 2, ["second"]),
        ('text,label\n"never closed,1\nsecond 5"\nthird,1\n', 2, ["third"]),
    ],
)  # fmt: skip
def test_a_quote_that_is_never_closed_costs_its_own_row_and_is_named(content, line, left, tmp_path):
    data = read(tmp_path, content)
    assert texts(data) == left
    assert f"line {line} is left out: " in said(data)


def test_many_such_rows_are_counted_and_too_many_are_refused(tmp_path):
    data = read(tmp_path, "text,label\nfine,1\n" + "a, b, c,1\n" * 9)
    assert sum("is left out" in note for note in data.notes) == 5
    assert "4 more rows are left out for such reasons: lines 8, 9, 10, 11" in said(data)
    with pytest.raises(InputError, match=r"more than 100 rows that cannot be read, .* --separator") as caught:
        read(tmp_path, "text,label\n" + '"a" b,1\n' * 101)
    assert "\n" not in str(caught.value)
    with pytest.raises(InputError, match="holds no example; line 2 is left out: it has 4 cells"):
        read(tmp_path, "text,label\nThe film, though long, was not good,1\n")


@pytest.mark.parametrize(
    ("content", "found", "note"),
    [
        (
            b'\xef\xbb\xbfReview;Sentiment\r\n"good; not bad\r\nsecond line";positive\r\nplain;negative\r\n',
            ["good; not bad\r\nsecond line", "plain"],
            "separated by a semicolon; --separator names another",
        ),
        (b"text,label\ncaf\xe9 wasn\x92t bad,1\n", ["caf\u00e9 wasn\u2019t bad"], "read as cp1252"),
        ("text,label\ngut\u00e4,1\n".encode("utf-16"), ["gut\u00e4"], "read as utf-16"),
        (b"id\ttext\n1\tone, two\n", ["one, two"], "separated by a tab"),
        (b"id|text\n1|one, two\n", ["one, two"], "separated by a pipe"),
        (b"text\none, two\n\"three, four\"\n", ["one, two", "three, four"], "texts from the column 'text'"),
        (b"text,label,\none,1,\ntwo,0,\n", ["one", "two"], "texts from the column 'text'"),
        (b"text,label\none,1,,\ntwo\n", ["one", "two"], "texts from the column 'text'"),
        (b"Unnamed: 0,text\n0,one\n", ["one"], "texts from the column 'text'"),
        (b"sep=;\ntext;label\none, two;1\n", ["one, two"], "separated by a semicolon"),
        (b"a, b;text\nx, y, z, w;one\n", ["one"], "separated by a semicolon"),
    ],
)  # fmt: skip
def test_what_the_file_shows_is_taken_and_said(content, found, note, tmp_path):
    data = read(tmp_path, content)
    assert texts(data) == found
    assert note in said(data)
    assert "left out" not in said(data)


@pytest.mark.parametrize(
    ("content", "form", "found"),
    [
        (b"very good film,1\nvery bad film,0\n", {"column": "1", "header": False}, ["very good film", "very bad film"]),
        (b"very good film\nvery bad film\n", {"header": False}, ["very good film", "very bad film"]),
        (b"text,comment\na,b\n", {"column": "Comment"}, ["b"]),
        (b"text,comment\na,b\n", {"column": "2"}, ["b"]),
        (b"id,x;text\n1;2,a\n", {"separator": ",", "column": "1"}, ["1;2"]),
        (b"text:label\na:b\n", {"separator": ":"}, ["a"]),
        (b"text\tlabel\na, b\tc\n", {"separator": "tab"}, ["a, b"]),
        (b"text\n\xef\xf0\xe8\xe2\xe5\xf2\n", {"encoding": "cp1251"}, ["\u043f\u0440\u0438\u0432\u0435\u0442"]),
    ],
)  # fmt: skip
def test_every_guess_can_be_changed(content, form, found, tmp_path):
    if "encoding" in form:
        with pytest.raises(InputError, match=r"not UTF-8 text: .* --encoding"):
            read(tmp_path, content)
    assert texts(read(tmp_path, content, **form)) == found


@pytest.mark.parametrize(
    ("content", "form", "words"),
    [
        (b"very good film,1\nvery bad film,0\n", {}, "reads: very good film, 1; name one with --text-column"),
        (b"text,label\na,1\n", {"column": "nothing"}, "no column 'nothing'"),
        (b"text,label\na,1\n", {"column": "3"}, "no column '3'"),
        (b"text,label\na,1\n", {"separator": "::"}, "not one character"),
        (b"text,label\na,1\n", {"encoding": "klingon"}, "no such encoding"),
        (b"text,label\na\xff,1\n", {"encoding": "ascii"}, "not ascii text"),
        (b'text,"label\na,1\n', {}, "line 1 cannot be read: its quote is never closed"),
        (b"text,label\na,1\n", {"encoding": "hex"}, "hex"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_one_sentence(content, form, words, tmp_path):
    with pytest.raises(InputError) as caught:
        read(tmp_path, content, **form)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_command_line_changes_the_guesses_too(tmp_path, capsys, monkeypatch):
    Asking.fresh(monkeypatch)
    monkeypatch.setattr("spex_core.bench.plots.write_plots", lambda settings, cells: ([], ""))
    path, out = tmp_path / "t.csv", str(tmp_path / "out")
    path.write_bytes(b"id;said\n1;caf\xe9 and tea, not good\n2;a, b, c d\n3;x;y\n")
    form = ["--text-column", "said", "--separator", "semicolon", "--encoding", "cp1252"]
    what = ["bench", "faithfulness", "--dataset", str(path), "--model", "asking", "--question", "tea, good"]
    status = main([*what, *form, "--methods", "banzhaf-1", "--budgets", "12", "--count", "1", "--out", out])
    captured = capsys.readouterr()
    assert status == 0, captured.err
    assert "line 4 is left out: it has 3 cells and the first line 2" in captured.err
    assert "line 4 is left out" in captured.out
