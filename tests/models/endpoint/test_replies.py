"""Whatever a server answers is an answer or one typed error, and what it says beside that is believed within bounds."""

import contextlib
import json
import math
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spex_core.errors import EndpointError
from spex_core.models.backends.openai import OpenAIEndpoint
from spex_core.models.endpoint import probe
from spex_core.models.endpoint.probe import Observation, recall, remember
from spex_core.models.endpoint.readings import first_position, prompt_tokens, read_echo, read_first, spoken
from spex_core.models.endpoint.scorer import EndpointScorer
from spex_core.models.endpoint.wire.address import Address, Secret
from spex_core.models.endpoint.wire.client import Call, Endpoint, Patience
from spex_core.models.endpoint.wire.parsing import parse
from spex_core.models.endpoint.wording import Wording
from tests.support.endpoint_server import serving
from tests.support.raw_server import saying, whole

FUZZ = settings(max_examples=400, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
PROMPT, ANSWER = "Good?\nAnswer:", "True"


def _chat(token=("True",), logprob=(-0.2,), top=None, tokens=7):
    names, values = [*token, "False", "x"], [*logprob, -2.0, -3.0]
    entries = [{"token": name, "logprob": value} for name, value in zip(names, values, strict=False)]
    content = {"token": token[0], "logprob": logprob[0], "top_logprobs": entries if top is None else top}
    return {"choices": [{"message": {"content": token[0]}, "logprobs": {"content": [content]}}],
            "usage": {"prompt_tokens": tokens}}  # fmt: skip


def _plain():
    logs = {"tokens": ["True"], "top_logprobs": [{"True": -0.1, "False": -3.0}], "token_logprobs": [-0.1]}
    return {"choices": [{"text": "True", "logprobs": logs}], "usage": {"prompt_tokens": 7}}


def _echo(values=(None, -1.0, -2.0, -0.5), tokens=("Good?", "\nAnswer", ":", " True")):
    logs = {"tokens": list(tokens), "token_logprobs": list(values)}
    return {"choices": [{"text": "", "logprobs": logs}], "usage": {"prompt_tokens": 4}}


READERS = (
    lambda answer: read_first(answer, ["True", "never"]),
    lambda answer: read_echo(answer, PROMPT, ANSWER),
    first_position,
    spoken,
    prompt_tokens,
)


def _outcome(read, answer):
    try:
        return read(answer), None
    except EndpointError as error:
        return None, error


def _read_all(answer):
    """Each reader's value is finite and can be written, or it raises the one error."""
    refused = 0
    for read in READERS:
        found, failed = _outcome(read, answer)
        if failed is not None:
            assert failed.reason in ("malformed", "no logprobs")
            str(failed).encode("utf-8")
            assert len(str(failed)) < 300
            assert str(failed).isprintable()
            refused += 1
            continue
        if isinstance(found, str):
            found.encode("utf-8")
        elif hasattr(found, "logs"):
            assert all(math.isfinite(value) and -1e7 < value < 0.02 for value in found.logs)
            assert found.tokens is None or 0 < found.tokens <= 10**7
        elif found is not None and not isinstance(found, int):
            found.token.encode("utf-8")
            assert all(math.isfinite(value) for _, value in found.top)
    return refused


ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from([0, -1, 3, 10**18, 10**310, -(10**310), 10**399, 0.5, -1e308, 1e308, -3.4e38, -9999.0]),
    st.sampled_from([math.nan, math.inf, -math.inf, "", "x" * 2000, "\ud83d", "True\udc00", "\x1b[2J", "NaN", "a\nb"]),
    st.integers(-(10**6), 10**6),
    st.floats(),
    st.text(max_size=5),
    st.lists(st.none() | st.integers(-3, 3) | st.text(max_size=2), max_size=3),
    st.dictionaries(st.sampled_from(["token", "logprob", "content", "a"]), st.none() | st.floats(), max_size=3),
)  # fmt: skip


def _places(value, path=()):
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from _places(inner, (*path, key))


def _put(value, path, new):
    if not path:
        return new
    copied = dict(value) if isinstance(value, dict) else list(value)
    copied[path[0]] = _put(value[path[0]], path[1:], new)
    return copied


WELL = [_chat(), _plain(), _echo()]


@FUZZ
@given(st.data())
def test_an_answer_with_anything_in_any_place_is_read_or_refused(data):
    answer = data.draw(st.sampled_from(WELL))
    for _ in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from([path for path in _places(answer) if path]))
        answer = _put(answer, path, data.draw(ODD))
    _read_all(answer)


