"""Compiled decoding, once it is ready; until then, and where it cannot be had, plain NumPy code gives the same bits.

Loading the kernels takes about as long as many fits, and compiling them half a minute: nothing does either unasked.
A process that explains again and again (the app, a benchmark) asks for it at its start. numba keeps what it has
compiled beside its source or in the user's cache.
"""

from __future__ import annotations

import logging
import subprocess
import sys
from importlib import import_module
from threading import Lock, Thread
from types import ModuleType

_log = logging.getLogger(__name__)
_lock = Lock()
_ready: ModuleType | None = None


def kernels() -> ModuleType | None:
    """`spex_core.coding.compiled.bins`, or None as long as nobody has loaded them."""
    return _ready


def warm() -> bool:
    """Load the kernels, after compiling them where that has not been done: whether there are any now."""
    global _ready
    with _lock:
        if _ready is None:
            try:
                module = import_module("spex_core.coding.compiled.bins")
                module.compile_all()
            except Exception as error:  # no numba for this Python, no folder to keep the code in, ...
                _log.warning("decoding stays uncompiled: %s", error)
                return False
            _ready = module
    return True


def warm_in_background() -> Thread:
    """The same in a thread of its own; what has to be compiled is compiled by another process, which disturbs less."""

    def work() -> None:
        command = [sys.executable, "-m", "spex_core.coding.compiled"]
        if subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False).returncode == 0:
            warm()

    thread = Thread(target=work, name="spex-compile", daemon=True)
    thread.start()
    return thread
