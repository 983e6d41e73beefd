"""Data sets of the bench: CSV files of texts, and HotpotQA's and DROP's JSON."""

import json
import tempfile
from pathlib import Path

from hypothesis import strategies as st

from spex_core.bench.data import read_data_set
from tests.fuzz.judge import Kind
from tests.fuzz.mutations import broken_bytes, broken_json

CSV = (
    b'id,text\n1,"one, two"\n2,three\n3,\n',
    b'\xef\xbb\xbfReview\r\n"a ""b"" c"\r\nnot bad\r\n',
    b"sentence;x\n1;2\n",
)
JSON = (
    json.dumps(
        [
            {"_id": "a", "question": "who?", "answer": "Ann", "context": [["T", ["One. ", "Two."]], ["", ["Three."]]]}
            | {"supporting_facts": [["T", 1], ["U", 0]]},
            {"question": "what?", "answer": "it", "context": []},
        ]
    ),
    json.dumps(
        {
            "p": {
                "passage": "He ran 3 miles. Then he stopped.",
                "qa_pairs": [
                    {"question": "how far?", "answer": {"number": "3"}, "query_id": "q1", "supporting_facts": [0]},
                    {"question": "who?", "answer": {"spans": ["He"]}},
                    {"question": "when?", "answer": {"date": {"day": "1", "month": "May", "year": ""}}},
                ],
            }
        }
    ),
)


def inputs():
    return st.one_of(broken_bytes(CSV), broken_json(JSON), broken_json(JSON))


def attempt(data):
    """Read it, and look at every example."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "data"
        path.write_bytes(data)
        found = read_data_set(path)
    assert len({example.id for example in found.examples}) == len(found.examples) > 0
    for example in found.examples:
        json.dumps([example.id, example.question, example.answer, example.marked([(0, 3)])]).encode()


KIND = Kind("data_sets", inputs, attempt, "bin", in_tests=200)
