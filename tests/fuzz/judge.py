"""What may come of an input from outside: something valid, or one sentence; within seconds and a gigabyte."""

from __future__ import annotations

import resource
import time
import warnings
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from spex_core.errors import SpexError

MOST_SECONDS = 10.0
"""Of processor time that one input may take."""
MOST_BYTES = 2**30
"""Of memory that the process may grow by for one input."""
LONGEST = 1500
"""Characters of a sentence."""
_PEAK, _CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")


class Finding(AssertionError):  # noqa: N818  # it is told as what was found
    """An input that was handled wrongly."""


@dataclass(frozen=True)
class Kind:
    """One kind of input.

    Attributes:
        name: the folder in `found` that holds its failing inputs.
        inputs: makes the strategy; called once, since seeds take a while.
        attempt: what the program does with an input; returns where it is accepted, raises a `SpexError` where not.
        ending: of the files that hold its inputs.
        in_tests: how many inputs `make test` tries.
    """

    name: str
    inputs: Callable[[], st.SearchStrategy[bytes]]
    attempt: Callable[[bytes], Any]
    ending: str = "json"
    in_tests: int = 100


@dataclass
class Tally:
    """What came of many inputs."""

    refused: int = 0
    accepted: int = 0
    slowest: float = 0.0
    peak: int = 0
    reasons: dict[str, int] = field(default_factory=dict)

    @property
    def inputs(self) -> int:
        """How many there were."""
        return self.refused + self.accepted


def judge(kind: Kind, data: bytes, tally: Tally) -> None:
    """Try one input.

    Raises:
        Finding: it was neither accepted nor refused in one sentence, or took too much.
    """
    before = _reset_peak()
    began, worked = time.perf_counter(), time.process_time()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            kind.attempt(data)
        tally.accepted += 1
    except SpexError as error:
        tally.refused += 1
        _check_sentence(error)
        tally.reasons[type(error).__name__] = tally.reasons.get(type(error).__name__, 0) + 1
    except Finding:
        raise
    except Exception as error:
        raise Finding(f"a raw {type(error).__name__}: {str(error)[:200]}") from error
    tally.slowest = max(tally.slowest, time.perf_counter() - began)
    peak = _peak()
    tally.peak = max(tally.peak, peak)
    if time.process_time() - worked > MOST_SECONDS:
        raise Finding(f"{time.process_time() - worked:.1f} s of work; {MOST_SECONDS:g} is the limit")
    if peak - before > MOST_BYTES:
        raise Finding(f"{(peak - before) / 1e6:,.0f} MB more; {MOST_BYTES / 1e6:,.0f} is the limit")


def _check_sentence(error: SpexError) -> None:
    said = str(error)
    if not said.strip() or not said.isprintable() or len(said) > LONGEST:
        raise Finding(f"{type(error).__name__} is no sentence: {said[:200]!r} ({len(said)} characters)") from error


def _reset_peak() -> int:
    """Let the process's peak begin anew, where the system can; bytes held now."""
    with suppress(OSError):
        _CLEAR.write_text("5")
    return _peak()


def _peak() -> int:
    try:
        lines = dict(line.split(":", 1) for line in _PEAK.read_text().splitlines() if ":" in line)
        return 1024 * int(lines["VmHWM"].split()[0])
    except (OSError, KeyError):
        return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
