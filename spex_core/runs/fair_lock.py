"""A lock that is first come, first served, so that those who take it again and again take turns."""

from __future__ import annotations

import threading
from collections import deque
from types import TracebackType


class FairLock:
    """Mutual exclusion in the order of arrival; a context manager, not re-entrant.

    `threading.Lock` lets whoever just released it take it again before those who wait have woken up.
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._held = False
        self._line: deque[threading.Lock] = deque()

    def __enter__(self) -> FairLock:
        with self._guard:
            if not self._held:
                self._held = True
                return self
            turn = threading.Lock()
            turn.acquire()
            self._line.append(turn)
        try:
            turn.acquire()  # until the one before hands over
        except BaseException:  # interrupted while waiting
            with self._guard:
                handed_over = turn not in self._line
                if not handed_over:
                    self._line.remove(turn)
            if handed_over:
                self._hand_over()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._hand_over()

    def _hand_over(self) -> None:
        with self._guard:
            if self._line:
                self._line.popleft().release()
            else:
                self._held = False
