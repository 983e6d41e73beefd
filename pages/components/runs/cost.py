"""What going on with a run would cost: the passes that are not paid for yet, and how long they take."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from pages.components.common import session
from pages.components.common.budget import duration, ladder
from pages.components.result.continuing import came_from_a_file
from pages.components.runs.rows import made
from spex_core.engine.design import cost
from spex_core.errors import SpexError
from spex_core.runs.requests import RunRequest
from spex_core.runs.store.records import RunRecord

_REQUESTS = "runs_requests"  # session: id -> request, so that a redraw does not read the store again
_MOST_REMEMBERED = 16
_ENOUGH = 200
"""Passes from which a run's own speed says something."""
_USUAL = 4
"""How many times its budget a run is offered at first."""


@dataclass(frozen=True)
class More:
    """What going on costs.

    Attributes:
        passes: masked passes to be made, at most: those that another run has paid for are not made again.
        seconds: how long they take, None while unknown.
        measuring: whether asking again in a second may tell.
    """

    passes: int
    seconds: float | None = None
    measuring: bool = False

    @property
    def says(self) -> str:
        """One line: "3,000 more passes, about 40 s"."""
        count = f"{self.passes:,} more pass{'' if self.passes == 1 else 'es'}"
        if self.passes == 0:
            return "Every pass is paid for: only the fit is made again"
        if self.seconds is None:
            return f"{count}, measuring the speed of this machine" if self.measuring else count
        return f"{count}, {duration(self.seconds)}"


def budgets(record: RunRecord) -> list[int]:
    """Larger budgets to offer, twice and four times the present one among them; none where all masks are known, or
    the number of features is not."""
    if record.n_features is None:
        return []
    steps = ladder(record.n_features, 2)
    offered = {*steps, *(times * record.budget for times in (2, _USUAL) if times * record.budget < steps[-1])}
    return sorted(step for step in offered if step > max(record.budget, made(record)))


def usual(record: RunRecord, offered: list[int]) -> int:
    """The budget to offer first: four times what it was, or the most."""
    return min(offered[-1], _USUAL * record.budget)


def missing(record: RunRecord, budget: int) -> int:
    """Masked passes that a budget plans and this run does not have; a smaller budget's masks are among a larger
    one's, so nothing is counted twice."""
    known = made(record)
    if record.n_features is None:
        return max(0, budget - known)
    if came_from_a_file(record.id):  # its passes may not have come with it
        known = min(known, len(session.manager().store.samples(record.id, record.n_features)))
    try:
        planned = cost(record.n_features, budget, record.estimator).passes
    except SpexError:
        planned = budget
    return max(0, planned - known)


def own_speed(record: RunRecord) -> float | None:
    """Passes per second that the run itself has shown, fit included; None where it tells nothing."""
    if came_from_a_file(record.id):  # another machine's
        return None
    if not record.seconds or record.paid < max(_ENOUGH, made(record)):  # known passes took no time
        return None
    return record.paid / record.seconds


def more(record: RunRecord, budget: int, ask: bool = True) -> More:
    """What going on to `budget` costs; only with `ask` is the speed measured, which loads the model."""
    passes = missing(record, budget)
    speed = own_speed(record)
    if speed is None and passes:
        if not ask:
            return More(passes, measuring=True)
        request = request_of(record.id)
        speed = None if request is None else session.manager().models.speed(request)
        if speed is None:
            return More(passes, measuring=request is not None and _can_be_measured(request))
    return More(passes, passes / speed if speed else None)


def request_of(run_id: str) -> RunRequest | None:
    """What the run was asked, None where it cannot be told any more."""
    known: dict[str, RunRequest] = st.session_state.setdefault(_REQUESTS, {})
    if run_id not in known:
        run = session.runs().get(run_id)
        if run is None:
            return None
        known[run_id] = run.request
        while len(known) > _MOST_REMEMBERED:
            del known[next(iter(known))]
    return known[run_id]


def _can_be_measured(request: RunRequest) -> bool:
    """Whether a measurement goes on; a large model's forecast is all there is, and may not know."""
    try:
        return session.manager().models.forecast(request) is None
    except SpexError:
        return False
