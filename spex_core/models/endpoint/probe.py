"""Finding out what a server can do before anything is spent, and remembering what it showed.

Some servers ignore the request for log-probabilities and answer all the same: `transformers serve` does. One short
call tells. The same call settles the dialect: how many alternatives the server gives, and which parameters it takes.
Where replies in words are all that is wanted, it tells that some come.
"""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass, replace

from spex_core.errors import EndpointError, InputError
from spex_core.models.cost import CHARACTERS_PER_TOKEN
from spex_core.models.endpoint.readings import Position, first_position, is_cut, read_echo, spoken
from spex_core.models.endpoint.wire.client import Endpoint
from spex_core.models.endpoint.wording import Dialect, Wording
from spex_core.models.reasoning import opening

_TEXT = "Name a colour."
_ANSWER = "blue"
_FEWER = {20: 10, 10: 5}
_ROOM = 2048  # tokens of a reply where a model reasons before it answers, and cannot be asked not to
_ROLES = re.compile(r"system|\broles?\b|instruction|template|alternat", re.IGNORECASE)
_NOT_ROLES = re.compile(
    r"logprobs|echo|temperature|max_\w*tokens|\bmodel\b|\bkey\b|quota|credit|not found", re.IGNORECASE
)
_INSTEAD = {
    "chat": "use hf-causal-lm (the model on this machine), a server that returns them, such as vLLM or llama.cpp's, "
    'or mode="sampled", which needs none',
    "echo": 'use mode="chat" or "completions" (first token only), hf-causal-lm, or vLLM or llama-cpp-python as server',
}


@dataclass(frozen=True)
class Observation:
    """What calls to a server showed.

    Attributes:
        characters: sent in the calls whose tokens the server told.
        tokens: that it read for them.
        passes_per_second: of the latest batch, None before one.
    """

    characters: int = 0
    tokens: int = 0
    passes_per_second: float | None = None

    @property
    def characters_per_token(self) -> float:
        """Measured, or `CHARACTERS_PER_TOKEN`."""
        return self.characters / self.tokens if self.tokens else CHARACTERS_PER_TOKEN


_MOST_SEEN = 256  # models; those used least lately are forgotten
_MOST_PER_CHARACTER = 16  # tokens that a server can have read
_FEWEST_JUDGED = 100_000  # tokens: of fewer, most may be what a server puts around each prompt
_MOST_PASSES = 1e6  # per second

_seen: dict[tuple[str, str, str], Observation] = {}
_guard = threading.Lock()


def recall(url: str, model: str, mode: str) -> Observation:
    """What is known of a model on a server since this process started."""
    with _guard:
        return _seen.get((url, model, mode), Observation())


def remember(url: str, model: str, mode: str, characters: int, tokens: int, passes_per_second: float | None) -> None:
    """Add what a batch showed, as far as it can be true: all who name this server are told by it what a pass takes."""
    believed = 0 < tokens <= max(_MOST_PER_CHARACTER * characters, _FEWEST_JUDGED)
    speed = passes_per_second if passes_per_second and 0 < passes_per_second <= _MOST_PASSES else None
    with _guard:
        old = _seen.pop((url, model, mode), Observation())
        _seen[url, model, mode] = Observation(
            old.characters + (characters if believed else 0),
            old.tokens + (tokens if believed else 0),
            speed or old.passes_per_second,
        )
        while len(_seen) > _MOST_SEEN:
            del _seen[next(iter(_seen))]


def negotiate(endpoint: Endpoint, wording: Wording) -> Dialect:
    """Find the dialect in which a server returns log-probabilities of answers, with a short call per try.

    Raises:
        InputError: the model reasons before it answers, and the server cannot be asked to leave that out; or it answers
            at its own temperature alone, and another is asked for.
        EndpointError: "no logprobs" where it returns none: the message says what to use instead; or the call failed.
    """
    bare, dialect, reasoning = wording.bare(), Dialect(), ""
    if wording.mode == "sampled":
        return _negotiate_replies(endpoint, wording, bare, dialect)
    while True:
        try:
            if wording.mode == "echo":
                _try_echo(endpoint, bare, dialect)
                return dialect
            reasoning = opening(_try_first(endpoint, bare, dialect).token)
            if not reasoning:
                return dialect
            if wording.mode == "chat" and dialect.reasons:
                dialect = replace(dialect, reasons=False)
                continue
            raise reasons(wording.model, reasoning)
        except EndpointError as error:
            failure = error
        if reasoning and failure.reason == "refused":
            raise reasons(wording.model, reasoning) from failure
        changed = _next(dialect, failure, bool(bare.instruction))
        if changed is None:
            raise _instead(endpoint, wording, failure)
        dialect = changed


