"""Kinds of input: a source and a request each, and nothing else in files, lists and snippets knows them by name."""

import ast
import json
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import pytest

import spex_core
from spex_core.arrays import Samples
from spex_core.explanation.checks import as_number
from spex_core.explanation.result import Explanation
from spex_core.explanation.snippet import python_snippet
from spex_core.explanation.sources import SOURCES, InputSource, PictureSource, TextSource
from spex_core.inputs.pictures import png_bytes
from spex_core.models.base import ModelSpec
from spex_core.runs.request_data import first_record, from_plain, plain
from spex_core.runs.requests import REQUESTS, RunRequest, request_of
from spex_core.runs.store.bundle import read_bundle, write_bundle
from spex_core.runs.store.records import checked, record_of
from tests.support.fake_pictures import GRID, scene

GIVEN = [
    TextSource("one two", ((0, 3), (4, 7)), "word", "removal"),
    PictureSource(png_bytes(scene()), (1, 2), "mean"),
    PictureSource(png_bytes(scene()), (1, 1), "grey", "dog?", ((0, 3),)),
]


@dataclass(frozen=True)
class RowSource(InputSource):
    """A third kind: a row of numbers, each a feature."""

    row: tuple[float, ...]
    masking: str = "zero"
    unit: ClassVar[str] = "column"
    kind: ClassVar[str] = "row"
    file_name: ClassVar[str] = "input.json"
    function: ClassVar[str] = "explain_row"

    @classmethod
    def read(cls, document, n_features):
        return cls(tuple(as_number(number) for number in document["row"]), document["masking"])

    @property
    def content(self):
        return json.dumps(self.row).encode()

    @property
    def title(self):
        return "a row"

    @property
    def unit_in_words(self):
        return "column"

    def choices(self):
        return {"masking": self.masking}

    def document(self):
        return {"row": list(self.row)}

    def code(self):
        yield f"row = {self.row!r}"


@dataclass(frozen=True, kw_only=True)
class RowRequest(RunRequest):
    row: tuple[float, ...]
    kind: ClassVar[str] = "row"
    title = unit_in_words = "a row"

    @classmethod
    def from_data(cls, data, content, choices):
        return cls(row=tuple(json.loads(content)), **choices)

    @classmethod
    def of(cls, source, choices):
        return cls(row=source.row, **source.choices(), **choices)

    @property
    def content(self):
        return json.dumps(self.row).encode()

    def own_data(self):
        return {}

    whole = masker = outline = sample_key = size_key = asked_key = explain = check_size = None


def _explanation(source):
    n = 2 if source is None or source.kind != "row" else len(source.row)
    found = spex_core.explain(lambda masks: masks[:, 0] * 1.0, n, budget=2**n)
    return replace(found, source=source, model=ModelSpec("scenes", {"question": "dog?"}))


def test_every_kind_has_a_source_and_a_request():
    assert list(SOURCES) == list(REQUESTS) == ["text", "picture"]
    for kinds in (SOURCES, REQUESTS):
        assert all(one.kind == kind for kind, one in kinds.items())
    assert len({source.file_name for source in SOURCES.values()}) == len(SOURCES)


@pytest.mark.parametrize("source", GIVEN, ids=["text", "picture", "question"])
def test_the_request_of_an_earlier_run_is_for_its_input(source):
    request = request_of(_explanation(source))
    assert (request.kind, request.unit_in_words, request.content) == (
        source.kind,
        source.unit_in_words,
        source.content,
    )
    for name, value in source.choices().items():
        assert getattr(request, name) == value
    record = record_of("one", _explanation(source))
    assert (record.kind, record.unit) == (source.kind, source.unit_in_words)


def test_titles_and_units_say_what_was_given():
    text, picture, question = GIVEN
    assert (text.title, text.unit_in_words) == ("one two", "word")
    assert (picture.title, picture.unit_in_words) == ("picture, 1 × 2", "1x2")
    assert question.title == "dog?"
    untitled = replace(request_of(_explanation(picture)), model=ModelSpec("scenes"), grid=GRID)
    assert (untitled.title, untitled.unit_in_words) == ("a picture", "4x3")
    record = record_of("one", replace(_explanation(None), features=("a", "b")))
    assert (record.kind, record.title, record.unit) == ("text", "a, b", "feature")


def test_a_third_kind_is_its_source_and_its_request(monkeypatch):
    monkeypatch.setitem(SOURCES, "row", RowSource)
    monkeypatch.setitem(REQUESTS, "row", RowRequest)
    explanation = _explanation(RowSource((1.5, -2.0, 0.0)))
    assert Explanation.from_json(explanation.to_json()).source == explanation.source
    assert "explain_row(\n    row,\n    backend,\n    masking='zero'," in python_snippet(explanation)
    ast.parse(python_snippet(explanation))
    assert checked({"kind": record_of("one", explanation).kind}) == {"kind": "row"}
    request = request_of(explanation)
    data, content = plain(request)
    assert from_plain(data, content) == request
    assert first_record("two", request).kind == "row"


@pytest.mark.parametrize("source", GIVEN, ids=["text", "picture", "question"])
def test_a_bundle_holds_the_input_as_a_file(source):
    explanation = _explanation(source)
    data = write_bundle(explanation, Samples(np.eye(2, dtype=bool), np.zeros(2)), "key")
    assert source.file_name.encode() in data
    assert read_bundle(data).explanation.source == source