JSON = st.recursive(
    ODD, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(
        ["choices", "logprobs", "content", "top_logprobs", "tokens", "token_logprobs", "usage", "prompt_tokens", "text"]
    ), inner, max_size=4), max_leaves=20)  # fmt: skip


@FUZZ
@given(st.dictionaries(st.sampled_from(["choices", "usage", "error", "logprobs"]), JSON))
def test_any_json_is_read_or_refused(answer):
    _read_all(answer)


@FUZZ
@given(st.data())
def test_any_bytes_are_json_within_bounds_or_refused(data):
    whole_text = json.dumps(data.draw(st.sampled_from(WELL))).encode()
    at, length = data.draw(st.integers(0, len(whole_text))), data.draw(st.integers(0, 8))
    mutated = whole_text[:at] + data.draw(st.binary(max_size=12)) + whole_text[at + length :]
    found = None
    with contextlib.suppress(ValueError):
        found = parse(mutated)
    if isinstance(found, dict):
        _read_all(found)


HOSTILE = {
    "deep lists": b"[" * 200_000,
    "deep lists, closed": b"[" * 100_000 + b"]" * 100_000,
    "deep objects": b'{"choices":' * 100_000,
    "below the interpreter's depth": b'{"a":' * 90 + b"1" + b"}" * 90,
    "deep in a place that nobody reads": b'{"x": ' + b"[" * 500 + b"]" * 500 + b', "choices": []}',
    "digits": b'{"choices": [{"n": ' + b"9" * 3_000_000 + b"}]}",
    "digits of a float": b'{"choices": [{"n": 0.' + b"9" * 1_000_000 + b"}]}",
    "no UTF-8": b'{"a": "\xff\xfe\xfd"}',
    "another encoding": '{"a": "é"}'.encode("latin-1"),
    "nothing": b"",
    "half": b'{"choices": [',
    "two values": b"{} {}",
    "a list": b"[]",
    "a number": b"7",
    "a word": b'"True"',
    "null": b"null",
    "many empty lists": b'{"choices": [' + b"[]," * 1_000_000 + b"[]]}",
    "many keys": b"{" + b",".join(b'"%d":0' % k for k in range(300_000)) + b"}",
    "the same key": b"{" + b'"choices":[],' * 200_000 + b'"choices":[]}',
}


@pytest.mark.parametrize("kind", HOSTILE)
@pytest.mark.parametrize("status", ["200 OK", "400 Bad", "422 Odd"])
def test_hostile_bytes_are_one_typed_error(kind, status):
    with saying(lambda _: [whole(HOSTILE[kind], status)]) as server:
        endpoint = Endpoint(Address.read(server.url), Secret(""), 1, Patience(10, 20, 30, 0))
        began = time.monotonic()
        with pytest.raises(EndpointError) as caught:
            endpoint.ask([Call("chat/completions", {"a": 1})], lambda _, answer: read_first(answer, ["True"]))
        assert time.monotonic() - began < 10
        assert caught.value.reason in (("malformed", "no logprobs") if status == "200 OK" else ("refused",))
        assert len(str(caught.value)) < 400
        assert str(caught.value).isprintable()


LOGS = [10**400, -(10**400), -(10**310), 10**310, math.nan, math.inf, 1.0, True, "-1", None, [], {}, [-1.0]]


@pytest.mark.parametrize("value", LOGS, ids=[str(value)[:8] for value in LOGS])
def test_what_is_no_log_probability_is_malformed_wherever_it_stands(value):
    for reading in (
        lambda: read_first(_chat(logprob=(value,)), ["True"]),
        lambda: read_first(_put(_plain(), ("choices", 0, "logprobs", "top_logprobs", 0, "True"), value), ["True"]),
        lambda: read_echo(_echo((None, -1.0, -2.0, -3.0 if value is None else value)), PROMPT, ANSWER),
    ):
        if value is None and reading.__code__.co_names[0] == "read_echo":
            continue
        with pytest.raises(EndpointError) as caught:
            reading()
        assert caught.value.reason == "malformed"


@pytest.mark.parametrize("value", [-math.inf, -1e308, -3.4028235e38])
def test_an_echoed_token_of_no_probability_is_malformed(value):
    answer = _echo((None, -1.0, value, value), ("Good?", "\nAnswer:", " Tr", "ue"))
    with pytest.raises(EndpointError) as caught:
        read_echo(answer, PROMPT, ANSWER)
    assert caught.value.reason == "malformed"
    assert read_first(_chat(("True", "rare"), (-0.2, value)), ["rare"]).floored  # among alternatives: not one of them


