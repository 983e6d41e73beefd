"""What a person waits for beside the passes: learned from runs, and never from passes that cost nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest

import spex_core
from spex_core.engine.settings import Progress
from spex_core.models.base import ModelSpec
from spex_core.runs.clock import Clock, ahead
from spex_core.runs.models import Models
from spex_core.runs.requests import TextRequest
from spex_core.runs.run import Run

REQUEST = TextRequest(text="one two three", model=ModelSpec("minilm-sentiment", {}), budget=200)


def test_a_fit_is_expected_to_take_what_the_last_ones_took() -> None:
    clock = Clock()
    before = clock.fit(30, 1000, "hybrid")
    clock.fitted(30, 1000, "hybrid", 10 * before)
    assert clock.fit(30, 1000, "hybrid") == pytest.approx(10 * before)
    for _ in range(20):
        clock.fitted(30, 1000, "hybrid", 2 * before)
    assert clock.fit(30, 1000, "hybrid") == pytest.approx(2 * before, rel=1e-3)


def test_more_passes_and_more_features_take_longer_and_all_masks_hardly_any_time() -> None:
    clock = Clock()
    assert clock.fit(30, 4000, "hybrid") > clock.fit(30, 1000, "hybrid")
    assert clock.fit(300, 1000, "hybrid") > clock.fit(30, 1000, "hybrid")
    assert clock.fit(8, 256, "exact") < clock.fit(8, 200, "hybrid")


def test_a_run_waits_for_those_before_it_once_every_place_is_taken() -> None:
    runs = [Run(f"r{at}", REQUEST, state="running", started_at=float(at)) for at in range(3)]
    for run in runs[:2]:
        run.progress = Progress(100, 200, 10.0, 10.0, "evaluate")
    runs[2].state = "queued"
    assert ahead(runs[:1]) == 0.0
    assert ahead(runs[:2]) == pytest.approx(10.0)
    assert ahead(runs, runs[2]) == pytest.approx(10.0)
    assert ahead(runs, runs[0]) == 0.0
    runs[1].state = "done"
    assert ahead(runs, runs[2]) == 0.0


def test_the_speed_in_the_form_is_that_of_the_last_run_which_paid_for_its_passes() -> None:
    explanation = replace(
        spex_core.explain(lambda masks: masks[:, 0] * 1.0, 8, budget=200), seconds_model=20.0, seconds_decode=3.0
    )
    made = explanation.evaluations
    models = Models()
    assert models.known_speed(REQUEST) is None
    models.learn(Run("r1", REQUEST, paid=0), explanation)
    assert models.known_speed(REQUEST) is None
    models.learn(Run("r1", REQUEST, paid=made), explanation)
    assert models.known_speed(REQUEST) == pytest.approx(made / 20)
    assert models.clock.fit(8, made, explanation.estimator) == pytest.approx(3.0)
