"""Requests as plain data: round trip, without secrets, and nothing believed on reading."""

import json
import random
from dataclasses import replace

import pytest

from spex_core.errors import InputError, StoreError
from spex_core.inputs.pictures import png_bytes
from spex_core.models.base import ModelSpec
from spex_core.models.registry import backends
from spex_core.runs.request_data import first_record, from_plain, plain, withheld
from spex_core.runs.requests import PictureRequest, TextRequest
from tests.support.counting_model import Counting
from tests.support.fake_pictures import GRID, scene

TEXT = TextRequest(
    text="a “b”\r\nc \ud800 👩‍👩‍👧",
    model=ModelSpec("counting", {"answer": "yes"}),
    unit="sentence",
    masking="removal",
    budget=77,
    estimator="spex",
    max_order=3,
    seed=2**40,
    expected="no",
)
PICTURE = PictureRequest(
    picture=png_bytes(scene()),
    grid=GRID,
    question_words=True,
    stored=True,
    model=ModelSpec("scenes", {"question": "a dog?"}),
    masking="mean",
    budget=5,
    expected="yes",
)


@pytest.fixture(autouse=True)
def _registered(monkeypatch):
    Counting.fresh(monkeypatch)


@pytest.mark.parametrize("request_", [TEXT, PICTURE], ids=["text", "picture"])
def test_a_request_survives_the_way_to_json_and_back(request_):
    data, content = plain(request_)
    assert from_plain(json.loads(json.dumps(data)), content) == request_


def test_the_right_answer_names_no_passes_and_older_requests_have_none():
    data, content = plain(TEXT)
    assert from_plain({name: value for name, value in data.items() if name != "expected"}, content).expected == ""
    for asked, kind in ((replace(TEXT, text="a b c"), Counting), (PICTURE, backends()["scenes"])):
        keys = {replace(asked, expected=right).sample_key(asked.outline(kind), Counting("yes")) for right in ("", "no")}
        assert len(keys) == 1
    with pytest.raises(InputError, match="right answer is longer than 500"):
        replace(TEXT, expected="x" * 501)
    with pytest.raises(StoreError, match="right answer in the file is longer than 500"):
        from_plain(data | {"expected": "x" * 501}, content)


def test_secrets_stay_behind_and_are_remembered_by_name():
    request = replace(TEXT, model=ModelSpec("counting", {"answer": "yes", "key": "sk-secret"}))
    data, content = plain(request)
    assert "sk-secret" not in json.dumps(data)
    assert b"sk-secret" not in content
    assert withheld(data) == ("key",)
    assert from_plain(data, content) == TEXT
    assert withheld(plain(TEXT)[0]) == ()


def test_of_a_model_that_is_not_known_no_option_is_kept():
    data, _ = plain(replace(TEXT, model=ModelSpec("nothing", {"token": "sk-secret"})))
    assert data["options"] == {}


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": "pickle"},
        {"kind": None},
        {"options": ["answer"]},
        {"options": {"answer": 3}},
        {"options": {str(k): "" for k in range(51)}},
        {"model": {"name": "counting"}},
        {"budget": "300"},
        {"budget": True},
        {"budget": -1},
        {"budget": 1e300},
        {"seed": 2**200},
        {"max_order": None},
        {"masking": 7},
        {"unit": ["word"]},
        {"estimator": {"$ref": "os.system"}},
    ],
    ids=str,
)
def test_data_that_no_request_gave_is_refused(changes):
    data, content = plain(TEXT)
    with pytest.raises(StoreError):
        from_plain({**data, **changes}, content)


@pytest.mark.parametrize(
    "changes", [{"grid": [4]}, {"grid": "43"}, {"grid": [4, 3, 2]}, {"question_words": 1}], ids=str
)
def test_pictures_too(changes):
    data, content = plain(PICTURE)
    with pytest.raises(StoreError):
        from_plain({**data, **changes}, content)


def test_missing_parts_and_broken_text_are_one_error():
    for request in (TEXT, PICTURE):
        data, content = plain(request)
        for name in set(data) - {"secrets", "expected"}:
            with pytest.raises(StoreError):
                from_plain({key: value for key, value in data.items() if key != name}, content)
    with pytest.raises(StoreError, match="UnicodeDecodeError"):
        from_plain(plain(TEXT)[0], b"\xff\xfe")
    with pytest.raises(StoreError, match="the limit"):
        from_plain(plain(TEXT)[0], b"a" * 900_000)
    with pytest.raises(StoreError, match="the limit"):
        from_plain(plain(PICTURE)[0], bytes(60_000_000))


def test_two_hundred_mutations_give_a_request_or_one_error():
    rng = random.Random(0)
    base = json.dumps(plain(TEXT)[0])
    opened = refused = 0
    while opened + refused < 200:
        place = rng.randrange(len(base))
        text = base[:place] + rng.choice(["", '"', "{", "9", "null", "[]", "\\u0000", "-"]) + base[place + 1 :]
        try:
            data = json.loads(text)
        except ValueError:
            continue
        try:
            found = from_plain(data if isinstance(data, dict) else {}, b"some text")
        except StoreError:
            refused += 1
            continue
        assert isinstance(found, TextRequest)
        opened += 1
    assert opened
    assert refused


def test_the_line_of_a_new_run_says_what_is_asked():
    line = first_record("one", replace(TEXT, text="  many\nwords " * 100))
    assert line.title.startswith("many words many words")
    assert len(line.title) == 200
    assert (line.kind, line.unit, line.target, line.budget) == ("text", "sentence", "“yes”", 77)
    line = first_record("two", PICTURE)
    assert (line.kind, line.unit, line.title) == ("picture", "4x3", "a dog?")
    pair = ModelSpec("scenes", {"question": "a dog?", "answer": "yes", "against": "no"})
    assert first_record("three", replace(PICTURE, model=pair)).target == "“yes” rather than “no”"
    assert first_record("four", replace(TEXT, model=ModelSpec("minilm-sentiment"))).target == "positive"
