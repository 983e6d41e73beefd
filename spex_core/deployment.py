"""Who can reach this program, and what they may do with what is the host's: every setting of a deployment.

The app says where it listens. On this machine alone there is one person, the host, to whom everything belongs; where
others can reach it, it is shared, and each setting that was left out takes its safe value:

    SPEX_SHARED     1 or 0: whether others can reach it. Left out: where it listens beyond this machine
    SPEX_OWNERS     1 or 0: whether runs belong to who started them. Left out: where it is shared
    SPEX_SERVERS    model servers that may be called: "any", "none", or addresses between commas. Left out: any, and
                    where it is shared OpenAI's alone
    SPEX_FOLDERS    folders of this machine whose models may be named: "any", "none", or paths between colons
                    (semicolons on Windows). Left out: any, and where it is shared none
    SPEX_SHARE_KEY  1 or 0: whether keys in the environment are used for whoever asks. Left out: not where it is shared
    SPEX_TOKEN      what a visitor must give, or "none". Left out: one that is made at the start, where it is shared

They are read when they are needed: a library or command line that nobody reaches over a network is never shared.
"""

from __future__ import annotations

import ipaddress
import os
import re
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spex_core.errors import InputError
from spex_core.plugins import ASSETS

OPENAI_ALONE = ("https://api.openai.com",)
LEAST_TOKEN = 12  # characters
NO_TOKEN = "none"
_YES, _NO = ("1", "yes", "true", "on"), ("0", "no", "false", "off")


@dataclass(frozen=True)
class Deployment:
    """What holds now.

    Attributes:
        shared: whether others than the host can reach it.
        owners: whether runs belong to who started them.
        servers: addresses of model servers that may be called, as they were written; None for any.
        folders: where models on this machine may be named; None for anywhere.
        host_key: whether the keys of the environment (a model server's, the model hub's) are used for whoever asks.
        token: what was chosen as the token of visitors, "" for nothing, `NO_TOKEN` for none wanted.
    """

    shared: bool
    owners: bool
    servers: tuple[str, ...] | None
    folders: tuple[Path, ...] | None
    host_key: bool
    token: str

    @property
    def hub_options(self) -> dict[str, Any]:
        """Options for calls of the model hub's client, which sends the host's own token unless it is told not to."""
        return {} if self.host_key else {"token": False}

    def may_name(self, path: Path) -> bool:
        """Whether a model at this place of this machine may be named; those that come with the app always."""
        if self.folders is None:
            return True
        place = path.expanduser().resolve()
        own = (ASSETS, Path(sysconfig.get_path("purelib")))
        return any(place.is_relative_to(folder.resolve()) for folder in (*self.folders, *own))

    @property
    def servers_in_words(self) -> str:
        """Which servers may be called, as a sentence for the person who names one; "" where any may."""
        if self.servers is None:
            return ""
        allowed = f"called from here: {', '.join(self.servers)}" if self.servers else "no server is called from here"
        allowed = f"servers {allowed}" if self.servers else allowed
        return f"{allowed}; whoever runs this app allows others with SPEX_SERVERS"


_reached = False  # from beyond this machine


def listens(address: str | None, reached: bool = False) -> None:
    """Say where the app listens; to be called whenever it may have become known.

    Args:
        address: host name or address, None or "" for all of the machine's.
        reached: whether a visitor came from elsewhere all the same, through a proxy say; it is not forgotten.
    """
    global _reached
    _reached = _reached or reached or not is_loopback(address or "")


def current() -> Deployment:
    """What holds now.

    Raises:
        InputError: a setting has a value that it cannot have; its value is not repeated.
    """
    shared = _switch("SPEX_SHARED", _reached)
    token = os.environ.get("SPEX_TOKEN", "").strip()
    if token and token != NO_TOKEN and len(token) < LEAST_TOKEN:
        raise InputError(f"SPEX_TOKEN is too short to be a secret; it needs {LEAST_TOKEN} characters or more")
    return Deployment(
        shared=shared,
        owners=_switch("SPEX_OWNERS", shared),
        servers=_servers(shared),
        folders=_folders(shared),
        host_key=_switch("SPEX_SHARE_KEY", not shared),
        token=token,
    )


def is_loopback(address: str) -> bool:
    """Whether only this machine reaches what listens there."""
    address = address.strip().strip("[]").lower()
    if address == "localhost" or address.endswith(".localhost"):
        return True
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    return (getattr(found, "ipv4_mapped", None) or found).is_loopback


def _switch(name: str, default: bool) -> bool:
    said = os.environ.get(name, "").strip().lower()
    if not said:
        return default
    if said not in (*_YES, *_NO):
        raise InputError(f"{name} is neither 1 nor 0; set it to one of them, or not at all")
    return said in _YES


def _servers(shared: bool) -> tuple[str, ...] | None:
    said = os.environ.get("SPEX_SERVERS", "").strip()
    if not said:
        return OPENAI_ALONE if shared else None
    if said.lower() in ("any", "none"):
        return None if said.lower() == "any" else ()
    return tuple(dict.fromkeys(part for part in re.split(r"[\s,]+", said) if part))


def _folders(shared: bool) -> tuple[Path, ...] | None:
    said = os.environ.get("SPEX_FOLDERS", "").strip()
    if not said:
        return () if shared else None
    if said.lower() in ("any", "none"):
        return None if said.lower() == "any" else ()
    return tuple(Path(part).expanduser() for part in said.split(os.pathsep) if part.strip())


def main(address: str) -> int:
    """What `make run` says before it starts the app; the exit status."""
    listens(address)
    try:
        now = current()
    except InputError as error:
        print(f"{error}.", file=sys.stderr)
        return 2
    if now.shared:
        print(f"Others can reach this app at {address or 'every address of this machine'}; see DEPLOYMENT.md.")
        if not now.token:
            print("SPEX_TOKEN is not set: a token is made and shown in this terminal when somebody first comes.")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2] or ("",)))
