"""A PostgreSQL server of one's own, from the programs that Debian installs, for as long as the tests run."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PASSWORD = "it's-a/secret@42"
_INITDB = ("-U", "spex", "-A", "scram-sha-256", "-E", "UTF8", "--no-sync")


class UnavailableError(Exception):
    """Why there is no server to test with."""


def _programs() -> Path:
    """Folder of `initdb` and `postgres`."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    on_path = shutil.which("initdb")
    if found or on_path:
        return found[-1].parent if found else Path(str(on_path)).parent
    raise UnavailableError("PostgreSQL's server programs are not installed")


def _somebody() -> dict[str, int]:
    """Whom the server runs as: it refuses to run as root."""
    if os.getuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": entry.pw_uid, "group": entry.pw_gid}
    raise UnavailableError("PostgreSQL does not run as root, and there is no other user here")


@contextmanager
def serving() -> Iterator[str]:
    """A server on a socket in a temporary folder: its URL, password included, of the database `postgres`.

    Raises:
        UnavailableError: it is not installed, or does not run here.
    """
    programs, somebody = _programs(), _somebody()
    home = Path(tempfile.mkdtemp(prefix="spex-pg-", dir="/tmp"))  # a socket's path is at most 107 bytes
    if somebody:
        os.chown(home, somebody["user"], somebody["group"])
    (home / "password").write_text(PASSWORD)
    (home / "password").chmod(0o644)
    data = str(home / "data")
    common = {"cwd": home, "env": {"PATH": os.environ["PATH"], "LC_ALL": "C"}, **somebody}
    try:
        made = subprocess.run(
            [programs / "initdb", "-D", data, *_INITDB, "--pwfile", home / "password"],
            capture_output=True,
            text=True,
            **common,
        )
        if made.returncode:
            raise UnavailableError(f"initdb: {made.stderr.strip().splitlines()[-1:]}")
        with open(home / "log", "wb") as log:
            server = subprocess.Popen(
                [programs / "postgres", "-D", data, "-k", home, "-c", "listen_addresses=", "-c", "fsync=off"],
                stdout=log,
                stderr=log,
                **common,
            )
        try:
            _wait(server, home)
            from sqlalchemy import URL

            url = URL.create("postgresql", "spex", PASSWORD, database="postgres", query={"host": str(home)})
            yield url.render_as_string(hide_password=False)
        finally:
            server.send_signal(signal.SIGQUIT)
            server.wait(20)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _wait(server: subprocess.Popen[bytes], home: Path) -> None:
    until = time.monotonic() + 30
    while "ready to accept connections" not in (home / "log").read_text(errors="replace"):
        if server.poll() is not None or time.monotonic() > until:
            raise UnavailableError(f"the server did not start: {(home / 'log').read_text(errors='replace')[-300:]}")
        time.sleep(0.05)
