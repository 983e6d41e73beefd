"""The Runs page: what is listed, what can be done with it, and that it stays plain text."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

import spex_core
from pages.components.common import session
from pages.components.runs.importing import take
from pages.components.runs.list import KEY
from spex_core.engine.settings import Progress
from spex_core.explanation.result import Explanation
from spex_core.explanation.sources import TextSource
from spex_core.models.base import ModelSpec
from spex_core.runs.run import Run
from spex_core.runs.store.run_store import RunStore
from tests.support.filled_store import REQUEST, TEXT, fill, put
from tests.support.managers import Manager
from tests.support.places import ROOT

APP = str(ROOT / "app.py")
NASTY = "<img src=x onerror=alert(1)> **b** $x$ :red[y]"


@pytest.fixture
def manager(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Manager:
    manager = Manager(RunStore(tmp_path))
    monkeypatch.setattr(session, "manager", lambda: manager)
    return manager


def _explanation() -> Explanation:
    def value(masks: np.ndarray) -> np.ndarray:
        return masks[:, 0] - 2.0 * masks[:, 0] * masks[:, 1]

    found = spex_core.explain(value, TEXT.split(), budget=8)
    source = TextSource(TEXT, ((0, 3), (4, 7), (8, 12)), "word", "unk")
    return replace(found, source=source, model=ModelSpec("minilm-sentiment", {}))


def _open(*selected: str) -> AppTest:
    app = AppTest.from_file(APP, default_timeout=60)
    app.switch_page("pages/runs.py")
    app.run()
    if selected:
        _select(app, *selected)
    assert not app.exception
    return app


def _select(app: AppTest, *ids: str) -> None:
    app.session_state["runs_selected"] = ids
    app.run()
    assert not app.exception


def _html(app: AppTest) -> str:
    return "\n".join(element.proto.body for element in app.get("html"))


def _listed(app: AppTest) -> dict[str, Any]:
    found = [element for element in app.get("bidi_component") if element.proto.component_name == "spex_runs"]
    return json.loads(found[0].proto.json)[0] if found else {"rows": []}


def _names(app: AppTest) -> list[str]:
    return [row["id"] for row in _listed(app)["rows"]]


def test_without_runs_the_page_says_what_will_be_here(manager: Manager) -> None:
    app = _open()
    assert "No runs yet" in _html(app)
    assert "passes it spent" in _html(app)
    assert not _listed(app)["rows"]


def test_every_run_is_a_line_and_nothing_is_selected_at_first(manager: Manager) -> None:
    put(manager.store, "a")
    put(manager.store, "b", state="failed", error=NASTY, evaluations=None, r2=None, seconds=None)
    app = _open()
    assert sorted(_names(app)) == ["a", "b"]
    assert "2 runs" in _html(app)
    assert "Nothing selected" in _html(app)


def test_a_selected_run_can_be_named_pinned_and_found_first(manager: Manager) -> None:
    put(manager.store, "a", created_at=1.0)
    put(manager.store, "b", created_at=2.0)
    app = _open("a")
    assert _names(app) == ["b", "a"]
    app.text_input("runs_name_a").set_value(f"  {NASTY}  ").run()
    app.button("runs_pin").click().run()
    assert not app.exception
    record = manager.store.record("a")
    assert (record.name, record.pinned) == (NASTY, True)
    assert _names(app) == ["a", "b"]
    assert "&lt;img" in _html(app)
    assert "<img" not in _html(app)
    app.text_input("runs_name_a").set_value("").run()
    assert manager.store.record("a").name == ""


def test_delete_can_be_undone_one_press_at_a_time(manager: Manager) -> None:
    for name in "abc":
        put(manager.store, name)
    app = _open("a")
    app.button("runs_delete").click().run()
    assert sorted(_names(app)) == ["b", "c"]
    assert _listed(app)["selected"] == []
    assert "input of a" in _html(app)
    _select(app, "b", "c")
    app.button("runs_delete").click().run()
    assert "2 runs" in _html(app)
    app.button("runs_undo").click().run()
    assert sorted(_names(app)) == ["b", "c"]
    app.button("runs_undo").click().run()
    assert sorted(_names(app)) == ["a", "b", "c"]
    assert _listed(app)["selected"] == ["a"]
    assert not [button for button in app.button if button.key == "runs_undo"]


def test_what_the_page_selects_wins_over_what_the_browser_sent_before(manager: Manager) -> None:
    put(manager.store, "a")
    put(manager.store, "b")
    app = _open()
    app.session_state[KEY] = {"selected": {"turn": 0, "ids": ["b"]}}
    app.run()
    assert "input of b" in _html(app)
    app.button("runs_delete").click().run()
    assert (_listed(app)["selected"], _listed(app)["turn"]) == ([], 1)


@pytest.mark.parametrize("state", ["interrupted", "cancelled", "failed"])
def test_an_unfinished_run_is_resumed_after_its_cost_was_said(manager: Manager, state: str) -> None:
    put(manager.store, "a", state=state, paid=340, evaluations=None, r2=None, seconds=None, error="the model fell over")
    app = _open("a")
    app.run()  # the speed is asked for once the panel has been on screen
    assert "660 more passes, about 7 s." in _html(app)
    app.button("runs_resume").click().run()
    assert manager.begun == [("resume", "a")]


def test_a_run_is_extended_for_the_new_passes_only(manager: Manager) -> None:
    put(manager.store, "a")
    app = _open("a")
    assert "3,000 more passes, about 30 s." in _html(app)
    app.button("runs_extend").click().run()
    assert manager.begun == [("extend", "a", 4000)]
    app.select_slider("runs_budget_a_1000").set_value(2000).run()
    assert "1,000 more passes, about 10 s." in _html(app)
    app.button("runs_extend").click().run()
    assert manager.begun[-1] == ("extend", "a", 2000)


def test_where_every_mask_is_known_nothing_is_offered(manager: Manager) -> None:
    put(manager.store, "a", n_features=3, budget=8, paid=8, evaluations=8)
    app = _open("a")
    assert not [button for button in app.button if button.key in ("runs_extend", "runs_resume")]


def test_a_refusal_is_said(manager: Manager) -> None:
    put(manager.store, "a")
    manager.refuses = "the waiting line is full; try again when a run is done"
    app = _open("a")
    app.button("runs_extend").click().run()
    assert not app.exception
    assert "The waiting line is full; try again when a run is done." in _html(app)


def test_two_with_a_result_can_be_compared_and_others_not(manager: Manager) -> None:
    for name in "ab":
        manager.store.save(name, _explanation())
    put(manager.store, "c", state="failed", evaluations=None, r2=None)
    app = _open("a", "c")
    assert app.button("runs_compare").disabled
    _select(app, "a", "b")
    assert not app.button("runs_compare").disabled
    app.button("runs_compare").click().run()
    assert not app.exception
    assert dict(app.query_params.items()) == {"a": "a", "b": "b"}


def test_open_leads_to_the_page_that_draws_the_run(manager: Manager) -> None:
    manager.store.save("a", _explanation())
    app = _open("a")
    app.button("runs_open").click().run()
    assert not app.exception
    assert app.session_state["run"] == "a"
    assert [element for element in app.get("bidi_component") if element.proto.component_name == "spex_explorer"]


def test_a_run_at_work_cannot_be_deleted(manager: Manager) -> None:
    put(manager.store, "a", state="running", evaluations=None, r2=None, seconds=None, paid=10)
    app = _open("a")
    assert app.button("runs_delete").disabled
    assert "1 run, 1 at work" in _html(app)
    tickers = [element for element in app.get("bidi_component") if element.proto.component_name == "spex_ticker"]
    assert tickers, "a run at work redraws the page"


def test_a_run_of_this_process_is_cancelled_from_here(manager: Manager) -> None:
    put(manager.store, "a", state="running", evaluations=None, r2=None, seconds=None, paid=10)
    run = Run("a", REQUEST, state="running", progress=Progress(250, 1000, 50.0, 15.0, "evaluate"))
    manager._runs["a"] = run
    app = _open("a")
    (line,) = _listed(app)["rows"]
    assert (line["share"], line["note"].replace("\u00a0", " ")) == (0.25, "15 s left")
    app.button("runs_cancel").click().run()
    assert run.stopping()
    assert app.button("runs_cancel").disabled
    run.state = "cancelled"
    app.run()
    app.button("runs_resume").click().run()
    run.state = "running"
    app.run()
    assert not app.button("runs_cancel").disabled, "it keeps its id, and can be cancelled again"


def test_a_store_that_cannot_be_read_is_said(manager: Manager, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise spex_core.errors.StoreError("could not list the runs: disk I/O error")

    monkeypatch.setattr(manager, "records", refuse)
    app = _open()
    assert not app.exception
    assert "Could not list the runs: disk I/O error." in _html(app)


def test_a_thousand_runs_cost_the_server_little(manager: Manager) -> None:
    fill(manager.store, 1000)
    app = _open()
    began = time.process_time()
    app.run()
    seconds = time.process_time() - began
    assert len(_listed(app)["rows"]) == 1000
    assert seconds < 1.5, f"{seconds:.2f} s of processor time"


def test_the_visitors_own_key_goes_with_a_run_that_needs_one(manager: Manager) -> None:
    put(manager.store, "a", model="openai", state="failed", paid=340, evaluations=None, r2=None)
    app = _open("a")
    app.session_state["form_option_openai_key"] = "sk-mine"
    app.button("runs_resume").click().run()
    assert manager.begun == [("resume", "a")]
    (person, secrets), *_ = manager.people
    assert person
    assert secrets == {"key": "sk-mine"}
    assert "sk-mine" not in _html(app) + json.dumps(_listed(app))


def test_a_file_does_not_choose_what_is_loaded(manager: Manager) -> None:
    foreign = replace(_explanation(), model=ModelSpec("hf-causal-lm", {"model": "someone/else"}))
    data = foreign.to_json().encode()
    (run_id,) = take([("theirs.json", data)], manager.store).ids
    app = _open(run_id)
    assert "The file names a model to load" in _html(app)
    assert not [button for button in app.button if button.key in ("runs_extend", "runs_resume")]
