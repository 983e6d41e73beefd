"""What a host is: its one spelling, whether its addresses may be connected to, and whether they are near.

What is checked here is what is connected to: a host is brought into one spelling before anything is decided about it,
a name is judged by the addresses that it stands for, and the connection goes to the addresses judged, not to the name.

Refused are the link-local addresses and a few others at which cloud machines keep their own secrets, however they are
written: as a number, in other digits, within an IPv6 address, or behind a name.
"""

from __future__ import annotations

import ipaddress
import re
import socket
import threading
import time
import unicodedata
from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv6Address
from typing import TypeAlias

IP: TypeAlias = IPv4Address | IPv6Address

_PRIVATE_ENDINGS = (".local", ".localhost", ".internal", ".lan", ".home.arpa")
_NAME = re.compile(r"(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")  # a last label like this makes an IPv4 address of the whole
_METADATA_NAMES = re.compile(
    r"(.+\.)?(metadata|instance-data|metadata\.goog|(metadata|instance-data)\..*internal|metadata\.(tencentyun|packet)\..+)"
)
_METADATA = tuple(
    ipaddress.ip_network(network)
    for network in ("100.100.100.200", "168.63.129.16", "192.0.0.192", "fd00:ec2::/32", "fd20:ce::/64", "fd00:c1::/32")
)
_NAT64_LOCAL = ipaddress.ip_network("64:ff9b:1::/48")
_LAST = (ipaddress.ip_network("64:ff9b::/96"), _NAT64_LOCAL, ipaddress.ip_network("::/96"))  # IPv4 in the last 32 bits
_ISATAP = (0x00005EFE, 0x02005EFE)  # before them
_LONGEST = 1000  # characters, before a host is brought into its spelling
_LOOK_UP_SECONDS = 2.0
_REMEMBERED_SECONDS, _MOST_REMEMBERED = 30.0, 64


class HostError(Exception):
    """A host that is not connected to; the text says why, and stands behind the host's name."""


def spell(host: str) -> str:
    """The one spelling of a host: ASCII in lower case, or an address in its usual form.

    Raises:
        ValueError: it is neither a name nor an address.
    """
    if len(host) > _LONGEST:
        raise ValueError
    if host.startswith("["):
        return str(IPv6Address(host[1:-1]))
    host = unicodedata.normalize("NFKC", host).replace("\u3002", ".").lower()
    if not host.isascii():
        import idna  # its tables take longer to load than most hosts need

        host = idna.encode(host, uts46=True).decode("ascii")  # its errors are ValueErrors
    host = host.removesuffix(".")
    if not _NAME.fullmatch(host):
        raise ValueError
    return host


def address_of(host: str) -> IP | None:
    """The address that a host is written as, None for a name.

    Raises:
        HostError: it is an address in a spelling that systems read differently.
    """
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        if _NUMBER.fullmatch(host.rsplit(".", 1)[-1]):
            raise HostError("is no host; write the address as four numbers") from None
        return None


def by_name(host: str) -> tuple[bool, bool]:
    """Whether a host is near, and whether it is this machine, as far as its spelling tells.

    Raises:
        HostError: nothing is to be connected to there.
    """
    address = address_of(host)
    if address is not None:
        check(address)
        return is_near(address), is_own(address)
    if _METADATA_NAMES.fullmatch(host):
        raise HostError("is no address of a model server")
    if host == "localhost" or host.endswith(".localhost"):
        return True, True
    return "." not in host or host.endswith(_PRIVATE_ENDINGS), False


def check(address: IP) -> None:
    """Refuse an address at which no model server is.

    Raises:
        HostError: link-local, multicast, or one of a cloud machine's own, also within an IPv6 address.
    """
    for form in _forms(address):
        own = any(form.version == network.version and form in network for network in _METADATA)
        if own or form.is_link_local or form.is_multicast or form == IPv4Address("255.255.255.255"):
            raise HostError("is no address of a model server")


def is_own(address: IP) -> bool:
    """Whether an address is this machine; servers print 0.0.0.0 where they mean it."""
    form = getattr(address, "ipv4_mapped", None) or address
    return bool(form.is_loopback or form.is_unspecified)


def is_near(address: IP) -> bool:
    """Whether an address is this machine or on a private network."""
    if is_own(address):
        return True
    forms = _forms(address)
    return all(form.is_private for form in (forms[1:] if getattr(address, "ipv4_mapped", None) else forms))


def approve(host: str, found: Iterable[str], near: bool = False, own: bool = False) -> list[str]:
    """Of the addresses that a name stands for, those to connect to.

    Args:
        host: the name, or an address.
        found: what it was resolved to.
        near: whether only near ones will do: a key travels there unencrypted.
        own: whether only this machine will do.

    Raises:
        HostError: one of them is a cloud machine's own, or none is left.
    """
    addresses = [ipaddress.ip_address(text.split("%")[0]) for text in dict.fromkeys(found)]
    kept = []
    for address in addresses:
        if isinstance(address, IPv6Address) and address.is_link_local and len(addresses) > 1:
            continue  # a machine on a local network names this one beside those that can be used
        try:
            check(address)
        except HostError as error:
            raise HostError(str(error) if str(address) == host else f"stands for {address}, which {error}") from None
        kept.append(address)
    fitting = [address for address in kept if is_own(address) or (not own and (is_near(address) or not near))]
    if kept and not fitting:
        where = "this machine" if own else "on a private network, and the key would travel unencrypted; use https"
        raise HostError(f"stands for {kept[0]}, which is not {where}")
    if not fitting:
        raise HostError("stands for no address of a model server")
    return [str(address) for address in fitting]


_looked_up: dict[str, tuple[float, tuple[str, ...]]] = {}
_guard = threading.Lock()


def look_up(host: str) -> tuple[str, ...]:
    """Addresses that a name stands for now, () where that cannot be found out within two seconds.

    For what is told to a person; a connection resolves anew, and is judged by that. Kept for half a minute, since a
    form asks with every redraw.
    """
    with _guard:
        at, found = _looked_up.get(host, (-_REMEMBERED_SECONDS, ()))
        if time.monotonic() - at < _REMEMBERED_SECONDS:
            return found
    answer: list[str] = []

    def ask() -> None:
        try:
            answer.extend(str(entry[4][0]) for entry in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError):
            return

    asking = threading.Thread(target=ask, name="look-up", daemon=True)
    asking.start()
    asking.join(_LOOK_UP_SECONDS)
    found = tuple(answer)
    with _guard:
        _looked_up[host] = time.monotonic(), found
        while len(_looked_up) > _MOST_REMEMBERED:
            del _looked_up[next(iter(_looked_up))]
    return found


def _forms(address: IP) -> Sequence[IP]:
    """The address and the IPv4 addresses that are written within it."""
    if isinstance(address, IPv4Address):
        return [address]
    number, inner = int(address), [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    last, before = number & 0xFFFFFFFF, number >> 32 & 0xFFFFFFFF
    if (any(address in network for network in _LAST) and number > 1) or before in _ISATAP:  # ::1 is no IPv4 address
        inner.append(IPv4Address(last))
    if address in _NAT64_LOCAL:
        inner.append(IPv4Address((number >> 64 & 0xFFFF) << 16 | number >> 40 & 0xFFFF))
    return [address, *(form for form in inner if form is not None)]
