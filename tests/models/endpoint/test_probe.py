"""One short call tells what a server can do, and how to ask it."""

import pytest

from spex_core.errors import EndpointError, InputError
from spex_core.models.endpoint.probe import Observation, negotiate, recall, remember
from spex_core.models.endpoint.wire.address import Address, Secret
from spex_core.models.endpoint.wire.client import Endpoint, Patience
from spex_core.models.endpoint.wording import MODES, Dialect, Wording
from tests.support.endpoint_server import serving


@pytest.fixture
def server():
    with serving() as running:
        yield running


def _negotiate(server, mode="chat"):
    endpoint = Endpoint(Address.read(server.url), Secret(""), 4, Patience(2, 5, 10, 0))
    return negotiate(endpoint, Wording("tiny", "A long instruction.", "Is it good?", mode))


@pytest.mark.parametrize("mode", MODES)
def test_a_plain_server_takes_one_short_call(server, mode):
    assert _negotiate(server, mode) == Dialect()
    (seen,) = server.seen
    assert "instruction" not in str(seen.body)
    assert len(str(seen.body)) < 300


def test_parameters_that_are_refused_are_replaced(server):
    server.behaviour.refuses = ("max_tokens", "temperature")
    server.behaviour.most_top = 5
    assert _negotiate(server) == Dialect("max_completion_tokens", 5, greedy=False)
    assert server.seen[-1].body["max_completion_tokens"] == 1
    assert "max_tokens" not in server.seen[-1].body


def test_both_limits_are_never_sent_at_once(server):
    _negotiate(server)
    assert "max_completion_tokens" not in server.seen[0].body
    assert server.seen[0].body["max_tokens"] == 1  # llama-cpp-python knows this one only


@pytest.mark.parametrize("mode", [mode for mode in MODES if mode != "sampled"])
def test_a_server_that_ignores_the_request_for_log_probabilities_is_found_out(server, mode):
    server.behaviour.always = "no logprobs"
    with pytest.raises(EndpointError, match=r"does not return .*log-probabilities.* for tiny; use .*hf-causal-lm") as c:
        _negotiate(server, mode)
    assert c.value.reason == "no logprobs"
    assert "vLLM" in str(c.value)
    assert len(server.seen) == 1


def test_a_server_that_returns_the_generated_token_alone_is_found_out(server):
    server.behaviour.always = "single"
    with pytest.raises(EndpointError, match="hf-causal-lm") as caught:
        _negotiate(server)
    assert caught.value.reason == "no logprobs"


def test_a_server_that_refuses_log_probabilities_is_found_out(server):
    server.behaviour.refuses = ("logprobs",)
    with pytest.raises(EndpointError, match="hf-causal-lm") as caught:
        _negotiate(server)
    assert caught.value.reason == "no logprobs"
    assert len(server.seen) == 3  # 20, 10 and 5 alternatives


def test_a_server_that_does_not_repeat_the_prompt_is_found_out(server):
    server.behaviour.echoes = False
    with pytest.raises(EndpointError, match='use mode="chat" or "completions"'):
        _negotiate(server, "echo")
    assert _negotiate(server, "completions") == Dialect()


def test_other_failures_stay_what_they_are(server):
    server.behaviour.always = "401"
    with pytest.raises(EndpointError) as caught:
        _negotiate(server)
    assert caught.value.reason == "authentication"
    assert len(server.seen) == 1


def test_what_was_seen_is_remembered_per_model_and_server():
    place = ("http://localhost:1/v1", "m", "chat")
    assert recall(*place) == Observation()
    assert recall(*place).characters_per_token == 4
    remember(*place, 300, 100, 20.0)
    remember(*place, 100, 100, None)
    assert recall(*place) == Observation(400, 200, 20.0)
    assert recall(*place).characters_per_token == 2
    assert recall("http://localhost:2/v1", "m", "chat") == Observation()


def test_prompts_hold_instruction_text_and_question():
    chat = Wording("tiny", "Judge.", "Good?").first_token(" A film. ", Dialect()).body
    assert chat["messages"] == [
        {"role": "system", "content": "Judge."},
        {"role": "user", "content": "A film.\n\nGood?"},
    ]
    assert Wording("tiny").first_token("A", Dialect()).body["messages"] == [{"role": "user", "content": "A"}]
    plain = Wording("tiny", "Judge.", "Good?", "echo")
    assert plain.prompt("A film.") == "Judge.\n\nA film.\n\nGood?\nAnswer:"
    assert plain.echo("A", "True", Dialect()).body["prompt"] == "Judge.\n\nA\n\nGood?\nAnswer: True"
    assert plain.speak("A", Dialect()).body["stop"] == ["\n"]


def test_wrong_words_are_refused():
    with pytest.raises(InputError, match="did you mean 'chat'"):
        Wording("tiny", mode="chatt")
    with pytest.raises(InputError, match="model is empty"):
        Wording("")
