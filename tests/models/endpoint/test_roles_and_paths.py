"""Servers that know no system message, and addresses that miss the server's base by a word."""

import numpy as np
import pytest

from spex_core.errors import EndpointError
from spex_core.models.endpoint.probe import negotiate
from spex_core.models.endpoint.wire.address import Address, Secret
from spex_core.models.endpoint.wire.client import Endpoint, Patience
from spex_core.models.endpoint.wording import Dialect, Wording
from spex_core.models.registry import load_backend
from tests.support.endpoint_server import TinyModel, chat_prompt, serving
from tests.support.raw_server import saying, whole

QUICK = Patience(2, 5, 10, 0)
REFUSALS = [
    "System role not supported",
    "Conversation roles must alternate user/assistant/user/assistant/...",
    "Only user and assistant roles are supported!",
    "Developer instruction is not enabled for models/gemma-3-27b-it",
    "Jinja exception while rendering the chat template",
    "invalid_request: messages[0].role must be one of: user, assistant",
    "Bad Request",
    "",
]


@pytest.fixture
def server():
    with serving() as running:
        yield running


def _negotiate(url, instruction="Judge the text.", mode="chat"):
    endpoint = Endpoint(Address.read(url), Secret(""), 4, QUICK)
    return negotiate(endpoint, Wording("tiny", instruction, "Is it good?", mode))


@pytest.mark.parametrize("words", REFUSALS)
def test_a_server_without_a_system_role_gets_the_instruction_in_the_users_message(server, words):
    server.behaviour.system = words
    assert _negotiate(server.url) == Dialect(system=False)
    assert [[m["role"] for m in seen.body["messages"]] for seen in server.seen] == [["system", "user"], ["user"]]
    server.behaviour.refuses = ("max_tokens", "temperature")
    assert _negotiate(server.url) == Dialect("max_completion_tokens", 20, greedy=False, system=False)


def test_without_an_instruction_there_is_nothing_to_move(server):
    server.behaviour.system = "System role not supported"
    assert _negotiate(server.url, "") == Dialect()
    assert len(server.seen) == 1


def test_other_refusals_are_not_taken_for_one(server):
    server.behaviour.refuses = ("model",)
    with pytest.raises(EndpointError) as caught:
        _negotiate(server.url)
    assert caught.value.reason == "refused"
    assert len(server.seen) == 1


def test_a_server_that_fails_at_the_role_is_asked_without():
    there = []

    def say(number):
        if b'"system"' in there[0].bodies[number]:
            return [whole(b'{"error": {"message": "Jinja Exception: System role not supported"}}', "500 Oh")]
        top = b'[{"token": "a", "logprob": -0.1}, {"token": "b", "logprob": -3}]'
        return [whole(b'{"choices": [{"logprobs": {"content": [{"token": "a", "top_logprobs": %b}]}}]}' % top)]

    with saying(say) as server:
        there.append(server)
        assert _negotiate(server.url) == Dialect(system=False)


def test_the_scores_are_those_of_the_moved_instruction_and_the_notes_say_so(server):
    server.behaviour.system = "System role not supported"
    options = {"url": server.url, "model": "tiny", "question": "Good?", "answer": "True"}
    backend = load_backend("openai", instruction="Judge the film.", **options).settle("A film.")
    assert backend.notes() == ()
    (score,) = backend.score(["A film."])
    prompt = chat_prompt([{"role": "user", "content": "Judge the film.\n\nA film.\n\nGood?"}])
    spelled = [value for token, value in TinyModel.top(prompt, 20) if token.strip() == "True"]
    assert score == pytest.approx(np.logaddexp.reduce(spelled))
    assert "the server takes no system message" in backend.notes()[-1]
    server.behaviour.system = None
    plain = load_backend("openai", instruction="Judge the film.", **options).settle("A film.")
    plain.score(["A film."])
    assert server.seen[-1].body["messages"][0] == {"role": "system", "content": "Judge the film."}
    assert not any("system message" in note for note in plain.notes())


@pytest.mark.parametrize(
    ("written", "base"),
    [
        ("http://localhost:8000/v1/chat/completions", "http://localhost:8000/v1"),
        ("http://localhost:8000/v1/chat/completions/", "http://localhost:8000/v1"),
        ("https://api.openai.com/v1/completions", "https://api.openai.com/v1"),
        ("https://models.example/api/v1/models/", "https://models.example/api/v1"),
        ("http://localhost:8000/v1/", "http://localhost:8000/v1"),
        ("http://localhost:8000/chat/completions", "http://localhost:8000"),
        ("http://localhost:8000", "http://localhost:8000"),
        ("https://models.example/mychat/completions2", "https://models.example/mychat/completions2"),
    ],
)
def test_what_stands_behind_the_base_is_left_off(written, base):
    assert Address.read(written).url == base


@pytest.mark.parametrize("ending", ["/chat/completions", "/completions", "/models", "/chat/completions/", "/"])
def test_an_address_with_an_ending_too_many_works(server, ending):
    server.behaviour.only_v1 = True
    assert _negotiate(server.url + ending) == Dialect()


@pytest.mark.parametrize("path", ["", "/", "/api", "/chat/completions"])
def test_an_address_without_the_version_is_told_what_it_misses(server, path):
    server.behaviour.only_v1 = True
    base = server.url.removesuffix("/v1")
    with pytest.raises(EndpointError) as caught:
        _negotiate(base + path)
    tried = Address.read(base + path).url
    assert f"(404: Not Found); such addresses mostly end in /v1: try {tried}/v1" in str(caught.value)
    server.behaviour.only_v1, server.behaviour.always = False, "html"
    with pytest.raises(EndpointError, match=f"not JSON; such addresses mostly end in /v1: try {tried}/v1"):
        _negotiate(base + path)
    server.behaviour.always = "405"
    with pytest.raises(EndpointError, match="mostly end in /v1"):
        _negotiate(base + path)


@pytest.mark.parametrize("path", ["/v1", "/api/v1", "/v1beta/openai", "/v2", "/openai/v1/"])
def test_an_address_with_its_version_gets_no_hint(server, path):
    server.behaviour.always = "404"
    with pytest.raises(EndpointError) as caught:
        _negotiate(server.url.removesuffix("/v1") + path)
    assert "mostly end" not in str(caught.value)
