"""Where a model server is, and which API key may be sent there.

A key leaves this machine in one header, to one host:

- over https, or over plain http to this machine and to private networks only (loopback and private addresses, names
  without a dot, names ending in .local, .internal, .lan or .home.arpa);
- the key of the environment (`OPENAI_API_KEY`) goes to OpenAI, or to the server that `OPENAI_BASE_URL` names, and to no
  other: whoever fills in another address must fill in that server's key too.
"""

from __future__ import annotations

import ipaddress
import os
from dataclasses import dataclass
from typing import NoReturn
from urllib.parse import quote, urlsplit

from spex_core.errors import InputError

OPENAI = "https://api.openai.com/v1"
_PRIVATE_ENDINGS = (".local", ".localhost", ".internal", ".lan", ".home.arpa")
_SHORTEST_HIDDEN = 4  # characters; a shorter "key" of a local server ("x") is a placeholder and would blank out words


class Secret:
    """An API key that no repr, copy to disk or error message shows."""

    __slots__ = ("_value",)

    def __init__(self, value: str = "") -> None:
        self._value = value

    def __bool__(self) -> bool:
        return bool(self._value)

    def __repr__(self) -> str:
        return "Secret(hidden)" if self._value else "Secret(none)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("an API key is not pickled")

    def reveal(self) -> str:
        """The key itself; for the request's header only."""
        return self._value

    def hide(self, text: str) -> str:
        """`text` with the key blanked out wherever it stands."""
        if len(self._value) < _SHORTEST_HIDDEN:
            return text
        return text.replace(self._value, "[key]").replace(quote(self._value, safe=""), "[key]")


@dataclass(frozen=True)
class Address:
    """Base URL of a server.

    Attributes:
        url: without a slash at the end, e.g. "https://api.openai.com/v1".
        host: its host.
        near: whether it is this machine or on a private network.
        loopback: whether it is this machine.
    """

    url: str
    host: str
    near: bool
    loopback: bool

    @classmethod
    def read(cls, url: str) -> Address:
        """Check a base URL.

        Raises:
            InputError: not http or https, credentials or a query in it, no host, or an address that no server has.
        """
        url = url.strip()
        try:
            parts = urlsplit(url)
            host, _ = (parts.hostname or ""), parts.port
        except ValueError:
            raise InputError('url is not a web address; use one such as "http://localhost:8000/v1"') from None
        if "@" in parts.netloc:
            raise InputError("url holds a user name or password; put the key into the key field, and only there")
        if parts.query or parts.fragment or "?" in url or "#" in url:
            raise InputError('url must not hold "?" or "#"; put the key into the key field, and only there')
        if parts.scheme not in ("http", "https") or not host or any(c.isspace() for c in url):
            raise InputError(f'url={url!r} is not a web address; use one such as "http://localhost:8000/v1"')
        near, loopback = _distance(host)
        return cls(url.rstrip("/"), host, near, loopback)

    @property
    def is_openai(self) -> bool:
        """Whether this is OpenAI itself."""
        own = self.host == "api.openai.com" or self.host.endswith(".api.openai.com")
        return own and self.url.startswith("https://")

    def choose_key(self, given: str) -> Secret:
        """The key to send: the given one, or the environment's where that belongs to this server; may be none.

        Raises:
            InputError: a key that cannot stand in a header, one that would travel unencrypted, or none for OpenAI.
        """
        key = given.strip() or (os.environ.get("OPENAI_API_KEY", "").strip() if self._owns_environment() else "")
        if not key.isascii() or not all(33 <= ord(c) <= 126 for c in key):
            raise InputError("key must be printable ASCII without spaces; copy it again")
        if key and self.url.startswith("http://") and not self.near:
            raise InputError(
                f"the key would travel to {self.host} unencrypted; use https (http is for this machine and "
                "private networks)"
            )
        if not key and self.is_openai:
            raise InputError("key is empty; fill in the API key, or set OPENAI_API_KEY before the start")
        return Secret(key)

    def _owns_environment(self) -> bool:
        return self.is_openai or self.url == os.environ.get("OPENAI_BASE_URL", "").strip().rstrip("/")


def _distance(host: str) -> tuple[bool, bool]:
    """Whether a host is near, and whether it is this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True, True
    try:
        address = ipaddress.ip_address(host.split("%")[0])
    except ValueError:
        last = host.rstrip(".").rsplit(".", 1)[-1]
        if last.isdigit() or last.startswith("0x"):  # 2130706433, 0x7f.1: other spellings of addresses
            raise InputError(f"url: {host!r} is no host; write the address as four numbers") from None
        return "." not in host or host.endswith(_PRIVATE_ENDINGS), False
    mapped = getattr(address, "ipv4_mapped", None)
    address = mapped if mapped is not None else address
    if address.is_link_local or address.is_multicast:  # cloud machines keep their own secrets at a link-local address
        raise InputError(f"url: {host} is no address of a model server")
    own = address.is_loopback or address.is_unspecified  # servers print 0.0.0.0 where they mean this machine
    return own or address.is_private, own
