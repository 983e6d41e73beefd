"""Resuming, extending and asking again: nothing that is paid for is paid for twice."""

from dataclasses import replace

import numpy as np
import pytest

from spex_core.engine.design import plan_run
from spex_core.errors import InputError, StoreError
from spex_core.fourier.masks import row_keys
from spex_core.models.base import ModelSpec
from spex_core.runs.manager import RunManager
from spex_core.runs.requests import TextRequest
from spex_core.runs.store.run_store import RunStore
from tests.support.counting_model import TEXT, Counting
from tests.support.waiting import over, until

WORDS = [f"w{k}" for k in range(200)]


@pytest.fixture(autouse=True)
def model(monkeypatch):
    return Counting.fresh(monkeypatch)


@pytest.fixture
def manager(tmp_path):
    manager = RunManager(RunStore(tmp_path))
    yield manager
    for run in manager.list():  # what still runs would ask the next test's model
        run.cancel()
        over(run)


def _request(**changes):
    given = {"text": TEXT, "model": ModelSpec("counting", {"answer": "yes"}), "budget": 300, "masking": "removal"}
    return TextRequest(**{**given, "estimator": "banzhaf", **changes})


def _half_way(manager, model, request, passes=60):
    """A run that was cancelled after some passes."""
    run = manager.start(request)
    model.delay = 0.02
    until(lambda: len(model.asked) >= passes or not run.live)
    assert run.live, run.error
    run.cancel()
    model.delay = 0.0
    return over(run)


@pytest.mark.parametrize("n", [1, 2, 5, 9, 10, 12, 14, 40, 200])
@pytest.mark.parametrize("estimator", ["auto", "spex", "proxyspex", "banzhaf", "lime"])
def test_masks_of_a_small_budget_are_among_those_of_any_larger(n, estimator):
    from spex_core.engine.design import cost

    budgets = (32, 100, 300, 1000, 1023, 1024, 4000, 4096, 9000, 17000)
    for max_order in (2, 5):
        small: set[bytes] = set()
        least = cost(n, 4000, estimator, max_order).minimum
        for budget in (budget for budget in budgets if budget >= least and budget <= (17000 if n < 100 else 4000)):
            masks = set(row_keys(plan_run(n, budget, estimator, max_order, 7).masks))
            assert small <= masks, (budget, len(small - masks))
            assert len(masks) == (min(budget, 2**n) if n < 30 else budget)
            small = masks


def test_changing_the_estimator_costs_nothing(manager, model):
    asked = {"text": " ".join(WORDS[:24]), "budget": 500, "max_order": 2}
    first = over(manager.start(_request(**asked, estimator="auto")))
    assert first.state == "done", first.error
    assert first.paid == len(model.asked) == 500
    for estimator in ("banzhaf", "proxyspex", "lime", "spex", "gp"):
        again = over(manager.start(_request(**asked, estimator=estimator)))
        assert again.state == "done", again.error
        assert again.paid == 0
    assert len(model.asked) == 500


@pytest.mark.parametrize(
    ("words", "small", "large", "estimator"),
    [(200, 1000, 4000, "banzhaf"), (30, 200, 500, "auto"), (14, 1000, 4000, "spex"), (11, 300, 4000, "auto")],
)
def test_extending_pays_for_the_difference_only(manager, model, words, small, large, estimator):
    model.batch = 250
    run = over(manager.start(_request(text=" ".join(WORDS[:words]), budget=small, estimator=estimator)))
    assert run.state == "done", run.error
    assert run.paid == small
    before = run.explanation
    longer = manager.extend(run.id, large)
    assert longer.explanation is before  # until the new one is there
    over(longer)
    assert longer.state == "done", longer.error
    assert longer.id == run.id
    spent = min(large, 2**words)
    assert longer.paid == len(model.asked) == longer.explanation.evaluations == spent
    assert longer.explanation.budget == large
    (record,) = manager.records()
    assert (record.budget, record.paid, record.evaluations, record.state) == (large, spent, spent, "done")
    direct = over(RunManager(RunStore(manager.store._where / "other")).start(longer.request))
    assert direct.explanation.spectrum.coefficients.tobytes() == longer.explanation.spectrum.coefficients.tobytes()


def test_only_a_run_that_is_over_is_extended_and_only_upwards(manager, model):
    run = manager.start(_request())
    model.delay = 0.01
    with pytest.raises(InputError, match="still going"):
        manager.extend(run.id, 900)
    assert manager.resume(run.id) is run
    model.delay = 0.0
    over(run)
    with pytest.raises(InputError, match="budget=300 is no more than the 300"):
        manager.extend(run.id, 300)
    with pytest.raises(InputError, match="whole number"):
        manager.extend(run.id, 1.5)
    with pytest.raises(StoreError, match="no run"):
        manager.resume("nothing")
    assert over(manager.resume(run.id)).state == "done"  # and costs nothing
    assert len(model.asked) == 300


def test_a_cancelled_run_goes_on_where_it_stopped(manager, model):
    run = _half_way(manager, model, _request())
    assert run.state == "cancelled"
    paid = run.explanation.evaluations
    assert paid == len(model.asked) < 300
    again = over(manager.resume(run.id))
    assert again.state == "done"
    assert len(model.asked) == again.paid == 300
    assert manager.get(run.id) is again
    direct = over(RunManager(RunStore(manager.store._where / "other")).start(_request()))
    assert again.explanation.spectrum.coefficients.tobytes() == direct.explanation.spectrum.coefficients.tobytes()


