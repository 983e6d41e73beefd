"""Log-probabilities of answers, read from what an OpenAI-compatible server returns.

First token: of the tokens returned for the first position, those that are the answer but for white space around it
count, their probabilities summed ("True" and " True" are one answer). An answer that is not among them gets the
smallest log-probability returned, which its own cannot exceed; the reading says so, and the passes are counted. An
answer of several tokens is never among them: it takes `echo`.

Echo: the log-probabilities of the tokens that overlap the answer's characters are summed. The answer is found by the
tokens' own texts, not by the offsets that servers send along (they drift with special tokens in front).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from spex_core.errors import EndpointError
from spex_core.models.endpoint.wire.parsing import is_text, number
from spex_core.models.endpoint.wording import said
from spex_core.models.reasoning import answered

ABSENT = -9000.0
"""Log-probabilities below this are how OpenAI and vLLM write "not among the most likely" (-9999)."""
_MARKS = str.maketrans({"▁": " ", "Ġ": " ", "Ċ": "\n"})  # how some servers show white space in tokens
_ROUNDING = 1e-3  # by which a log-probability may lie above 0
_MOST_SUMMED = 1e-2  # the same, for an answer of several tokens
_LOWEST = -1e6  # of an echoed token: below this stands how a server writes "none" (the least float that it has)
_LONGEST_TOKEN = 1000  # characters
_LONGEST_REPLY = 32_768  # characters, of a few dozen tokens, or two thousand where a model reasons
_MOST_TOKENS = 10_000_000  # of a prompt; no model reads as many
_TAILS = (24, 8, 1)  # characters before the answer by which its place is found where tokens break a character


@dataclass(frozen=True)
class Position:
    """What a server says about the first token of a reply.

    Attributes:
        token: the one that it generated.
        top: most likely tokens and their log-probabilities.
    """

    token: str
    top: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Reading:
    """What one call said.

    Attributes:
        logs: log-probability of each answer asked for.
        floored: whether one of them is only the bound above it.
        unseen: whether all of them are.
        tokens: read by the server for this call, None where it does not say.
        top: how many tokens it returned to choose from; 0 for echo.
        token: with which the model's own reply begins; "" for echo.
        said: replies in words, of a model that is asked for no log-probabilities.
    """

    logs: tuple[float, ...]
    floored: bool
    tokens: int | None
    top: int = 0
    token: str = ""
    unseen: bool = False
    said: tuple[str, ...] = ()


def read_first(payload: Mapping[str, Any], answers: Sequence[str]) -> Reading:
    """Log-probability that the reply's first token is each of the answers.

    Raises:
        EndpointError: "no logprobs", or "malformed".
    """
    position = first_position(payload)
    others = [value for token, value in position.top if token != position.token]
    floor = min(others or [value for _, value in position.top])
    logs = [_of(answer, position) for answer in answers]
    return Reading(
        tuple(floor if value is None else value for value in logs),
        None in logs,
        prompt_tokens(payload),
        len(position.top),
        position.token,
        not any(value is not None for value in logs),
    )


def read_echo(payload: Mapping[str, Any], prompt: str, answer: str) -> Reading:
    """Log-probability of `answer` after `prompt`, summed over its tokens.

    Raises:
        EndpointError: "no logprobs" where the prompt's are not among those returned, or "malformed".
    """
    found = _choice(payload).get("logprobs")
    tokens, values = (found.get(name) for name in ("tokens", "token_logprobs")) if isinstance(found, dict) else (0, 0)
    if not isinstance(tokens, list) or not isinstance(values, list) or not tokens:
        raise EndpointError("the server answered a call without log-probabilities", "no logprobs")
    if len(tokens) != len(values) or not all(map(is_text, tokens)):
        raise _malformed("tokens and log-probabilities do not match")
    texts = [_plain(token) for token in tokens]
    start, stop = _place("".join(texts), prompt, said(answer))
    ends = np.cumsum([len(text) for text in texts])
    inside = [k for k, text in enumerate(texts) if ends[k] > start and ends[k] - len(text) < stop and text]
    if any(values[k] is None for k in inside):
        raise EndpointError("the server answered a call without the prompt's log-probabilities", "no logprobs")
    logs = [_number(values[k]) for k in inside]
    if min(logs) < _LOWEST:
        raise _malformed(f"{min(logs):g} is no log-probability")
    return Reading((math.fsum(logs),), False, prompt_tokens(payload))


def first_position(payload: Mapping[str, Any]) -> Position:
    """The first token of a reply and its alternatives, from a chat or a plain completion.

    Raises:
        EndpointError: "no logprobs", or "malformed".
    """
    found = _choice(payload).get("logprobs")
    if not isinstance(found, dict):
        raise EndpointError("the server answered a call without log-probabilities", "no logprobs")
    content = found.get("content")
    if isinstance(content, list) and content and isinstance(content[0], dict):  # llama.cpp's for completions too
        entries = content[0].get("top_logprobs")
        token = content[0].get("token")
        pairs: list[tuple[Any, Any]] = [
            (e.get("token"), e.get("logprob"))
            for e in (entries if isinstance(entries, list) else [])
            if isinstance(e, dict)
        ]
    else:
        tops, tokens = found.get("top_logprobs"), found.get("tokens")
        first = tops[0] if isinstance(tops, list) and tops else None
        token = tokens[0] if isinstance(tokens, list) and tokens else ""
        pairs = list(first.items()) if isinstance(first, dict) else []
    if not is_text(token) or not all(is_text(text) for text, _ in pairs):
        raise _malformed("a token is no text")
    if len(token) > _LONGEST_TOKEN:
        raise _malformed(f"a token has {len(token):,} characters")
    top = [(_plain(text), _number(value)) for text, value in pairs]
    top = [(text, value) for text, value in top if value > ABSENT]
    if not top:
        raise EndpointError("the server answered a call without log-probabilities", "no logprobs")
    return Position(_plain(token), tuple(top))


def read_reply(payload: Mapping[str, Any]) -> Reading:
    """A reply in words, without the reasoning before it.

    Raises:
        EndpointError: "malformed".
    """
    return Reading((), False, prompt_tokens(payload), said=(answered(spoken(payload)),))


def is_cut(payload: Mapping[str, Any]) -> bool:
    """Whether a reply ends because there was no room for more of it."""
    return _choice(payload).get("finish_reason") == "length"


def spoken(payload: Mapping[str, Any]) -> str:
    """Text of a reply, without white space around it; may be empty.

    Raises:
        EndpointError: "malformed".
    """
    choice = _choice(payload)
    message = choice.get("message")
    text = message.get("content") if isinstance(message, dict) else choice.get("text")
    if text is None:
        return ""
    if not is_text(text):
        raise _malformed("the reply is no text")
    if len(text) > _LONGEST_REPLY:
        raise _malformed(f"the reply has {len(text):,} characters, more than were asked for")
    return text.strip()


def prompt_tokens(payload: Mapping[str, Any]) -> int | None:
    """Tokens that the server says it read; None where it says none, or what no model reads."""
    usage = payload.get("usage")
    count = usage.get("prompt_tokens") if isinstance(usage, dict) else None
    if not isinstance(count, int) or isinstance(count, bool) or not 0 < count <= _MOST_TOKENS:
        return None
    return count


def _of(answer: str, position: Position) -> float | None:
    """Log-probability of the tokens that are `answer` but for white space; None where there are none."""
    matches = [value for token, value in position.top if token.strip() == answer.strip()]
    if not matches:
        return None
    found = float(np.logaddexp.reduce(matches))
    if found > _MOST_SUMMED:
        raise _malformed(f"the probabilities of {answer.strip()!r} add up to more than 1")
    return found


def _place(joined: str, prompt: str, answer: str) -> tuple[int, int]:
    """Where the answer stands in the echoed characters: the last place that looks like prompt and answer."""
    for tail in (prompt, *(prompt[-length:] for length in _TAILS), ""):
        at = joined.rfind(tail + answer)
        if at >= 0:
            return at + len(tail), at + len(tail) + len(answer)
    raise EndpointError("the server does not repeat the prompt with log-probabilities", "no logprobs")


def _choice(payload: Mapping[str, Any]) -> Mapping[str, Any]:
    choices = payload.get("choices")
    if not isinstance(choices, list) or not choices or not isinstance(choices[0], dict):
        raise _malformed("there is no choice in it")
    return choices[0]


def _number(value: object) -> float:
    found = number(value)
    if found is None or found > _ROUNDING:
        raise _malformed(f"{_shown(value)} is no log-probability")
    return found


def _shown(value: object) -> str:
    """Some characters of a value of JSON, all of them printable."""
    return ascii(value)[:20] if isinstance(value, (float, str)) else type(value).__name__


def _plain(token: str) -> str:
    return token.translate(_MARKS)


def _malformed(why: str) -> EndpointError:
    return EndpointError(f"the server's answer cannot be read: {why}", "malformed")
