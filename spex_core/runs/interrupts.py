"""Ctrl+C and SIGTERM in a program of the command line: stop early, and keep what is paid for."""

from __future__ import annotations

import signal
import sys
import threading
from types import FrameType

INTERRUPTED, TERMINATED = 130, 143
"""Exit statuses after Ctrl+C and SIGTERM, as shells have them."""


class TerminatedError(BaseException):
    """SIGTERM came: end now, without a result. No error, so that nobody takes it for one of the model."""


class Interruptible:
    """A block in which the first Ctrl+C sets an event, for an early stop, and the second is a `KeyboardInterrupt`.

    SIGTERM raises `TerminatedError`: at once, or where the block has said that passes are being made (`paying`) in the
    next `look`, so that what is under way is kept. A second one does not wait.
    """

    def __init__(self) -> None:
        self.paying = False
        self._event = threading.Event()
        self._terminated = False

    def __enter__(self) -> threading.Event:
        self._main = threading.current_thread() is threading.main_thread()
        if self._main:
            self._previous = (
                signal.signal(signal.SIGINT, self._interrupt),
                signal.signal(signal.SIGTERM, self._terminate),
            )
        return self._event

    def __exit__(self, *_: object) -> None:
        if self._main:
            for number, previous in zip((signal.SIGINT, signal.SIGTERM), self._previous, strict=True):
                signal.signal(number, previous)

    def look(self) -> None:
        """Raise `TerminatedError` where SIGTERM came."""
        if self._terminated:
            raise TerminatedError

    def _interrupt(self, *_: object) -> None:
        if self._event.is_set():
            raise KeyboardInterrupt
        self._event.set()
        print("\nstopping after what is under way; press Ctrl+C again to quit at once", file=sys.stderr)

    def _terminate(self, number: int, frame: FrameType | None) -> None:
        again, self._terminated = self._terminated, True
        self._event.set()
        if again or not self.paying:
            raise TerminatedError
