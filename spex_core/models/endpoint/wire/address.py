"""Where a model server is, and which API key may be sent there.

A key leaves this machine in one header, to one host:

- over https, or over plain http to this machine and to private networks only: a name is judged by the addresses that it
  stands for when the connection is made, and before, where it cannot be looked up, by itself (names without a dot,
  names ending in .local, .internal, .lan or .home.arpa may be near);
- the key of the environment (`OPENAI_API_KEY`) goes to OpenAI, or to the server that `OPENAI_BASE_URL` names, and to no
  other: whoever fills in another address must fill in that server's key too. Where others than the host ask, it goes
  nowhere, unless the host allows it.

Which servers may be called at all is a setting of the host (`deployment`); every address that is read is held to it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NoReturn
from urllib.parse import quote, unquote

from spex_core import deployment
from spex_core.errors import InputError
from spex_core.models.endpoint.wire import hosts

OPENAI = "https://api.openai.com/v1"
_URL = re.compile(r"(https?)://(\[[0-9a-f:.]+\]|[^\[\]/:@]+)(?::([0-9]{1,5}))?(/.*)?", re.IGNORECASE)
_BEHIND_BASE = ("/chat/completions", "/completions", "/models")  # what people copy along
_VERSION = re.compile(r"/v[0-9][0-9a-z]*(/|$)")
_IN_PATHS = "/%:@!$&'()*+,;=~-._"
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
        url: in one spelling, without a slash at the end, e.g. "https://api.openai.com/v1".
        host: its host, in one spelling.
        near: whether it is this machine or on a private network, as far as the host's spelling tells.
        loopback: whether it is this machine.
    """

    url: str
    host: str
    near: bool
    loopback: bool

    @classmethod
    def read(cls, url: str) -> Address:
        """Check a base URL. What stands behind it, "/chat/completions" for instance, is left off.

        Raises:
            InputError: not http or https, credentials or a query in it, no host, an address that no server has, or a
                server that the host does not allow.
        """
        found = cls._parsed(url)
        now = deployment.current()
        if now.servers is not None and not any(found._is_within(allowed) for allowed in now.servers):
            raise InputError(f"url: {found.host} is not among the servers allowed here; {now.servers_in_words}")
        return found

    @classmethod
    def _parsed(cls, url: str) -> Address:
        url = url.strip()
        network = url.partition("://")[2].partition("/")[0]
        if "@" in network or "\uff20" in network:
            raise InputError("url holds a user name or password; put the key into the key field, and only there")
        if "?" in url or "#" in url:
            raise InputError('url must not hold "?" or "#"; put the key into the key field, and only there')
        parts = _URL.fullmatch(url)
        if parts is None or "\\" in url or any(c.isspace() or not c.isprintable() for c in url):
            raise InputError(f'url={url!r} is not a web address; use one such as "http://localhost:8000/v1"')
        scheme, written, port, path = parts[1].lower(), parts[2], parts[3], (parts[4] or "").rstrip("/")
        ending = next((ending for ending in _BEHIND_BASE if path.endswith(ending)), "")
        path = path.removesuffix(ending).rstrip("/")
        try:
            host = hosts.spell(written)
            near, loopback = hosts.by_name(host)
        except ValueError:
            raise InputError(f'url={url!r} is not a web address; use one such as "http://localhost:8000/v1"') from None
        except hosts.HostError as error:
            raise InputError(f"url: {written} {error}") from None
        if port is not None and not 0 < int(port) < 65536:
            raise InputError(f"url: {port} is no port; there are 1 to 65535")
        place = f"[{host}]" if ":" in host else host
        place += f":{int(port)}" if port else ""
        return cls(f"{scheme}://{place}{quote(path, safe=_IN_PATHS)}", host, near, loopback)

    def _is_within(self, allowed: str) -> bool:
        """Whether this is one of the addresses that the host allows by `allowed`: a base URL and what lies beneath it,
        or a host, with its port where that is not the usual one, by http or https."""
        written = [allowed] if "://" in allowed else [f"{scheme}://{allowed}" for scheme in ("https", "http")]
        try:
            bases = [Address._parsed(each).url for each in written]
        except InputError:
            raise InputError(f"SPEX_SERVERS holds {allowed!r:.80}, which is no address of a server") from None
        mine = f"{self.url}/"
        climbs = any(part in (".", "..") for part in re.split(r"[/\\]", unquote(mine)))
        return not climbs and any(_with_port(mine).startswith(_with_port(f"{base}/")) for base in bases)

    def approve(self, found: Iterable[str], with_key: bool) -> list[str]:
        """Of the addresses that the host stands for, those to connect to.

        Raises:
            hosts.HostError: there is none, or nothing may be sent there.
        """
        exposed = with_key and self.url.startswith("http://")
        return hosts.approve(self.host, found, near=exposed, own=self.loopback)

    @property
    def is_openai(self) -> bool:
        """Whether this is OpenAI itself."""
        own = self.host == "api.openai.com" or self.host.endswith(".api.openai.com")
        return own and self.url.startswith("https://")

    @property
    def hint(self) -> str:
        """What to say where the server does not know the path: "" where the version stands in it, as it does mostly."""
        return "" if _VERSION.search(self.url) else f"; such addresses mostly end in /v1: try {self.url}/v1"

    def choose_key(self, given: str) -> Secret:
        """The key to send: the given one, or the environment's where that belongs to this server; may be none.

        Raises:
            InputError: a key that cannot stand in a header, one that would travel unencrypted, or none for OpenAI.
        """
        lent, key = deployment.current().host_key, given.strip()
        if not key and lent and self._owns_environment():
            key = os.environ.get("OPENAI_API_KEY", "").strip()
        if not key.isascii() or not all(33 <= ord(c) <= 126 for c in key):
            raise InputError("key must be printable ASCII without spaces; copy it again")
        if key and self.url.startswith("http://") and not self._stands_near():
            raise InputError(
                f"the key would travel to {self.host} unencrypted; use https (http is for this machine and "
                "private networks)"
            )
        if not key and self.is_openai:
            asked = "fill in the API key, or set OPENAI_API_KEY before the start"
            raise InputError(f"key is empty; {asked if lent else 'fill in your own: the host lends none'}")
        return Secret(key)

    def _stands_near(self) -> bool:
        """Whether the host is near by its addresses, or where they are not known, by its name."""
        if self.loopback or hosts.address_of(self.host) is not None:
            return self.near
        found = hosts.look_up(self.host)
        if not found:
            return self.near
        try:
            hosts.approve(self.host, found)
        except hosts.HostError as error:
            raise InputError(f"url: {self.host} {error}") from None
        try:
            return bool(self.approve(found, with_key=True))
        except hosts.HostError:
            return False

    def _owns_environment(self) -> bool:
        if self.is_openai:
            return True
        try:
            return self.url == Address._parsed(os.environ.get("OPENAI_BASE_URL", "")).url
        except InputError:
            return False


def _with_port(url: str) -> str:
    """A URL of ours with its port, the usual one too."""
    scheme, _, rest = url.partition("://")
    place, slash, path = rest.partition("/")
    usual = 443 if scheme == "https" else 80
    return f"{scheme}://{place}{'' if re.search(r':[0-9]+$', place) else f':{usual}'}{slash}{path}"
