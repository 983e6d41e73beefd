"""The calls of one batch on their way from the event loop, where they are made, to the thread that keeps their answers.

A call that was answered keeps its place among those that may be open until its answer is kept, on the disk perhaps. At
any moment no more calls than may be open are without a kept answer: that many, and no more, are made again after this
process was killed.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Answer(Generic[T]):
    """What a call gave.

    Attributes:
        position: of the call in its batch.
        value: what was read from the answer.
        kept: done once whoever asked has kept it.
    """

    position: int
    value: T
    kept: asyncio.Future[None]


class Batch(Generic[T]):
    """Answers that came, and the places that their calls still have.

    Args:
        units: one number per call; see `Endpoint.stream`.
        at_once: how many calls may be open; where a unit has more, its calls do not wait for each other.
    """

    def __init__(self, units: Sequence[int], at_once: int) -> None:
        self._units = units
        self._sizes = Counter(units)
        self._apart = max(self._sizes.values()) > at_once
        self._answered: dict[int, list[asyncio.Future[None]]] = {}  # of units of which others are still open
        self._box: SimpleQueue[Answer[T] | None] = SimpleQueue()
        self._waiting: set[asyncio.Future[None]] = set()
        self.halted = False

    # on the event loop

    async def hand_on(self, position: int, value: T) -> None:
        """Put an answer into the box, and wait until it is kept; once nothing more is begun there is no need to."""
        kept = asyncio.get_running_loop().create_future()
        self._box.put(Answer(position, value, kept))
        if not self.halted:
            self._waiting.add(kept)
            try:
                await kept
            finally:
                self._waiting.discard(kept)

    def halt(self) -> None:
        """Begin no further call."""
        self.halted = True
        _done(self._waiting)

    # in the thread that asked

    def end(self, _: object = None) -> None:
        """Nothing comes any more."""
        self._box.put(None)

    def arrived(self) -> tuple[list[Answer[T]], bool]:
        """Waits for an answer; all that are there by then, and whether more may come."""
        group: list[Answer[T]] = []
        answer = self._box.get()
        with contextlib.suppress(Empty):
            while answer is not None:
                group.append(answer)
                answer = self._box.get_nowait()
            return group, False
        return group, True

    def go_on(self, kept: Sequence[Answer[T]], stopped: bool) -> None:
        """These are kept: their places are given back, whole units at a time; or, `stopped`, nothing more begins."""
        if not kept:
            return
        loop = kept[0].kept.get_loop()
        with contextlib.suppress(RuntimeError):  # it is closed already
            loop.call_soon_threadsafe(self.halt) if stopped else loop.call_soon_threadsafe(_done, self._whole(kept))

    def _whole(self, kept: Sequence[Answer[T]]) -> list[asyncio.Future[None]]:
        if self._apart:
            return [answer.kept for answer in kept]
        whole: list[asyncio.Future[None]] = []
        for answer in kept:
            unit = self._units[answer.position]
            answered = self._answered.setdefault(unit, [])
            answered.append(answer.kept)
            if len(answered) == self._sizes[unit]:
                whole += self._answered.pop(unit)
        return whole


def _done(kept: set[asyncio.Future[None]] | list[asyncio.Future[None]]) -> None:
    for future in list(kept):
        if not future.done():
            future.set_result(None)