@pytest.mark.parametrize("entries", [5, 0.5, True, "abc", {"token": "True"}, [3], ["True"], [[]], [None]])
def test_alternatives_that_are_no_list_of_them_are_none(entries):
    with pytest.raises(EndpointError) as caught:
        first_position(_chat(top=entries))
    assert caught.value.reason == "no logprobs"


@pytest.mark.parametrize("token", ["\ud83d", "a\udc00b", "x" * 5000])
def test_half_characters_and_endless_tokens_are_no_answer(token):
    for read in (first_position, spoken) if len(token) < 100 else (first_position,):
        with pytest.raises(EndpointError) as caught:
            read(_chat((token,)))
        assert caught.value.reason == "malformed"
    with pytest.raises(EndpointError):
        spoken({"choices": [{"text": token * 20_000}]})


def test_probabilities_that_add_up_to_more_than_one_are_no_answer():
    many = [{"token": " " * k + "True", "logprob": -0.1} for k in range(50)]
    with pytest.raises(EndpointError, match="add up to more than 1"):
        read_first(_chat(top=[*many, {"token": "x", "logprob": -3.0}]), ["True"])


COUNTS = [10**400, 10**30, -3, 0, True, False, 1.5, 7.0, math.nan, math.inf, "7", None, [7], {"a": 7}, 10**7 + 1]


@pytest.mark.parametrize("count", COUNTS, ids=[str(count)[:8] for count in COUNTS])
def test_a_count_that_no_model_reads_is_not_believed(count):
    assert prompt_tokens({"usage": {"prompt_tokens": count}}) is None
    assert prompt_tokens({"usage": count}) is None


@pytest.mark.parametrize("count", [10**400, 10**40, 10**12, -(10**9), 10**7])
def test_a_lie_of_one_server_breaks_nobodys_form(count):
    answer = json.dumps(_chat(tokens=count)).encode() if abs(count) < 10**300 else json.dumps(_chat()).replace(
        '"prompt_tokens": 7', f'"prompt_tokens": {count}').encode()  # fmt: skip
    with saying(lambda _: [whole(answer)]) as server:
        scorer = EndpointScorer(
            Endpoint(Address.read(server.url), Secret(""), 2, Patience(5, 10, 20, 0)), Wording("tiny")
        )
        scorer.trial("A film that is good.", ("True",))
        told = OpenAIEndpoint.forecast({"url": server.url, "model": "tiny"})
        assert told.problem is None or not told.problem
        assert recall(server.url, "tiny", "chat").characters_per_token == probe.CHARACTERS_PER_TOKEN


def test_what_is_remembered_is_bounded(monkeypatch):
    monkeypatch.setattr(probe, "_seen", {})
    for k in range(2000):
        remember(f"http://localhost:{k}/v1", "m", "chat", 40, 10, 5.0)
        remember("http://localhost:1/v1", "in use", "chat", 40, 10, 5.0)
    assert len(probe._seen) <= 256
    assert recall("http://localhost:1/v1", "in use", "chat") == Observation(80_000, 20_000, 5.0)
    for speed in (math.inf, math.nan, -1.0, 0.0, 1e300):
        remember("http://localhost:1/v1", "in use", "chat", 0, 0, speed)
        assert recall("http://localhost:1/v1", "in use", "chat").passes_per_second == 5.0


def test_an_honest_server_is_read_as_before():
    with serving() as server:
        scorer = EndpointScorer(Endpoint(Address.read(server.url), Secret(""), 2), Wording("tiny", question="Good?"))
        scorer.trial("A film that is good.", ("True",))
        assert scorer.seen().tokens > 0


@pytest.mark.parametrize("words", ["\x1b[2J\x1b[31mred", "a\r\nb\x00c", "\u202eback", "half \ud83d", "x" * 100_000])
@pytest.mark.parametrize("shape", ["message", "detail", "text", "error"])
def test_a_servers_words_are_shown_in_one_plain_line(words, shape):
    inner = words if shape in ("text", "error") else {shape: words}
    body = json.dumps(inner if shape == "text" else {"error": inner}).encode()
    with saying(lambda _: [whole(body, "400 Bad")]) as server:
        endpoint = Endpoint(Address.read(server.url), Secret(""), 1, Patience(5, 10, 20, 0))
        with pytest.raises(EndpointError) as caught:
            endpoint.ask([Call("chat/completions", {"a": 1})], lambda _, answer: answer)
    assert caught.value.reason == "refused"
    for told in (str(caught.value), caught.value.said):
        assert told
        assert told.isprintable()
        assert len(told) < 320
        told.encode("utf-8")
