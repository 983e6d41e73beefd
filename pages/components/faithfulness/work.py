"""Work of the Faithfulness page in background threads: it outlives a click and a page switch, can be stopped, and goes
on from what it has."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from pages.components.common.markup import say, sentence
from pages.components.common.ticker import ticker
from spex_core.cpu import one_blas_thread
from spex_core.errors import SpexError

_REMEMBERED = 6  # runs whose work is kept; the passes of one can take tens of megabytes
_POLL_SECONDS = 0.7
_WAIT = 0.3  # seconds in which most work is done, so that the page need not be drawn twice


@dataclass(eq=False)
class Job:
    """One piece of work; written by its thread, read by anyone.

    Attributes:
        state: "waiting", "working", "done", "stopped" or "failed".
        results: name -> result, in the order they came; kept when it is stopped. Replaced, never changed.
        total: how many results there will be, 0 where that is not known.
        now: what is being worked on, for the screen.
        error: one line, where it failed.
    """

    state: str = "waiting"
    results: dict[str, Any] = field(default_factory=dict)
    total: int = 0
    now: str = ""
    error: str = ""
    _stop: threading.Event = field(default_factory=threading.Event, repr=False)
    _over: threading.Event = field(default_factory=threading.Event, repr=False)

    @property
    def live(self) -> bool:
        """Whether a thread works on it, or will."""
        return self.state in ("waiting", "working")

    def stop(self) -> None:
        """Ask it to end after the result in hand."""
        self._stop.set()

    def stopping(self) -> bool:
        """Whether it was asked to end."""
        return self._stop.is_set()

    def wait(self, seconds: float = _WAIT) -> None:
        """Give it a moment to end."""
        self._over.wait(seconds)


Work = Callable[[Job], Iterator[tuple[str, Any]]]
"""Yields (name, result); leaves out what `Job.results` holds already."""


class Jobs:
    """Every job of this process. Quick ones have a thread of their own, so that none waits behind a long fit.

    The key of a job is a name, "@" and what it is about: what was last looked at is remembered.
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._jobs: dict[str, Job] = {}
        self._runs: OrderedDict[str, None] = OrderedDict()
        self._lanes = {lane: ThreadPoolExecutor(1, f"faithfulness-{lane}") for lane in ("quick", "slow")}

    def get(self, key: str) -> Job | None:
        """The job under a key; None where there is none."""
        with self._guard:
            self._touch(key)
            return self._jobs.get(key)

    def start(self, key: str, work: Work, *, slow: bool = False) -> Job:
        """Begin the work under a key, or go on with it from its results; what is live is left as it is."""
        with self._guard:
            before = self._jobs.get(key)
            if before is not None and before.live:
                return before
            job = Job(results={} if before is None else dict(before.results))
            self._jobs[key] = job
            self._touch(key)
        self._lanes["slow" if slow else "quick"].submit(_run, job, work)
        return job

    def _touch(self, key: str) -> None:
        self._runs[_about(key)] = None
        self._runs.move_to_end(_about(key))
        busy = {_about(each) for each, job in self._jobs.items() if job.live}
        idle = [run for run in self._runs if run not in busy]
        for forgotten in idle[: max(0, len(self._runs) - _REMEMBERED)]:
            del self._runs[forgotten]
            self._jobs = {each: job for each, job in self._jobs.items() if _about(each) != forgotten}

    def close(self) -> None:
        """Stop everything."""
        with self._guard:
            started = list(self._jobs.values())
        for job in started:
            job.stop()
        for lane in self._lanes.values():
            lane.shutdown()


@st.cache_resource(show_spinner=False)
def jobs() -> Jobs:
    """The jobs of this process."""
    return Jobs()


def _about(key: str) -> str:
    return key.rpartition("@")[2]


def _run(job: Job, work: Work) -> None:
    try:
        if not job.stopping():
            job.state = "working"
            with one_blas_thread():
                for name, result in work(job):
                    job.results = {**job.results, name: result}  # pages go through the one before meanwhile
                    if job.stopping():
                        break
        job.state = "stopped" if job.stopping() and not (job.total and len(job.results) >= job.total) else "done"
    except SpexError as error:
        job.error, job.state = str(error), "failed"
    except Exception as error:  # a worker must never die silently: the page shows this line
        job.error, job.state = f"unexpected {type(error).__name__}: {error}", "failed"
    finally:
        job._over.set()


def working(key: str, work: Work, *, slow: bool = False) -> Job:
    """The job under a key, begun if there was none, with a line that says how far it is and a button that stops it or
    lets it go on; redraws the fragment around it until it is over."""
    job = jobs().get(key) or jobs().start(key, work, slow=slow)
    job.wait()
    if job.state == "done":
        return job
    place = st.container(horizontal=True, vertical_alignment="center", key=f"work-{key}")
    with place:
        say(_stands(job), "error" if job.state == "failed" else "notice")
        if job.live:
            asked = job.stopping()
            st.button("Stopping …" if asked else "Stop", key=f"stop-{key}", disabled=asked, on_click=job.stop)
            ticker(f"ticker-{key}", _POLL_SECONDS)
        else:
            word = "Go on" if job.state == "stopped" else "Try again"
            st.button(word, key=f"again-{key}", on_click=jobs().start, args=(key, work), kwargs={"slow": slow})
    return job


def _stands(job: Job) -> str:
    if job.state == "failed":
        return sentence(job.error)
    of = f" · {len(job.results)} of {job.total}" if job.total else ""
    if job.state == "stopped":
        return f"Stopped{of}"
    return f"{job.now or 'Waiting for a free processor'} …{of}"
