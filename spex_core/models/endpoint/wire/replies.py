"""What is accepted of a server's reply: how large, in how many pieces, packed how; all else is refused in words.

Nothing of a reply is taken as it comes: it is unpacked here, bounded, and of its headers only those are handed on that
say when to try again. So no server chooses how its bytes are decoded, or what the client makes of them.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable

import httpx2
import openai

from spex_core.models.endpoint.wire.failures import words

MOST_BYTES = 4 * 2**20
"""Of a reply, head and body: as they arrive, and again unpacked."""
MOST_PIECES = 65_536
"""In which a reply may arrive: reading one takes longer than its bytes do."""
MOST_SECONDS = 9.0
"""From the first byte of a reply to its last."""
MOST_SILENCE = 4.0
"""Seconds without a byte within a head or a body that has begun; a head may wait longer for its body."""
ACCEPTED = "gzip, deflate"
"""Ways of packing that are asked for."""

_WINDOWS = {"gzip": (31,), "x-gzip": (31,), "deflate": (15, -15)}  # deflate comes with zlib's header or without
_HANDED_ON = frozenset({b"retry-after", b"retry-after-ms", b"x-should-retry"})
_LONGEST_HEADER = 64
_MOMENT = 0.02  # seconds


class Refused(httpx2.TransportError, openai.OpenAIError):
    """A reply that is not read to its end. The client does not retry its own kind of errors, and this is one.

    Attributes:
        what: the sentence about the server, without its name.
        reason: of the `EndpointError` to be.
    """

    def __init__(self, what: str, reason: str = "malformed") -> None:
        super().__init__(what)
        self.what = what
        self.reason = reason


class Stalled(Refused):
    """A reply that began and went silent: the connection may be at fault, so the call is made once more."""


def check_size(received: int) -> None:
    """Refuse a reply of which more has come than is read.

    Raises:
        Refused: above `MOST_BYTES`.
    """
    if received > MOST_BYTES:
        raise Refused(f"sent a reply of more than {MOST_BYTES // 2**20} MB, which is the limit")


def check_pieces(count: int) -> None:
    """Refuse a reply that comes in crumbs.

    Raises:
        Refused: above `MOST_PIECES`.
    """
    if count > MOST_PIECES:
        raise Refused(f"sent a reply in more than {MOST_PIECES:,} pieces, which is the limit")


def too_long_headers(limit: int) -> Refused:
    """The error for a head, or a part of one, above `limit` bytes."""
    return Refused(f"sent headers of more than {limit // 1024} kB, which is the limit")


def too_slow(seconds: float) -> Refused:
    """The error for a reply that began and did not end."""
    return Refused(f"began a reply and did not end it within {seconds:g} seconds, which is the limit", "timeout")


def stalled() -> Stalled:
    """The error for a reply that began and of which nothing more came."""
    return Stalled(
        f"began a reply and then sent nothing for {MOST_SILENCE:g} seconds, which is the limit, and so once more",
        "timeout",
    )


def latest(now: float, given_up: float | None) -> float:
    """When a reply that begins now must have ended, where its try is given up at `given_up`."""
    return min(now + MOST_SECONDS, now + MOST_SECONDS if given_up is None else given_up)


def is_early(now: float, latest: float) -> bool:
    """Whether a reply that must have ended at `latest` was given up before, for its silence."""
    return now < latest - _MOMENT


def silent_since(now: float, latest: float) -> float:
    """When to give a reply up of which nothing more comes, that must have ended at `latest`."""
    return min(latest, now + MOST_SILENCE)


def plain(status: int, headers: Iterable[tuple[bytes, bytes]], body: bytes) -> httpx2.Response:
    """The reply as the client gets it: unpacked, without the headers that nobody needs; an error's body is its words.

    Raises:
        Refused: it cannot be unpacked, or is too large then.
    """
    headers = [(name.lower(), value) for name, value in headers]
    content = _unpacked(body, b",".join(value for name, value in headers if name == b"content-encoding"))
    if not 200 <= status < 300:
        content = json.dumps({"error": {"message": words(content)}}).encode("ascii")
    kept = [(name, value) for name, value in headers if name in _HANDED_ON and len(value) <= _LONGEST_HEADER]
    return httpx2.Response(status, headers=kept, content=content)


def _unpacked(body: bytes, packed: bytes) -> bytes:
    name = packed.decode("latin-1").strip().lower()
    if name in ("", "identity") or not body:
        return body
    for window in _WINDOWS.get(name, ()):
        unpacking = zlib.decompressobj(window)
        try:
            found = unpacking.decompress(body, MOST_BYTES + 1)
        except zlib.error:
            continue
        check_size(len(found))
        if unpacking.eof:
            return found
    raise Refused(f"sent a reply that cannot be unpacked ({ACCEPTED} are read)")
