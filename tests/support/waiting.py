"""Waiting in tests: for a run by its event, for what tells nobody by looking again."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

from spex_core.runs.run import Run

_LOOK = 0.002  # seconds between two looks


def over(run: Run, seconds: float = 60.0) -> Run:
    """The run, once it is over."""
    assert run.wait(seconds), run.state
    return run


def done(run: Run, seconds: float = 60.0) -> Run:
    """The run, once it has its result."""
    assert over(run, seconds).state == "done", run.error
    return run


def until(true: Callable[[], object], seconds: float = 30.0, each_second: Callable[[], object] | None = None) -> None:
    """Come back once `true` says so; `each_second` is called, first at once, as long as it does not."""
    begun, called = time.monotonic(), -math.inf
    while not true():
        now = time.monotonic()
        assert now < begun + seconds, f"not within {seconds:g} s"
        time.sleep(_LOOK)
        if each_second is not None and now > called + 1:
            each_second()
            called = now


def said(ask: Callable[[], object], seconds: float = 30.0) -> object:
    """What `ask` says, once it is not None."""
    end = time.monotonic() + seconds
    while (answer := ask()) is None:
        assert time.monotonic() < end, f"nothing within {seconds:g} s"
        time.sleep(_LOOK)
    return answer
