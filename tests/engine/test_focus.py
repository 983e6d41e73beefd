"""A run on part of a text: what is explained, kept, found again and repeated."""

import json
from dataclasses import replace

import pytest

import spex_core
from spex_core.cli import main
from spex_core.errors import InputError, SpexError, StoreError
from spex_core.explanation.result import Explanation
from spex_core.explanation.snippet import python_snippet
from spex_core.models.base import ModelSpec
from spex_core.runs.request_data import from_plain, plain
from spex_core.runs.requests import TextRequest, request_of
from tests.support.counting_model import Counting

TEXT = "The one and the two; five of them."
PART = (TEXT.index("two"), len(TEXT))


@pytest.fixture(autouse=True)
def model(monkeypatch):
    return Counting.fresh(monkeypatch)


def _explained(**focus):
    return spex_core.explain_text(TEXT, Counting("yes"), masking="removal", budget=64, **focus)


def test_only_a_part_is_explained_and_the_rest_is_in_every_pass(model):
    explanation = _explained(only=[PART])
    assert explanation.features == ("two;", "five", "of", "them.")
    assert all(text.startswith("The one and the") for text in model.asked)
    [best] = [found for found in explanation.interactions("SII") if found.order == 2][:1]
    assert best.features == (0, 1)  # "two" and "five" count only together
    assert _explained(keep=[(0, PART[0])]).features == explanation.features


def test_a_pattern_gives_the_features():
    assert _explained(unit=r"regex:\bt\w+").features == ("the", "two", "them")


def test_the_choice_is_in_the_file_the_snippet_and_the_request():
    explanation = _explained(only=[PART], keep=[(PART[0], PART[0] + 3)])
    read = Explanation.from_json(explanation.to_json())
    assert read.source == explanation.source
    assert (read.source.only, read.source.keep) == ((PART,), ((PART[0], PART[0] + 3),))
    assert f"only={[list(PART)]!r}" in python_snippet(read)
    request = request_of(read)
    assert request.masker(Counting("yes")).labels == list(explanation.features)
    data, content = plain(request)
    assert from_plain(json.loads(json.dumps(data)), content) == request


def test_files_of_whole_texts_are_as_they_were():
    explanation = _explained()
    assert not {"keep", "only"} & set(json.loads(explanation.to_json()))
    assert not {"keep", "only"} & set(explanation.source.choices())


def test_passes_of_another_part_are_not_taken_for_these():
    request = TextRequest(text=TEXT, model=ModelSpec("counting", {"answer": "yes"}), masking="removal")
    backend = Counting("yes")
    parts = [{}, {"only": [PART]}, {"keep": [PART]}, {"only": [PART], "keep": [(0, 3)]}, {"unit": "regex:t"}]
    keys = [one.sample_key(one.masker(backend), backend) for one in (replace(request, **part) for part in parts)]
    assert len(set(keys)) == len(parts)


@pytest.mark.parametrize("focus", [{"only": [(0, 99)]}, {"keep": [(5, 5)]}, {"keep": "ab"}, {"keep": [(0, len(TEXT))]}])
def test_what_cannot_be_is_said_in_a_line(focus):
    with pytest.raises(InputError) as said:
        _explained(**focus)
    assert "\n" not in str(said.value)
    with pytest.raises(SpexError):
        TextRequest(text=TEXT, model=ModelSpec("counting", {}), **focus).masker(Counting("yes"))


def test_a_file_whose_parts_lie_outside_its_text_is_refused():
    document = json.loads(_explained(only=[PART]).to_json())
    document["only"] = [[0, 10_000]]
    with pytest.raises(SpexError):
        Explanation.from_json(json.dumps(document))


@pytest.mark.parametrize("part", [[[3, 3]], [[5, 2]], [[0, 10_000]]])
def test_a_stored_request_with_a_part_that_is_none_is_not_believed(part):
    request = TextRequest(text=TEXT, model=ModelSpec("counting", {"answer": "yes"}), masking="removal")
    data, content = plain(request)
    with pytest.raises(StoreError):
        from_plain({**data, "keep": part}, content)


@pytest.mark.parametrize(
    ("flags", "features"),
    [
        (["--only", f"{PART[0]}:{PART[1]}"], ("two;", "five", "of", "them.")),
        (["--keep", "The", "--keep", "the"], ("one", "and", "two;", "five", "of")),
        (["--unit", "regex:[a-z]+o"], ("two",)),
    ],
)
def test_the_shell_takes_the_same(flags, features, capsys):
    arguments = ["explain", "--text", TEXT, "--model", "counting", "--masking", "removal", "--budget", "64"]
    assert main([*arguments, "--json", "-", "--no-store", *flags]) == 0
    assert Explanation.from_json(capsys.readouterr().out).features == features


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        (["--keep", "nowhere"], "is not in the text"),
        (["--only", "9:2"], "is no stretch"),
        (["--unit", "regex:("], "no regular expression"),
    ],
)
def test_the_shell_says_what_is_wrong_in_a_line(flags, says, capsys):
    arguments = ["explain", "--text", TEXT, "--model", "counting", "--budget", "64", "--no-store", *flags]
    try:
        status = main(arguments)
    except SystemExit as left:
        status = left.code
    said = capsys.readouterr().err
    assert (status, said.count("\n")) == (2, 1)
    assert says in said
