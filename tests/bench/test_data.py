"""Data sets of the experiments: CSV, HotpotQA, DROP; what is damaged is refused in one line."""

import json

import pytest

from spex_core.bench import data as bench_data
from spex_core.bench.data import Example, passage, read_data_set
from spex_core.errors import InputError
from spex_core.inputs.segmentation import segment
from spex_core.toys.reading import world

HOTPOTQA = {
    "_id": "5a8b",
    "question": "Which magazine was started first?",
    "answer": "Arthur's Magazine",
    "supporting_facts": [["Arthur's Magazine", 0], ["First for Women", 1], ["First for Women", 9]],
    "context": [
        ["Arthur's Magazine", ["Arthur's Magazine was a periodical of the 19th century.", " It was sold in 1846."]],
        ["First for Women", ["It is read by women.", "  It was started in 1989.  "]],
    ],
}
DROP = {
    "nfl_1": {
        "passage": "The Bears led. They kicked two field goals.",
        "qa_pairs": [
            {
                "question": "How many?",
                "answer": {"number": "2", "date": {"day": "", "month": "", "year": ""}, "spans": []},
                "query_id": "q-1",
            },
            {"question": "Who led?", "answer": {"number": "", "date": {}, "spans": ["The Bears", "all"]}},
            {
                "question": "When?",
                "answer": {"number": "", "date": {"day": "3", "month": "May", "year": ""}, "spans": []},
                "query_id": "q-1",
            },
        ],
    }
}


def _read(tmp_path, content, name="data.json"):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return read_data_set(path)


@pytest.mark.parametrize("column", ["text", "review", "sentence", "input", " Review "])
def test_texts_come_from_the_first_column_of_a_known_name(column, tmp_path):
    data = _read(tmp_path, f'id,{column}\r\n7,"A, b\r\nc"\r\n8,\r\n9,d\r\n'.encode(), "t.csv")
    assert data.kind == "texts"
    assert not data.asks
    assert [(one.id, one.text) for one in data.examples] == [("1", "A, b\r\nc"), ("3", "d")]
    assert data.notes[0] == f"texts from the column {column!r}"
    assert "1 rows without a text" in data.notes[1]


def test_half_characters_in_names_questions_and_answers_are_replaced(tmp_path):
    broken = json.dumps([{**HOTPOTQA, "_id": "a!", "question": "Who! ?", "answer": "!"}]).replace("!", "\\ud800")
    example = _read(tmp_path, broken.encode()).examples[0]
    assert (example.id, example.question, example.answer) == ("a?", "Who? ?", "?")


def test_a_text_column_comes_before_a_review_column(tmp_path):
    assert _read(tmp_path, b"review,text\na,b\n", "t.csv").examples[0].text == "b"


def test_hotpotqa_sentences_are_where_the_marks_say(tmp_path):
    data = _read(tmp_path, [HOTPOTQA, HOTPOTQA])
    assert data.kind == "HotpotQA"
    first, second = data.examples
    assert (first.id, first.question, first.answer) == ("5a8b", HOTPOTQA["question"], "Arthur's Magazine")
    assert second.id != first.id
    assert [first.text[start:end] for start, end in first.marks] == [
        "Arthur's Magazine was a periodical of the 19th century.",
        "It was started in 1989.",
    ]
    spans = segment(first.text, "sentence")
    assert [first.text[start:end].split(": ")[-1] for start, end in spans] == [
        sentence.strip() for _, sentences in HOTPOTQA["context"] for sentence in sentences
    ]
    assert first.marked(spans) == (0, 3)  # the third of the facts names a sentence that is not there


def test_marks_reach_every_feature_that_shares_a_character():
    example = Example("x", "ab cd ef", marks=((1, 4),))
    assert example.marked([(0, 2), (3, 5), (6, 8)]) == (0, 1)
    assert example.marked([(4, 5)]) == ()


def test_drop_answers_are_a_number_or_spans_or_a_date(tmp_path):
    data = _read(tmp_path, DROP)
    assert data.kind == "DROP"
    assert [one.answer for one in data.examples] == ["2", "The Bears, all", "3 May"]
    assert len({one.id for one in data.examples}) == 3
    assert {one.text for one in data.examples} == {DROP["nfl_1"]["passage"]}
    assert all(one.marks == () for one in data.examples)


def test_marked_sentences_of_drop_are_read_where_they_are(tmp_path):
    marked = json.loads(json.dumps(DROP))
    marked["nfl_1"]["qa_pairs"][0]["supporting_facts"] = [1, 7]
    example = _read(tmp_path, marked).examples[0]
    assert [example.text[start:end] for start, end in example.marks] == ["They kicked two field goals."]


@pytest.mark.parametrize("kind", ["two-hop", "counting"])
def test_generated_questions_read_back(kind, tmp_path):
    drawn = world.questions(kind, 3, seed=1)
    data = _read(tmp_path, world.to_hotpotqa(drawn) if kind == "two-hop" else world.to_drop(drawn))
    for one, example in zip(drawn, data.examples, strict=True):
        assert (example.question, example.answer) == (one.question, one.answer)
        spans = segment(example.text, "sentence")
        assert len(spans) == len(one.sentences)
        if kind == "two-hop":
            assert example.marked(spans) == tuple(sorted(one.needed))


def test_an_untitled_paragraph_has_no_colon():
    assert passage([("", ["A b.", "C."]), ("T", ["D."])])[0] == "A b. C.\n\nT: D."


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (
            b"id,words\n1,a\n",
            "t.csv",
            "no column named text, review, sentence or input; its first line reads: id, words",
        ),
        (b"", "t.csv", "no column"),
        (b"text\n", "t.csv", "holds no example"),
        (b"text\n\xff\xfe\n", "t.csv", "not UTF-8"),
        (b"[1, 2", "d.json", "not JSON"),
        (b"[" * 100_000, "d.json", "not JSON"),
        ([], "d.json", "holds no example"),
        ([7], "d.json", "question 1: 'question' is missing"),
        ([{"question": "q", "context": [["t", "s"]]}], "d.json", "context must be a list of [title, [sentences]]"),
        ([{"question": "q", "context": [["t", [3]]]}], "d.json", "context must be a list"),
        ([{**HOTPOTQA, "supporting_facts": [["t", [1]]]}], "d.json", "supporting_facts must be a list"),
        ({"p": {"qa_pairs": []}}, "d.json", "'passage' is missing"),
        ({"p": {"passage": "a", "qa_pairs": [{}]}}, "d.json", "question 1: 'question' is missing"),
    ],
)
def test_what_is_no_data_set_is_refused_in_one_line(content, name, words, tmp_path):
    with pytest.raises(InputError) as refused:
        _read(tmp_path, content, name)
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_file_that_is_not_there_or_too_large_is_refused(tmp_path, monkeypatch):
    with pytest.raises(InputError, match="cannot read"):
        read_data_set(tmp_path / "nothing.csv")
    monkeypatch.setattr(bench_data, "MAX_BYTES", 10)
    with pytest.raises(InputError, match="larger than 10 bytes"):
        _read(tmp_path, b"text\nmore than ten\n", "t.csv")
