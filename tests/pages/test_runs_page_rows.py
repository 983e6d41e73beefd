"""The pure parts of the Runs page: lines, sentences, costs, imports."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import spex_core
from pages.components.runs import cost, rows
from pages.components.runs.cost import More, budgets, missing, own_speed, usual
from pages.components.runs.importing import take
from spex_core.arrays import Samples
from spex_core.engine.design import plan_run
from spex_core.engine.settings import Progress
from spex_core.explanation.result import Explanation
from spex_core.fourier.masks import row_keys
from spex_core.runs.store.bundle import write_bundle
from spex_core.runs.store.records import STATES, RunRecord
from spex_core.runs.store.run_store import RunStore

DONE = RunRecord(
    id="r1",
    title="Not bad at all",
    kind="text",
    model="minilm-sentiment",
    target="positive (log-odds)",
    unit="word",
    estimator="auto",
    budget=1000,
    n_features=64,
    state="done",
    paid=1000,
    evaluations=1000,
    r2=0.914,
    seconds=12.5,
    created_at=1_700_000_000.0,
)
NASTY = "<img src=x onerror=alert(1)> **b** $x$ :red[y]"


def test_a_finished_run_says_what_it_cost_and_how_far_to_trust_it() -> None:
    line = rows.row(DONE)
    assert line["model"] == "Review sentiment"
    assert line["features"] == "64 words"
    assert (line["passes"], line["spent"]) == ("1,000", "")
    assert (line["r2"], line["tone"]) == ("0.91", "good")
    assert line["time"] == "12\u00a0s"
    assert (line["label"], line["share"]) == ("Done", None)
    assert line["by"] == {"passes": 1000, "r2": 0.914, "time": 12.5, "at": 1_700_000_000.0}


def test_shares_of_replies_are_judged_by_what_luck_leaves() -> None:
    line = rows.row(replace(DONE, r2=0.23, ceiling=0.25))
    assert (line["r2"], line["tone"]) == ("0.23", "good")
    assert line["note"] == "about 92\u00a0% of what luck leaves"
    assert rows.row(replace(DONE, r2=0.3, ceiling=0.25))["note"].startswith("about 100")
    assert rows.row(DONE)["note"] == ""
    assert rows.row(replace(DONE, state="running", ceiling=0.25), Progress(1, 2, 1.0, None, "evaluate"))["note"] == ""


def test_passes_known_from_another_run_are_told_from_those_paid() -> None:
    assert rows.row(replace(DONE, evaluations=4000, paid=3000))["spent"] == "3,000 paid"


def test_a_run_at_work_shows_how_far_it_is_and_no_result_of_an_earlier_one() -> None:
    extended = replace(DONE, state="running", budget=4000)
    line = rows.row(extended, Progress(1500, 4000, 100.0, 25.0, "evaluate"))
    assert (line["passes"], line["spent"]) == ("1,500", "of 4,000")
    assert line["share"] == pytest.approx(1500 / 4000)
    assert line["note"] == "25\u00a0s left"
    assert line["r2"] == line["time"] == ""
    assert line["by"]["r2"] is None


def test_an_interrupted_run_shows_what_is_paid_for() -> None:
    line = rows.row(replace(DONE, state="interrupted", paid=340, evaluations=None, r2=None, seconds=None))
    assert (line["passes"], line["spent"], line["label"]) == ("340", "of 1,000", "Interrupted")


def test_a_failed_run_says_why() -> None:
    line = rows.row(replace(DONE, state="failed", error=NASTY, evaluations=None, r2=None))
    assert (line["label"], line["note"]) == ("Failed", NASTY)


@pytest.mark.parametrize("state", [*STATES, "loading", "fitting"])
def test_every_state_has_a_line_that_json_can_hold(state: str) -> None:
    bare = replace(DONE, state=state, evaluations=None, r2=None, seconds=None, n_features=None, paid=0, title=NASTY)
    for record in (bare, replace(DONE, state=state)):
        line = json.loads(json.dumps(rows.row(record), allow_nan=False))
        assert line["label"][0].isupper()
        assert (line["share"] is not None) == rows.is_live(record)
        assert rows.is_live(record) + rows.can_resume(record) + (state == "done") == 1


@pytest.mark.parametrize(
    ("record", "text"),
    [
        (replace(DONE, unit="sentence", n_features=1), "1 sentence"),
        (replace(DONE, n_features=None), "words"),
        (replace(DONE, unit="8x6", kind="picture"), "8 × 6 patches"),
        (replace(DONE, unit="feature", n_features=1024), "1,024 features"),
    ],
)
def test_what_the_input_was_cut_into(record: RunRecord, text: str) -> None:
    assert rows.features_text(record) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.04, "0.0 s"),
        (9.9, "9.9 s"),
        (12.4, "12 s"),
        (200, "3 min 20 s"),
        (180, "3 min"),
        (3000, "50 min"),
        (9000, "2.5 h"),
    ],
)
def test_measured_time(seconds: float, text: str) -> None:
    assert rows.took(seconds).replace("\u00a0", " ") == text


def test_a_model_that_is_not_installed_keeps_its_name() -> None:
    assert rows.model_title("gone") == "gone"
    assert rows.model_title("") == "Unknown model"


def test_how_many_runs() -> None:
    assert rows.summary([]) == "0 runs"
    assert rows.summary([DONE, replace(DONE, state="queued"), replace(DONE, state="running")]) == "3 runs, 2 at work"


# What going on costs


@pytest.mark.parametrize("estimator", ["auto", "spex", "proxyspex", "gp", "banzhaf", "lime"])
def test_missing_passes_are_those_that_the_larger_plan_has_and_the_smaller_has_not(estimator: str) -> None:
    n, old, new = 40, 1000, 2500
    small, large = (set(row_keys(plan_run(n, budget, estimator, 5, 0).masks)) for budget in (old, new))
    record = replace(DONE, n_features=n, estimator=estimator, budget=old, evaluations=old, paid=old)
    assert missing(record, new) == len(large - small)


def test_an_input_with_few_masks_costs_no_more_than_these() -> None:
    record = replace(DONE, n_features=10, budget=300, evaluations=300, paid=300)
    assert budgets(record)[-1] == 1024
    assert missing(record, 1024) == 724
    assert budgets(replace(record, budget=1024, evaluations=1024, paid=1024)) == []


def test_larger_budgets_only_are_offered_and_four_times_the_old_at_first() -> None:
    offered = budgets(DONE)
    assert min(offered) > 1000
    assert usual(DONE, offered) == 4000
    assert 4000 in offered
    assert offered == sorted(set(offered))
    large = replace(DONE, budget=30_000, evaluations=30_000)
    assert usual(large, budgets(large)) == budgets(large)[-1] == 40_000
    assert budgets(replace(DONE, n_features=None)) == []


def test_the_cost_is_a_sentence() -> None:
    assert More(3000, 40.0).says == "3,000 more passes, about 40 s"
    assert More(1, 0.1).says == "1 more pass, about 1 s"
    assert More(0).says.startswith("Every pass is paid for")
    assert "measuring" in More(10, None, measuring=True).says
    assert More(10).says == "10 more passes"


def test_a_runs_own_speed_counts_only_where_it_paid_for_everything() -> None:
    assert own_speed(DONE) == pytest.approx(80)
    assert own_speed(replace(DONE, paid=100)) is None
    assert own_speed(replace(DONE, seconds=None)) is None
    assert cost.more(DONE, 4000, ask=False) == More(3000, pytest.approx(37.5))


# Imports


def _explanation(n: int = 4) -> Explanation:
    def value(masks: np.ndarray) -> np.ndarray:
        return masks[:, 0] - 2.0 * masks[:, 1]

    return spex_core.explain(value, [f"w{i}" for i in range(n)], budget=2**n)


def _all_samples(n: int = 4) -> Samples:
    masks = (np.arange(2**n)[:, None] >> np.arange(n) & 1).astype(bool)
    return Samples(masks, masks[:, 0] - 2.0 * masks[:, 1])


@pytest.fixture
def store(tmp_path: Path) -> RunStore:
    return RunStore(tmp_path)


def test_several_files_at_once_the_bad_ones_named(store: RunStore) -> None:
    good = _explanation().to_json().encode()
    done = take([(f"../../{NASTY}.json", good), ("broken.json", b'{"schema": 3}'), ("empty.zip", b"PK")], store)
    assert len(done.ids) == 1
    assert [name for name, _ in done.refused] == ["broken.json", "empty.zip"]
    assert all(why.endswith(".") and "\n" not in why for _, why in done.refused)
    assert done.says == "1 run imported."
    record = store.record(done.ids[0])
    assert record.state == "done"
    assert "/" not in record.name
    assert store.load(record.id).to_json().encode() == good


def test_the_same_file_twice_is_one_run(store: RunStore) -> None:
    good = _explanation().to_json().encode()
    first = take([("a.json", good)], store)
    store.rename(first.ids[0], "mine")
    again = take([("b.json", good)], store)
    assert again.ids == first.ids
    assert again.says == "1 already here."
    assert [record.name for record in store.list()] == ["mine"]


def test_a_deleted_run_comes_back_with_its_file(store: RunStore) -> None:
    good = _explanation().to_json().encode()
    first = take([("a.json", good)], store)
    store.delete(first.ids[0])
    again = take([("a.json", good)], store)
    assert again.says
    assert [record.id for record in store.list()] == again.ids


def test_a_bundle_brings_its_passes_under_a_key_of_its_own(store: RunStore) -> None:
    samples = _all_samples()
    data = write_bundle(_explanation(), samples, "0123abcd")
    done = take([("mine.zip", data)], store)
    assert done.says == "1 run imported."
    assert len(store.samples("0123abcd", 4)) == 0, "a stranger's passes must not pass for one's own"
    from spex_core.runs.store.bundle import read_bundle

    assert len(store.samples(read_bundle(data).samples_key, 4)) == len(samples)


def test_whose_a_shared_run_is_stands_under_its_state_where_runs_have_owners() -> None:
    shared = replace(DONE, belongs_to="ann", shared=True)
    for whose, said in (("ann", "shared by you"), ("bob", "not yours"), ("", "")):
        assert rows.row(shared, whose=whose)["note"] == said
    assert rows.row(replace(shared, shared=False), whose="ann")["note"] == ""


def test_the_same_file_is_a_run_of_each_who_imports_it(store: RunStore) -> None:
    data = write_bundle(_explanation(), _all_samples(), "0123abcd")
    ids = [take([("a.zip", data)], store, person).ids[0] for person in ("ann", "bob", "ann", "")]
    assert len(set(ids)) == 3
    assert ids[0] == ids[2]
    assert [store.record(run_id).belongs_to for run_id in ids] == ["ann", "bob", "ann", ""]
    for run_id in ids:
        assert len(store.samples(run_id, 4)) == len(_all_samples())
