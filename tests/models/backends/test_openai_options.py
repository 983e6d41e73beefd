"""Options of the endpoint backend: what is refused before anything is sent, and the defaults that the form shows."""

import math

import pytest

from spex_core.errors import InputError
from spex_core.models.backends.openai import OpenAIEndpoint
from spex_core.models.registry import load_backend
from tests.support.endpoint_server import serving

KEY = "sk-test-0123456789abcdef"


@pytest.fixture
def server(monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with serving() as running:
        yield running


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"url": "localhost:8000"}, "is not a web address"),
        ({"url": "https://me:secret@host/v1"}, "user name or password"),
        ({"key": KEY, "url": "http://example.com/v1"}, "unencrypted"),
        ({"url": "https://api.openai.com/v1"}, "OPENAI_API_KEY"),
        ({"mode": "both"}, "mode='both'"),
        ({"scale": "cubic"}, "scale='cubic'"),
        ({"price": "cheap"}, "price='cheap'"),
        ({"price": "-1"}, "price='-1'"),
        ({"price": "nan"}, "price='nan'"),
        ({"concurrency": "0"}, "concurrency='0'"),
        ({"concurrency": "1000"}, "concurrency='1000'"),
        ({"concurrency": "two"}, "concurrency='two'"),
        ({"answer": "a good film"}, "more than one token"),
        ({"mode": "echo", "answer": "a good film"}, "needs a question or an instruction"),
        ({"answer": "True", "against": "True"}, "must differ"),
        ({"key": KEY, "question": f"What is {KEY}?"}, "stands in another field"),
    ],
)
def test_wrong_options_are_named_before_anything_is_sent(server, options, problem):
    options = {"url": server.url, "model": "tiny", **options}
    with pytest.raises(InputError, match=problem) as caught:
        load_backend("openai", **options)
    assert KEY not in str(caught.value)
    assert problem in OpenAIEndpoint.forecast(options).problem
    assert server.seen == []


def test_the_default_price_and_model_are_those_the_form_shows():
    defaults = {option.name: option.default for option in OpenAIEndpoint.options}
    assert defaults["url"] == "https://api.openai.com/v1"
    assert defaults["model"] == "gpt-4o-mini"
    assert math.isclose(float(defaults["price"]), 0.15)
    assert [option.name for option in OpenAIEndpoint.options if option.secret] == ["key"]
    assert OpenAIEndpoint.maskings == ("unk", "removal")
    assert OpenAIEndpoint.mask_token == "[UNK]"
