"""Run manager: worker threads, cancel, resume, two people at once, errors that reach the page."""

import threading
import time

import numpy as np
import pytest

from spex_core.errors import InputError, ModelError, StoreError
from spex_core.models.base import Backend, ModelSpec
from spex_core.runs.manager import RunManager
from spex_core.runs.models import Models
from spex_core.runs.requests import TextRequest
from spex_core.runs.store.keys import sample_key
from spex_core.runs.store.run_store import RunStore

TEXT = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen"


class Lengths(Backend):
    """Scores a text by its length; can be slowed, broken, and watched."""

    name, title, summary = "lengths", "Lengths", "Counts characters."
    unit = "characters"

    def __init__(self, spec):
        self.spec = spec
        self.calls = 0
        self.texts = []
        self.delay = 0.0
        self.break_at = None
        self.inside = 0
        self.most_inside = 0

    def score(self, inputs):
        self.inside += 1
        self.most_inside = max(self.most_inside, self.inside)
        self.calls += 1
        self.texts.extend(inputs)
        time.sleep(self.delay)
        self.inside -= 1
        if self.calls == self.break_at:
            raise OSError("the model went away")
        return np.array([float(len(text)) for text in inputs])

    def batch_size(self, masker):
        return 20


class OneModel(Models):
    """The only model is `Lengths`."""

    def __init__(self):
        super().__init__()
        self.model = Lengths(ModelSpec("lengths"))

    def backend(self, spec):
        if spec.name != "lengths":
            raise InputError(f"model {spec.name!r} does not exist")
        return self.model


@pytest.fixture
def manager(tmp_path):
    return RunManager(RunStore(tmp_path), models=OneModel())


def _request(**changes):
    return TextRequest(**{"text": TEXT, "model": ModelSpec("lengths"), "budget": 300, "masking": "removal", **changes})


def _wait(run, seconds=30.0):
    until = time.monotonic() + seconds
    while run.live:
        assert time.monotonic() < until, run.state
        time.sleep(0.01)
    return run


def test_a_run_finishes_is_saved_and_found_again(manager):
    run = _wait(manager.start(_request()))
    assert run.state == "done", run.error
    assert run.explanation.evaluations <= 300
    assert run.explanation.model == ModelSpec("lengths")
    assert manager.get(run.id) is run
    other = RunManager(manager.store, models=OneModel())  # a new process
    assert other.get(run.id).explanation.to_json() == run.explanation.to_json()
    assert other.get("nothing") is None


def test_cancel_keeps_and_explains_what_is_paid(manager):
    manager.models.model.delay = 0.05
    run = manager.start(_request(budget=5000))
    while run.progress is None:
        assert run.live, run.error
        time.sleep(0.01)
    before = time.monotonic()
    run.cancel()
    _wait(run)
    assert time.monotonic() - before < 5
    assert run.state == "cancelled"
    assert 0 < run.explanation.evaluations < 5000
    paid = manager.store.samples(sample_key(TEXT, ModelSpec("lengths"), "word", "removal", "lengths"), 14)
    assert len(paid) == run.explanation.evaluations


def test_a_failed_run_says_why_and_a_second_try_pays_only_the_rest(manager):
    manager.models.model.break_at = 3
    failed = _wait(manager.start(_request()))
    assert failed.state == "failed"
    assert "the model went away" in failed.error
    manager.models.model.break_at = None
    calls = manager.models.model.calls
    again = _wait(manager.start(_request()))
    assert again.state == "done"
    assert (manager.models.model.calls - calls) * 20 < again.explanation.evaluations


def test_two_people_at_once_take_turns_without_cross_talk(manager):
    manager.models.model.delay = 0.002
    texts = [TEXT, TEXT.upper() + " fifteen sixteen"]
    runs = [manager.start(_request(text=text)) for text in texts]
    for run, text in zip(runs, texts, strict=True):
        _wait(run)
        assert run.explanation.source.text == text
        assert run.explanation.output_full == len(text)
    assert manager.models.model.most_inside == 1


def test_wrong_requests_fail_with_one_line(manager):
    for request, words in [
        (_request(text="   "), "empty"),
        (_request(model=ModelSpec("nothing")), "does not exist"),
        (_request(budget=1), "budget=1"),
        (_request(estimator="nope"), "nope"),
        (_request(masking="paint"), "masking"),
    ]:
        run = _wait(manager.start(request))
        assert run.state == "failed"
        assert words in run.error
        assert "\n" not in run.error


def test_a_full_disk_stops_before_the_next_paid_pass(manager, monkeypatch):
    append, update = RunStore.append, RunStore.update

    def full(self, *given, **fields):
        raise StoreError("could not save paid samples, so the run stops: database or disk is full")

    def last(self, key, samples):
        append(self, key, samples)
        monkeypatch.setattr(RunStore, "append", full)
        monkeypatch.setattr(RunStore, "update", full)

    monkeypatch.setattr(RunStore, "append", last)
    run = _wait(manager.start(_request()))
    assert run.state == "failed"
    assert "disk is full" in run.error
    assert manager.models.model.calls == 2  # no third batch was asked for
    assert manager.records()[0].state == "failed"
    monkeypatch.setattr(RunStore, "append", append)
    monkeypatch.setattr(RunStore, "update", update)
    asked = len(manager.models.model.texts)
    again = _wait(manager.resume(run.id))
    assert again.state == "done", again.error
    assert len(manager.models.model.texts) - asked == again.explanation.evaluations - 40
    assert manager.records()[0].paid == again.paid == again.explanation.evaluations


def test_check_asks_the_model_once(manager):
    run = _wait(manager.start(_request()))
    calls = manager.models.model.calls
    mask = np.ones(14, dtype=bool)
    assert manager.models.check(run.explanation, mask) == len(TEXT)
    mask[0] = False
    assert manager.models.check(run.explanation, mask) == len(TEXT) - len("one ")
    assert manager.models.model.calls == calls + 2
    with pytest.raises(InputError, match="does not fit"):
        manager.models.check(run.explanation, mask[:3])


def test_check_reports_a_broken_model(manager):
    run = _wait(manager.start(_request()))
    manager.models.model.break_at = manager.models.model.calls + 1
    with pytest.raises(ModelError, match="went away"):
        manager.models.check(run.explanation, np.ones(14, dtype=bool))


def test_speed_is_measured_in_the_background_once(manager):
    manager.models.model.delay = 0.01
    assert manager.models.speed(_request()) is None
    until = time.monotonic() + 20
    while (speed := manager.models.speed(_request())) is None:
        assert time.monotonic() < until
        time.sleep(0.02)
    assert 200 < speed < 2500  # 20 texts in a little over 10 ms
    assert threading.active_count() < 20


def test_runs_are_listed_newest_first(manager):
    one, two = manager.start(_request()), manager.start(_request(seed=1))
    assert [run.id for run in manager.list()] == [two.id, one.id]
    _wait(one), _wait(two)