def test_an_extension_that_fails_leaves_the_earlier_result(manager, model):
    run = over(manager.start(_request()))
    before = run.explanation

    def breaks(inputs):
        raise OSError("the model went away")

    model.on_batch = breaks
    failed = over(manager.extend(run.id, 900))
    assert failed.state == "failed"
    assert failed.explanation is before
    other = RunManager(manager.store).get(run.id)
    assert (other.state, other.error) == ("failed", failed.error)
    assert other.explanation.to_json() == before.to_json()
    model.on_batch = None
    again = over(manager.resume(run.id))
    assert (again.state, again.explanation.budget, again.paid) == ("done", 900, 900)


def test_other_weights_pay_for_themselves(tmp_path, model):
    request = _request()
    over(RunManager(RunStore(tmp_path)).start(request))
    model.weights = "second"
    run = over(RunManager(RunStore(tmp_path)).start(request))
    assert run.paid == 300
    model.weights = "first"
    assert over(RunManager(RunStore(tmp_path)).start(request)).paid == 0


def test_an_answer_taken_from_the_model_is_kept_for_the_resumed_run(manager, model):
    run = _half_way(manager, model, _request(model=ModelSpec("counting")))
    answer = run.explanation.model.options["answer"]
    again = over(RunManager(manager.store).resume(run.id))  # a new process
    assert again.explanation.model.options["answer"] == answer
    assert len(model.asked) == 300
    assert again.paid == 300


def test_a_key_is_never_stored_and_the_resumed_run_says_so(manager, model, tmp_path, monkeypatch):
    secret = "sk-very-secret"
    request = _request(model=ModelSpec("counting", {"answer": "yes", "key": secret}))
    run = _half_way(manager, model, request)
    manager.store.close()
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and secret.encode() in path.read_bytes()]
    data, _ = manager.store.request(run.id)
    assert (data["options"], data["secrets"]) == ({"answer": "yes"}, ["key"])

    def needs_key(self, answer="", key=""):
        if not key:
            raise InputError("key is empty")
        before(self, answer, key)

    before = Counting.__init__
    monkeypatch.setattr(Counting, "__init__", needs_key)
    failed = over(RunManager(manager.store).resume(run.id))  # a new process
    assert failed.error.startswith("key is empty; key was not stored with the run")
    other = RunManager(manager.store)
    assert over(other.resume(run.id, secrets={"key": "sk-again"})).state == "done"
    assert other.get(run.id).request.model.options["key"] == "sk-again"
    assert over(other.resume(run.id, person="somebody else")).state == "failed"  # nobody uses another's key
    assert len(model.asked) == 300


def test_a_run_from_a_file_can_be_extended_too(manager, model):
    run = over(manager.start(_request()))
    store = RunStore(manager.store._where / "other")
    store.save("opened", run.explanation)
    other = RunManager(store)
    longer = over(other.extend("opened", 500))
    assert (longer.state, longer.explanation.evaluations) == ("done", 500), longer.error


def test_a_run_without_model_and_input_cannot_go_on(manager):
    run = over(manager.start(_request()))
    manager.store.save("bare", replace(run.explanation, model=None, source=None))
    with pytest.raises(StoreError, match="no model and input"):
        manager.resume("bare")


def test_two_runs_of_one_question_at_once_pay_once(manager, model):
    model.delay = 0.005
    runs = [
        manager.start(_request(seed=seed, budget=budget), person=str(seed)) for seed, budget in ((0, 300), (0, 500))
    ]
    for run in runs:
        assert over(run).state == "done"
    assert len(model.asked) == 500
    assert sum(run.paid for run in runs) == 500
    key = next(iter(manager.store.list())).id
    assert manager.get(key) is not None


def test_a_run_of_an_ended_process_is_interrupted_with_a_reason(manager, model, tmp_path):
    from spex_core.runs.request_data import first_record, plain
    from spex_core.runs.store.owners import this_process

    request = _request()
    gone = this_process().rsplit("|", 1)[0] + "|1"
    manager.store.create(first_record("gone", request), *plain(request), gone)
    manager.store.update("gone", state="running", paid=40)
    (record,) = manager.records()
    assert record.state == "interrupted"
    run = manager.get("gone")
    assert (run.state, run.live, run.explanation, run.paid) == ("interrupted", False, None, 40)
    assert "resume it" in run.error
    assert run.request == request
    assert over(manager.resume("gone")).state == "done"


def test_a_live_run_of_another_process_is_shown_and_not_taken(manager):
    from spex_core.runs.request_data import first_record, plain

    request = _request()
    manager.store.create(first_record("theirs", request), *plain(request), "elsewhere|boot|space|1|1")
    manager.store.update("theirs", state="running", paid=40)
    run = manager.get("theirs")
    assert run.live
    assert run.progress.done == 40
    with pytest.raises(InputError, match="another process"):
        manager.resume("theirs")


def test_values_are_those_of_the_model_however_they_were_paid_for(manager, model):
    over(manager.start(_request(budget=150)))
    run = over(manager.start(_request(budget=300)))
    masks = np.random.default_rng(0).random((50, 14)) < 0.5
    explanation = run.explanation
    assert np.allclose(
        explanation.predict(masks)[:5], [manager.models.check(explanation, mask) for mask in masks[:5]], atol=2
    )
