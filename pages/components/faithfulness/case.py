"""One run as the Faithfulness page works on it: its result, its masked passes, and a name for what is found out."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import streamlit as st

from pages.components.common import session
from pages.components.common.budget import duration
from pages.components.common.markup import say, sentence
from pages.components.faithfulness.choice import choose
from pages.components.faithfulness.work import Job, working
from pages.components.result import continuing, sources
from pages.components.result.run_panel import live_panel
from spex_core.arrays import Samples
from spex_core.engine.design import cost
from spex_core.errors import SpexError, StoreError
from spex_core.estimation.registry import estimators
from spex_core.explanation.result import Explanation
from spex_core.fourier.masks import Known
from spex_core.trust.passes import Passes
from spex_core.views.remembered import remembered

_MAKING = "faithfulness_making"  # session: id of the run that makes passes again


@dataclass(frozen=True, eq=False)
class Case:
    """A run and its passes.

    Attributes:
        name: as `sources.load` takes it.
        explanation: its result.
        key: start of the names of all work on it; equal for equal runs with equal passes.
        passes: what was paid for, split as the run split it; None where it is not here.
        reason: why it is not.
        known: the model's value for each mask that is here.
    """

    name: str
    explanation: Explanation
    key: str
    passes: Passes | None = None
    reason: str = ""
    known: Known = field(default_factory=Known)

    @property
    def no_model(self) -> str:
        """Why the model cannot be asked about it; "" where it can."""
        if self.explanation.model is None or self.explanation.source is None:
            return "This run was saved without its model and input."
        foreign = not sources.can_be_linked(self.name) or continuing.came_from_a_file(self.name)
        return continuing.refusal(self.explanation.model.name, foreign)


def case(name: str, explanation: Explanation) -> Case | None:
    """The run with its passes; None while they are being read, which is said."""
    key = _key(name, explanation)
    job = working(f"passes@{key}", partial(_read, _finder(name, explanation), explanation))
    if "passes" not in job.results:
        return None
    return Case(name, explanation, key, *job.results["passes"])


def make_again(about: Case) -> None:
    """Why the passes cannot be used, and, where they are not here, a button that makes them again at a stated cost;
    shows that run as it goes."""
    run = session.runs().get(st.session_state.get(_MAKING) or "")
    if run is not None and run.live:
        live_panel(run)
        return
    if run is not None and st.session_state.pop(_MAKING, None):
        if run.explanation is not None:
            choose(run.id)
            st.rerun()
        say(run.error or "The run failed.", "error")
    say(about.reason, "warning")
    if len(about.known) >= about.explanation.evaluations:
        return  # they are here, and too few to set some aside
    if about.no_model:
        say(f"They cannot be made again. {about.no_model}")
        return
    asked = about.explanation
    if asked.requested_estimator not in estimators():
        say(f"They cannot be made again. {unknown_estimator(asked.requested_estimator)}")
        return
    try:
        passes = cost(asked.n_features, asked.budget, asked.requested_estimator, asked.max_order).passes
    except SpexError as error:  # of a file whose choices don't belong together
        say(f"They cannot be made again. {sentence(error)}")
        return
    button = f"Make them again: {passes:,} masked pass{'es' if passes != 1 else ''}"
    pressed = st.button(button, type="primary", key="faithfulness_again")
    say(f"That asks the model, in a run of its own; its passes took {duration(asked.seconds_model)} then.")
    if pressed:
        try:
            st.session_state[_MAKING] = continuing.again(asked).id
        except SpexError as error:
            say(sentence(error), "error")
            return
        st.rerun()


def unknown_estimator(name: str) -> str:
    """Why a run's own estimator, which a file names, cannot be asked for anything."""
    return f"The estimator of this run, {name}, is not installed here."


def why_not(passes: Passes, estimator: str, reason: str) -> str:
    """Why an estimator could not fit these passes, in the words of the page; `reason` is the library's."""
    try:
        minimum = cost(passes.n_features, passes.budget, estimator, passes.max_order).minimum
    except SpexError:  # which the reason says
        minimum = 0
    if minimum > passes.budget:
        return f"It needs {minimum:,} passes or more; these are {passes.budget:,}."
    return sentence(reason.rstrip("."))


def _read(find: Callable[[], Samples], explanation: Explanation, job: Job) -> Iterator[tuple[str, Any]]:
    job.now = "Reading the passes"
    known = Known()
    try:
        samples = find()
        known.add(samples)
        yield "passes", (Passes.of(explanation, samples), "", known)
    except SpexError as error:
        yield "passes", (None, sentence(error), known)


def _finder(name: str, explanation: Explanation) -> Callable[[], Samples]:
    """What finds the passes, in a thread that knows nothing of this visitor's session."""
    carried, runs = _carried(name), session.runs()
    linked = sources.can_be_linked(name)

    def find() -> Samples:
        if carried is not None:
            return carried
        if sources.is_saved(name):
            raise StoreError("the masked passes behind this saved example are not kept with it")
        if not linked:
            raise StoreError("the file holds the result but not the masked passes behind it; a bundle holds both")
        return runs.paid_for(name, explanation.n_features)[0]

    return find


def _carried(name: str) -> Samples | None:
    """The passes that came with an opened file."""
    opened = session.opened(sources.OPENED[name]) if name in sources.OPENED else sources.files().get(name)
    return None if opened is None or not len(opened.samples) else opened.samples


def _key(name: str, explanation: Explanation) -> str:
    """Of the content, not of the name alone: a file with the name of another one is another run."""
    content = remembered(explanation, "content", lambda: _digest(explanation.to_json().encode()))
    carried = _carried(name)
    if carried is not None:
        mine = _digest(carried.masks.tobytes() + carried.values.tobytes())
    else:
        mine = name if sources.can_be_linked(name) else "file"
    return f"{content}-{mine}"


def _digest(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=8).hexdigest()
