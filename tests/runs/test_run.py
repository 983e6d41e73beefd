"""A run can be waited for, whoever ends it."""

import threading

import pytest

from spex_core.models.base import ModelSpec
from spex_core.runs.requests import TextRequest
from spex_core.runs.run import Run

REQUEST = TextRequest(text="not bad", model=ModelSpec("minilm-sentiment"), budget=4)


@pytest.mark.parametrize("state", ["done", "cancelled", "failed", "interrupted"])
def test_whoever_waits_is_woken_when_it_is_over(state):
    run, woken = Run("a", REQUEST), []
    waiting = threading.Thread(target=lambda: woken.append(run.wait(20)))
    waiting.start()
    run.state = "running"
    assert not run.wait(0.001)
    run.state = state
    waiting.join(20)
    assert woken == [True]
    assert run.wait(0)


def test_one_that_was_over_from_the_start_needs_no_waiting_and_one_that_goes_on_does():
    run = Run("a", REQUEST, state="done")
    assert run.wait(0)
    run.state = "failed"
    run.state = "queued"
    assert not run.wait(0)
