"""Replies of a model server: bytes that a real server on this machine sends in place of an answer.

The first line of an input says what was asked and whether the server closes the connection behind its reply. Where a
reply is accepted the next question is asked, and must get its own answer.
"""

import json
from functools import cache

from hypothesis import strategies as st

from spex_core.models.endpoint.scorer import EndpointScorer
from spex_core.models.endpoint.wire.address import Address, Secret
from spex_core.models.endpoint.wire.client import Endpoint, Patience
from spex_core.models.endpoint.wording import Dialect, Wording
from tests.fuzz.judge import Kind
from tests.fuzz.mutations import broken_bytes, broken_json
from tests.support.raw_server import MOST_CONNECTIONS, RawServer, whole

ANSWERS = ("yes", "no")
HEADS = ("chunked", "length", "none", "gzip", "status", "broken")
MODES = {
    "chat": {
        "choices": [
            {
                "message": {"role": "assistant", "content": "yes"},
                "logprobs": {
                    "content": [
                        {
                            "token": "yes",
                            "logprob": -0.2,
                            "top_logprobs": [
                                {"token": "yes", "logprob": -0.2},
                                {"token": " no", "logprob": -1.9},
                                {"token": "No", "logprob": -9999.0},
                            ],
                        }
                    ]
                },
            }
        ],
        "usage": {"prompt_tokens": 12},
    },
    "completions": {
        "choices": [
            {"text": "yes", "logprobs": {"tokens": ["yes"], "top_logprobs": [{"yes": -0.3, "no": -1.5, "Ġno": -4}]}}
        ],
        "usage": {"prompt_tokens": 9, "completion_tokens": 1},
    },
    "echo": {
        "choices": [
            {
                "text": "good film yes",
                "logprobs": {"tokens": ["good", " film", " yes"], "token_logprobs": [None, -2.5, -0.5]},
            }
        ],
        "usage": {"prompt_tokens": 3},
    },
    "speak": {"choices": [{"message": {"content": "yes, it is"}}]},
}
OWN = -0.4242  # what only the next question's answer says


def _next_answer():
    first = {"token": "yes", "top_logprobs": [{"token": "yes", "logprob": OWN}, {"token": "no", "logprob": -3.0}]}
    return whole(json.dumps({"choices": [{"logprobs": {"content": [first]}}]}).encode())


@st.composite
def _reply(draw):
    mode = draw(st.sampled_from(tuple(MODES)))
    good = json.dumps(MODES[mode])
    body = draw(st.one_of(broken_json([good]), broken_json([good]), st.just(good.encode())))
    how = draw(st.sampled_from(HEADS))
    status = draw(st.sampled_from(("200 OK",) * 5 + ("204 No", "301 Moved", "400 Bad", "404 No", "429 Slow", "500 Oh")))
    said = whole(body, status)
    if how == "chunked":
        said = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
    elif how == "gzip":
        said = whole(body, status, "Content-Encoding: gzip")
    elif how == "none":
        said = b"HTTP/1.1 200 OK\r\n\r\n" + body
    elif how == "broken":
        said = draw(broken_bytes([said, whole(good.encode()), _next_answer()], 4))
    closes = how in ("none", "broken") or draw(st.booleans())
    return f"{mode} {'closes' if closes else 'stays'}\n".encode() + said


def inputs():
    return _reply()


@cache
def _servers():
    return []


class _Said:
    """The reply to the first question; every other question gets the next answer."""

    first: bytes = b""
    closes = True
    asked = 0


def _say(_):
    _Said.asked += 1
    if _Said.asked > 1:
        return [_next_answer()]
    return [_Said.first, None] if _Said.closes else [_Said.first]


def _server():
    servers = _servers()
    if not servers or servers[-1].connections > MOST_CONNECTIONS - 10:
        while servers:
            servers.pop().close()
        servers.append(RawServer(_say))
    return servers[-1]


def attempt(data):
    """Ask, and where that was answered, ask something else."""
    line, _, _Said.first = data.partition(b"\n")
    mode, _, kept = line.decode().partition(" ")
    _Said.closes, _Said.asked = kept == "closes", 0
    endpoint = Endpoint(Address.read(_server().url), Secret(""), 1, Patience(silence=3, call=6, batch=8, retries=0))
    scorer = EndpointScorer(endpoint, Wording("tiny", mode="chat" if mode == "speak" else mode))
    scorer._dialect = Dialect()
    if mode == "speak":
        scorer.speak("good film")
    elif mode == "echo":
        scorer.read(["good film"], ("yes",))
    else:
        scorer.read(["good film"], ANSWERS)
    if _Said.asked == 1:
        other = EndpointScorer(endpoint, Wording("tiny", mode="chat"))
        other._dialect = Dialect()
        assert other.read(["another"], ANSWERS)[0].logs[0] == OWN


KIND = Kind("replies", inputs, attempt, "http", in_tests=150)
