"""What a person is told when a model server fails: the status and the server's own words, never the request."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from spex_core.errors import EndpointError
from spex_core.models.endpoint.wire.address import Address, Secret
from spex_core.models.endpoint.wire.parsing import parse

if TYPE_CHECKING:
    import openai

_SAID = 240  # characters of a server's own words that are shown
_NO_SUCH_PATH = (404, 405)
_STATUS = (
    ((401, 403), "authentication", "does not accept the API key"),
    ((429,), "rate limit", "still limits the rate after several tries; lower the concurrency, or resume later"),
    (range(300, 400), "redirect", "redirects elsewhere, and redirects are not followed; give the final address as url"),
    (range(500, 600), "server", "failed, in spite of several tries"),
)


def failure(error: openai.APIError, address: Address, key: Secret) -> EndpointError:
    """The error to raise for one of the client's, which holds the request and must not be its cause."""
    import openai

    host = address.host
    if isinstance(error, openai.APITimeoutError):
        return EndpointError(f"{host} did not answer in time, in spite of several tries", "timeout")
    if not isinstance(error, openai.APIStatusError):
        cause = error.__cause__
        why = _shorten(f"{type(cause).__name__}: {cause}", key) if cause is not None else "no reason given"
        return EndpointError(f"{host} cannot be reached, or closed the connection ({why})", "connection", why)
    said, status = _said(error, key), error.status_code
    reason, text = next(
        ((reason, text) for statuses, reason, text in _STATUS if status in statuses),
        ("refused", "refused the request"),
    )
    hint = address.hint if status in _NO_SUCH_PATH else ""
    return EndpointError(f"{host} {text} ({status}{': ' + said if said else ''}){hint}", reason, said)


def timed_out(what: str, host: str, seconds: float) -> EndpointError:
    """The error for a deadline of our own."""
    return EndpointError(f"{what} not answered by {host} within {seconds:g} seconds", "timeout")


def words(body: bytes) -> str:
    """A server's own words in the body of an error, whole; "" for a page of HTML."""
    try:
        found = parse(body)
    except ValueError:
        found = body.decode("utf-8", "replace")
    if isinstance(found, dict):
        inner = found.get("error", found)
        told = inner.get("message") or inner.get("detail") if isinstance(inner, dict) else inner
        return told if isinstance(told, str) else json.dumps(found) if found else ""
    return found if isinstance(found, str) and "<" not in found else ""


def _said(error: openai.APIStatusError, key: Secret) -> str:
    """The words that `replies.plain` left of the body."""
    inner = error.body.get("error", error.body) if isinstance(error.body, dict) else None
    found = inner.get("message") if isinstance(inner, dict) else None
    return _shorten(found, key) if isinstance(found, str) else ""


def _shorten(text: str, key: Secret) -> str:
    text = " ".join(key.hide(text).split())
    text = text if len(text) <= _SAID else text[: _SAID - 1] + "…"
    return "".join(character if character.isprintable() else "\ufffd" for character in text)
