"""Log-probabilities read from servers' answers, in each of the shapes that servers use."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spex_core.errors import EndpointError
from spex_core.models.endpoint.readings import first_position, prompt_tokens, read_echo, read_first, spoken

TOP = [("True", -0.2), (" True", -2.0), ("False", -3.0), ("Maybe", -5.0)]


def _chat(top, token="True"):
    entries = [{"token": text, "logprob": value, "bytes": None} for text, value in top]
    content = [{"token": token, "logprob": top[0][1] if top else 0.0, "top_logprobs": entries}]
    return {"choices": [{"message": {"content": token}, "logprobs": {"content": content}}], "usage": {}}


def _plain(top, token="True"):
    return {"choices": [{"text": token, "logprobs": {"tokens": [token], "top_logprobs": [dict(top)]}}]}


def _echo(tokens, values):
    return {"choices": [{"text": "", "logprobs": {"tokens": tokens, "token_logprobs": values}}]}


@pytest.mark.parametrize("shape", [_chat, _plain])
def test_spellings_of_one_answer_are_summed(shape):
    reading = read_first(shape(TOP), ["True", "False"])
    assert reading.logs == pytest.approx((math.log(math.exp(-0.2) + math.exp(-2.0)), -3.0))
    assert not reading.floored
    assert reading.top == 4


@pytest.mark.parametrize("shape", [_chat, _plain])
def test_an_answer_that_is_not_there_gets_the_bound_above_it(shape):
    reading = read_first(shape(TOP), ["True", "Never"])
    assert reading.logs[1] == -5.0
    assert reading.floored
    assert read_first(shape(TOP), ["true", "Tru"]).logs == (-5.0, -5.0)  # neither another case nor a part


@given(st.lists(st.floats(-12, 3), min_size=6, max_size=40), st.integers(2, 20))
def test_the_stand_in_never_lies_below_the_answers_own_log_probability(logits, shown):
    values = np.array(logits) - np.logaddexp.reduce(logits)
    order = np.argsort(-values, kind="stable")
    top = [(f"t{k}", float(values[k])) for k in order[:shown]]
    for k in range(len(values)):
        reading = read_first(_chat(top, f"t{order[0]}"), [f"t{k}"])
        assert reading.logs[0] >= values[k] - 1e-12
        assert reading.floored == (k not in order[:shown])
        if not reading.floored:
            assert reading.logs[0] == pytest.approx(values[k])


def test_a_generated_token_outside_the_top_does_not_lower_the_bound():
    assert read_first(_chat([*TOP, ("odd", -14.0)], "odd"), ["Never"]).logs == (-5.0,)


def test_placeholders_for_the_unlikely_are_no_values():
    assert read_first(_chat([*TOP, ("Never", -9999.0)]), ["Never"]).logs == (-5.0,)
    with pytest.raises(EndpointError) as caught:
        first_position(_chat([("True", -9999.0)]))
    assert caught.value.reason == "no logprobs"


def test_marked_white_space_is_white_space():
    assert read_first(_plain([("▁True", -0.1), ("ĠFalse", -2.0)]), ["True", "False"]).logs == (-0.1, -2.0)


@pytest.mark.parametrize(
    "payload",
    [
        {"choices": [{"message": {"content": "True"}}]},
        {"choices": [{"message": {"content": "True"}, "logprobs": None}]},
        {"choices": [{"logprobs": {"content": []}}]},
        {"choices": [{"logprobs": {"content": [{"token": "True", "top_logprobs": []}]}}]},
        {"choices": [{"text": "True", "logprobs": {"tokens": ["True"], "top_logprobs": None}}]},
    ],
)
def test_missing_log_probabilities_are_told_apart(payload):
    with pytest.raises(EndpointError) as caught:
        read_first(payload, ["True"])
    assert caught.value.reason == "no logprobs"


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"choices": []},
        {"choices": "True"},
        {"choices": [None]},
        _chat([("True", float("nan")), ("x", -1.0)]),
        _chat([("True", 0.7), ("x", -1.0)]),
        _chat([("True", "-1"), ("x", -1.0)]),
        _chat([("True", None), ("x", -1.0)]),
        _chat([("True", True), ("x", -1.0)]),
        _chat([(3, -1.0), ("x", -1.0)]),
    ],
)
def test_what_is_no_log_probability_is_malformed(payload):
    with pytest.raises(EndpointError) as caught:
        read_first(payload, ["True"])
    assert caught.value.reason == "malformed"


def test_echo_sums_the_answers_tokens_and_no_others():
    tokens = ["<s>", "Good", "?\n", "Answer", ":", " very", " tr", "ue", ".", " So"]
    values = [None, -9.0, -8.0, -7.0, -6.0, -1.0, -0.5, -0.25, -5.0, -4.0]
    prompt = "Good?\nAnswer:"
    assert read_echo(_echo(tokens, values), prompt, "very true").logs == (-1.75,)
    assert read_echo(_echo(tokens[1:], values[1:]), prompt, "very true").logs == (-1.75,)


def test_echo_takes_the_place_after_the_prompt_where_the_answer_stands_twice():
    tokens = ["a", " b", " a", ":", " b", " b"]
    assert read_echo(_echo(tokens, [None, -1.0, -2.0, -3.0, -4.0, -5.0]), "a b a:", "b").logs == (-4.0,)


def test_echo_counts_a_token_that_the_answer_shares_with_the_prompt():
    assert read_echo(_echo(["x", ": T", "rue"], [None, -1.0, -2.0]), "x:", "True").logs == (-3.0,)


def test_echo_survives_characters_that_tokens_break():
    tokens = ["\ufffd", "\ufffd", " film", "?\n", "Answer:", " True"]
    payload = _echo(tokens, [None, *[-1.0] * 4, -2.5])
    assert read_echo(payload, "\U0001f44d film?\nAnswer:", "True").logs == (-2.5,)
    tokens = ["True:", " True", " \ufffd", "?\nAnswer:", " True", " True"]
    payload = _echo(tokens, [None, -1.0, -1.5, -2.0, -2.5, -3.0])
    assert read_echo(payload, "True: True \U0001f44d?\nAnswer:", "True").logs == (-2.5,)
    payload = _echo(["x:", " True", ":", "\ufffd", " True"], [None, -1.0, -1.5, -2.0, -2.5])
    assert read_echo(payload, "x: True:\U0001f44d", "True").logs == (-2.5,)


@pytest.mark.parametrize(
    ("tokens", "values", "reason"),
    [
        (None, None, "no logprobs"),
        ([], [], "no logprobs"),
        ([" So"], [-1.0], "no logprobs"),  # echo ignored: the generated token alone
        (["x", ":", " True"], [None, None, None], "no logprobs"),
        (["x", ":", " True"], [None, -1.0], "malformed"),
        (["x", ":", " True"], [None, -1.0, "a"], "malformed"),
        (["x", ":", 3], [None, -1.0, -1.0], "malformed"),
    ],
)
def test_an_echo_that_is_none_is_refused(tokens, values, reason):
    with pytest.raises(EndpointError) as caught:
        read_echo(_echo(tokens, values), "x:", "True")
    assert caught.value.reason == reason


def test_replies_and_token_counts_are_taken_where_they_are():
    assert spoken({"choices": [{"message": {"content": " Yes.\n"}}]}) == "Yes."
    assert spoken({"choices": [{"message": {"content": None}}]}) == ""
    assert spoken({"choices": [{"text": " Yes"}]}) == "Yes"
    with pytest.raises(EndpointError):
        spoken({"choices": [{"text": 3}]})
    assert prompt_tokens({"usage": {"prompt_tokens": 7}}) == 7
    for usage in ({}, {"usage": None}, {"usage": {"prompt_tokens": 0}}, {"usage": {"prompt_tokens": "7"}}):
        assert prompt_tokens(usage) is None