def _negotiate_replies(endpoint: Endpoint, wording: Wording, bare: Wording, dialect: Dialect) -> Dialect:
    """Find the dialect in which a server answers in words: at once, or with room to reason before."""
    asked_off = False
    while True:
        try:
            call = bare.speak(_TEXT, dialect)
            ((said, cut),) = endpoint.ask([call], lambda _, answer: (spoken(answer), is_cut(answer)))
        except EndpointError as error:
            if asked_off and not dialect.reasons and error.reason == "refused":
                dialect = replace(dialect, reasons=True, room=_ROOM)
                continue
            changed = _next(dialect, error, bool(bare.instruction))
            if changed is None:
                raise
            dialect = changed
            continue
        reasoning = bool(opening(said)) or (cut and not said)
        if reasoning and not asked_off:
            dialect, asked_off = replace(dialect, reasons=False), True
        elif reasoning and dialect.room < _ROOM:
            dialect = replace(dialect, reasons=True, room=_ROOM)
        elif not dialect.greedy and wording.temperature != 1:
            raise InputError(
                f"{wording.model} answers at its own temperature alone; leave temperature at 1, not "
                f"{wording.temperature:g}"
            )
        else:
            return dialect


def reasons(model: str, start: str) -> InputError:
    """The refusal of a model whose first token is none of an answer."""
    return InputError(
        f"{model} reasons before it answers (“{start}”), so the first token of its reply is no answer, and this server "
        "cannot be asked to leave that out; use a model that answers at once, or hf-causal-lm"
    )


def _try_first(endpoint: Endpoint, wording: Wording, dialect: Dialect) -> Position:
    (position,) = endpoint.ask([wording.first_token(_TEXT, dialect)], lambda _, answer: first_position(answer))
    if _degenerate(position):
        raise EndpointError("only one token came back", "no logprobs")
    return position


def _degenerate(position: Position) -> bool:
    """Whether there is nothing beside the generated token: no bound for any other could be had."""
    return len(position.top) < 2


def _try_echo(endpoint: Endpoint, wording: Wording, dialect: Dialect) -> None:
    prompt = wording.prompt(_TEXT)
    call = wording.echo(_TEXT, _ANSWER, dialect)
    (reading,) = endpoint.ask([call], lambda _, answer: read_echo(answer, prompt, _ANSWER))
    if reading.logs[0] == 0.0:
        raise EndpointError("the log-probabilities are all zero", "no logprobs")


def _next(dialect: Dialect, failure: EndpointError, instructed: bool) -> Dialect | None:
    """The dialect to try after a refusal, None where there is no other; `instructed`: there is a system message."""
    if failure.reason not in ("refused", "server"):
        return None
    if "max_completion_tokens" in failure.said and dialect.limit == "max_tokens":
        return replace(dialect, limit="max_completion_tokens")
    if "temperature" in failure.said and dialect.greedy:
        return replace(dialect, greedy=False)
    if "logprobs" in failure.said and dialect.top in _FEWER:
        return replace(dialect, top=_FEWER[dialect.top])
    if instructed and dialect.system and _may_mean_roles(failure):
        return replace(dialect, system=False)  # some models' templates know no such role, and servers pass that on
    return None


def _may_mean_roles(failure: EndpointError) -> bool:
    """Whether a system message may be what was refused; servers put it in many words, or in none."""
    if _ROLES.search(failure.said):
        return True
    return failure.reason == "refused" and not _NOT_ROLES.search(failure.said)


def _instead(endpoint: Endpoint, wording: Wording, failure: EndpointError) -> EndpointError:
    """The error to show: where log-probabilities are the trouble, with what to use instead."""
    told = any(word in failure.said for word in ("logprobs", "echo"))
    if failure.reason != "no logprobs" and not (failure.reason in ("refused", "authentication") and told):
        return failure
    kind = "echo" if wording.mode == "echo" else "chat"
    what = "the prompt's log-probabilities" if kind == "echo" else "log-probabilities"
    said = f" ({failure.said})" if failure.said else ""
    return EndpointError(
        f"{endpoint.address.host} does not return {what} for {wording.model}{said}; {_INSTEAD[kind]}",
        "no logprobs",
        failure.said,
    )
