"""Which process works on a run, in a form that another process can ask: is it still there?"""

from __future__ import annotations

import os
import socket
from functools import lru_cache
from pathlib import Path

_PROC = Path("/proc")


def this_process() -> str:
    """Host, boot, process space, number and time of start of this process, "|" between them."""
    return _describe(os.getpid())


def is_gone(owner: str) -> bool:
    """Whether a process is known to have ended: it ran on this machine, and is not there any more.

    False for one of another machine or container, of which nothing is known but its lease.
    """
    parts = owner.split("|")
    if len(parts) != 5 or not parts[3].isdecimal():
        return False
    host, boot, space, number, started = parts
    mine = this_process().split("|")
    if (host, space) != (mine[0], mine[2]):
        return False
    if boot != mine[1]:
        return True
    process = int(number)
    return not _exists(process) or (bool(started) and _started(process) != started)


@lru_cache(maxsize=4)  # by number: a forked child is another process
def _describe(process: int) -> str:
    boot = _read(_PROC / "sys" / "kernel" / "random" / "boot_id")
    try:
        space = os.readlink(_PROC / "self" / "ns" / "pid")
    except OSError:
        space = ""
    host = socket.gethostname().replace("|", "")
    return "|".join((host, boot, space, str(process), _started(process)))


def _started(process: int) -> str:
    """Clock ticks between boot and a process's start, "" where that is not told (not Linux) or a process has ended."""
    stat = _read(_PROC / str(process) / "stat")
    fields = stat.rpartition(")")[2].split()  # the name in brackets may hold anything
    if len(fields) < 20 or fields[0] == "Z":
        return ""
    return fields[19]


def _exists(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
