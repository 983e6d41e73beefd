"""The Faithfulness page: which run it is about, what each tab says, and what it asks of the model."""

from __future__ import annotations

import hashlib
import json
import re
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

import spex_core
from pages.components.common import session
from pages.components.faithfulness import methods as faithfulness_methods
from pages.components.faithfulness import work as faithfulness_work
from pages.components.faithfulness.work import Job, Jobs
from pages.components.result import sources
from spex_core.arrays import Samples
from spex_core.explanation.result import Explanation
from spex_core.explanation.sources import TextSource
from spex_core.models.base import ModelSpec
from spex_core.runs.requests import TextRequest
from spex_core.runs.run import Run
from spex_core.runs.store.run_store import RunStore
from spex_core.trust.methods import Method, Outcome, methods
from spex_core.trust.passes import Passes
from tests.support.managers import Manager
from tests.support.places import ROOT

APP = str(ROOT / "app.py")
TEXT = "it is <b>not</b> bad and not good but fine"
NASTY = "<img src=x onerror=alert(1)>"


def _value(masks: np.ndarray) -> np.ndarray:
    return masks[:, 0] * 1.0 + 2.0 * masks[:, 2] * masks[:, 3] - 1.5 * masks[:, 5] * masks[:, 6]


def _explained(text: str = TEXT, budget: int = 200, value: Any = _value, **changes: object) -> tuple[Any, Samples]:
    """An explanation of a known function, and every pass behind it."""
    words = text.split()
    made: list[Samples] = []
    found = spex_core.explain(value, words, budget=budget, estimator="proxyspex", max_order=3, on_samples=made.append)
    spans = tuple(match.span() for match in re.finditer(r"\S+", text))
    fields: dict[str, Any] = {
        "source": TextSource(text, spans, "word", "unk"),
        "model": ModelSpec("minilm-sentiment", {}),
        "value_unit": "log-odds",
        "toward": ("negative", "positive"),
    }
    samples = Samples(np.concatenate([s.masks for s in made]), np.concatenate([s.values for s in made]))
    return replace(found, **{**fields, **changes}), samples


@pytest.fixture(scope="module")
def known() -> tuple[Explanation, Samples]:
    return _explained()


@pytest.fixture
def manager(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Manager]:
    manager = Manager(RunStore(tmp_path), _value)
    jobs = Jobs()
    monkeypatch.setattr(session, "manager", lambda: manager)
    monkeypatch.setattr(session, "saved_run", lambda page: None)
    for module in (faithfulness_work, faithfulness_methods):
        monkeypatch.setattr(module, "jobs", lambda: jobs)
    for name in ("removal", "noise"):
        monkeypatch.setattr(f"pages.components.faithfulness.{name}.jobs", lambda: jobs)
    sources._stored.cache_clear()
    yield manager
    jobs.close()


def _open(**query: str) -> AppTest:
    app = AppTest.from_file(APP, default_timeout=60)
    app.switch_page("pages/faithfulness.py")
    for name, value in query.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return app


def _tab(app: AppTest, title: str, *, done: bool = True) -> AppTest:
    """Open a tab and wait until its work is over."""
    app.session_state["faithfulness-tabs"] = title
    for _ in range(200):
        app.run()
        assert not app.exception
        if not done or not [button for button in app.button if str(button.key).startswith("stop-")]:
            return app
        time.sleep(0.05)
    raise AssertionError(f"{title} never ended")


def _html(app: AppTest) -> str:
    return "\n".join(element.proto.body for element in app.get("html"))


def _figures(app: AppTest) -> list[dict]:
    return [json.loads(element.proto.spec) for element in app.get("plotly_chart")]


def _cells(app: AppTest, table: str) -> list[list[str]]:
    body = next(element.proto.body for element in app.get("html") if f'id="{table}"' in element.proto.body)
    rows = re.findall(r"<tr>(.*?)</tr>", body)
    return [re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", row) for row in rows]


def test_without_runs_the_page_says_where_they_come_from(manager: Manager) -> None:
    app = _open()
    assert "is listed here once it is done" in _html(app)
    assert app.selectbox("faithfulness_run").options == []


def test_a_link_opens_a_run_and_an_unknown_one_is_named_as_text(manager: Manager, known: Any) -> None:
    manager.keep("first", *known)
    manager.keep("second", *_explained(TEXT.upper()))
    app = _open(run="second")
    assert app.selectbox("faithfulness_run").value == "second"
    assert "The explanation agrees closely with the model: R² " in _html(app)
    app.selectbox("faithfulness_run").set_value("first").run()
    assert app.query_params["run"] in ("first", ["first"])
    app = _open(run=NASTY)
    assert "The run &lt;img src=x onerror=alert(1)&gt; of the address is not known" in _html(app)
    assert NASTY not in _html(app)


def test_a_run_that_is_still_going_is_said_to_be(manager: Manager, known: Any) -> None:
    manager.keep("done", *known)
    request = TextRequest(text="not so bad", model=ModelSpec("minilm-sentiment", {}))
    manager._runs["live"] = Run("live", request, state="running")
    app = _open(run="live")
    assert "The run live is still going" in _html(app)
    assert app.selectbox("faithfulness_run").value == "done"


def test_what_was_on_screen_is_chosen_first_and_a_choice_stays_over_a_page_switch(manager: Manager, known: Any) -> None:
    manager.keep("old", *known)
    manager.keep("new", *_explained(TEXT.upper()))
    app = AppTest.from_file(APP, default_timeout=60)
    app.query_params["run"] = "old"
    app.run()
    app.query_params.clear()
    app.switch_page("pages/faithfulness.py").run()
    assert app.selectbox("faithfulness_run").value == "old"
    app.selectbox("faithfulness_run").set_value("new").run()
    app = _tab(app, "Structure")
    app.query_params.clear()
    app.switch_page("pages/learn.py").run()
    app.switch_page("pages/faithfulness.py").run()
    assert app.selectbox("faithfulness_run").value == "new"
    assert app.session_state["faithfulness-tabs"] == "Structure"


def test_predicted_and_actual_are_those_of_the_masks_that_were_set_aside(manager: Manager, known: Any) -> None:
    explanation, samples = known
    manager.keep("run", explanation, samples)
    app = _tab(_open(run="run"), "Agreement")
    points = _figures(app)[0]["data"][1]
    passes = Passes.of(explanation, samples)
    assert points["y"] == pytest.approx(passes.unseen.values.tolist())
    assert points["x"] == pytest.approx(explanation.predict(passes.unseen.masks).tolist())
    assert f"{len(passes.unseen):,} masks that the fit has not seen" in _html(app)
    assert manager.asked == []


def test_methods_appear_as_they_finish_and_are_fitted_once(
    manager: Manager, known: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    manager.keep("run", *known)
    gate, fitted = threading.Event(), []
    real = faithfulness_methods.run_method

    def fit(method: Method, passes: Any, seed: int) -> Outcome:
        fitted.append(method.title)
        if len(fitted) > 1:
            gate.wait(60)
        return real(method, passes, seed)

    monkeypatch.setattr(faithfulness_methods, "run_method", fit)
    monkeypatch.setattr(faithfulness_methods, "methods", partial(methods, names=["banzhaf-1", "smt", "proxyspex"]))
    app = _open(run="run")
    app = _tab(app, "Methods", done=False)
    while len(_cells(app, "methods-table")[1]) < 5 or _cells(app, "methods-table")[1][1] == "":
        app.run()
    rows = _cells(app, "methods-table")
    assert [row[4] for row in rows[2:]] == ["not fitted yet", "not fitted yet"]
    gate.set()
    app = _tab(app, "Methods")
    rows = {row[0]: row for row in _cells(app, "methods-table")[1:]}
    assert rows["Sparse Möbius transform"][1:4] == ["–", "", ""]
    assert "design" in rows["Sparse Möbius transform"][4]
    assert 0.0 < float(rows["Banzhaf, order 1"][1]) < float(rows["ProxySPEX (boosted trees)"][1]) <= 1.0
    assert len(_figures(app)[0]["data"][0]["y"]) == 2
    app.run()
    assert len(fitted) == 3
    assert manager.asked == []


def test_fitting_can_be_stopped_and_goes_on_from_what_it_has(
    manager: Manager, known: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    manager.keep("run", *known)
    gate, fitted = threading.Event(), []

    def fit(method: Method, passes: Any, seed: int) -> Outcome:
        fitted.append(method.title)
        gate.wait(60)
        return Outcome(method, reason="It is only a stand-in.")

    monkeypatch.setattr(faithfulness_methods, "run_method", fit)
    monkeypatch.setattr(faithfulness_methods, "methods", partial(methods, names=["banzhaf-1", "smt"]))
    app = _tab(_open(run="run"), "Methods", done=False)
    next(button for button in app.button if str(button.key).startswith("stop-methods")).click().run()
    gate.set()
    app = _tab(app, "Methods")
    assert "Stopped · 1 of 2" in _html(app)
    next(button for button in app.button if str(button.key).startswith("again-methods")).click().run()
    app = _tab(app, "Methods")
    assert len(fitted) == len(set(fitted)) == 2
    assert "It is only a stand-in." in _cells(app, "methods-table")[1][4]


def test_a_missing_package_is_named_with_how_to_install_it(
    manager: Manager, known: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    manager.keep("run", *known)
    monkeypatch.setattr("importlib.util.find_spec", lambda name, package=None: None)
    monkeypatch.setattr(faithfulness_methods, "methods", partial(methods, names=["lime", "kernel-shap"]))
    app = _tab(_open(run="run"), "Methods")
    assert re.search(r"Not installed here: lime, \w+\. .*pip install lime==[\d.]+ \w+==[\d.]+", _html(app))
    assert all("not installed" in row[4] for row in _cells(app, "methods-table")[1:])


def test_r2_by_budget_and_by_terms_kept(manager: Manager, known: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    manager.keep("run", *known)
    monkeypatch.setattr("pages.components.faithfulness.size._OTHERS", ("spex", "banzhaf"))
    monkeypatch.setattr("pages.components.faithfulness.size.budget_ladder", lambda budget: (50, budget))
    app = _tab(_open(run="run"), "Budget and size")
    budgets, kept = _figures(app)
    own, first = budgets["data"]
    assert (own["name"], first["name"]) == ("ProxySPEX", "First order")
    assert first["x"] == [50, 200]
    assert max(first["y"]) < own["y"][-1]
    assert "SPEX: It needs 384 passes or more; these are 200." in _html(app)
    assert kept["data"][0]["y"][-1] == pytest.approx(Passes.of(*known).judge(known[0].predicting).r2, abs=1e-6)
    assert manager.asked == []


def test_removal_is_what_changes_the_prediction_most_and_the_model_is_asked_for_a_price(
    manager: Manager, known: Any
) -> None:
    explanation, samples = known
    manager.keep("run", explanation, samples)
    app = _open(run="run")
    app.session_state["removal-r"] = 2
    app = _tab(app, "Removal")
    pairs = [np.isin(np.arange(9), pair, invert=True) for pair in combinations(range(9), 2)]
    changes = explanation.predict(np.array(pairs)) - explanation.predict(np.ones((1, 9), dtype=bool))
    best = changes[np.abs(changes).argmax()]
    row = _cells(app, "removal-table")[1]
    assert float(row[2].replace("−", "-")) == pytest.approx(best, abs=0.006)
    assert row[3:] == ["not asked", "exact"]
    button = app.button("removal-ask")
    assert button.label == "Ask the model: 1 masked pass"
    assert manager.asked == []
    button.click().run()
    app = _tab(app, "Removal")
    assert len(manager.asked) == 1
    real = float(_value(np.array(manager.asked))[0]) - explanation.output_full
    assert float(_cells(app, "removal-table")[1][3].replace("−", "-")) == pytest.approx(real, abs=0.006)
    app.run()
    assert len(manager.asked) == 1
    assert [trace["name"] for trace in _figures(app)[0]["data"]] == ["predicted", "model"]


def test_a_mask_that_was_paid_for_is_not_asked_again(manager: Manager) -> None:
    words = "not bad at all"
    manager.keep("run", *_explained(words, 16, lambda masks: masks[:, 0] + 2.0 * masks[:, 1] * masks[:, 2]))
    app = _tab(_open(run="run"), "Removal")
    assert not [button for button in app.button if button.key == "removal-ask"]
    assert _cells(app, "removal-table")[1][3] != "not asked"


def test_recovery_follows_the_marks(manager: Manager, known: Any) -> None:
    explanation, samples = known
    manager.keep("run", explanation, samples)
    app = _tab(_open(run="run"), "Recovery")
    assert "Nothing is marked yet" in _html(app)
    content = hashlib.blake2b(manager.store.load("run").to_json().encode(), digest_size=8).hexdigest()
    app.session_state[f"marks-{content}-run"] = (1, (2, 3))
    app.run()
    strongest = [i.features for i in explanation.interactions("FBII") if i.significant]
    shares = [len({2, 3}.intersection(features)) / len(features) for features in strongest]
    curve = _figures(app)[0]["data"][0]
    assert curve["y"] == pytest.approx([np.mean(shares[:r]) for r in curve["x"]])
    assert f"2 of {explanation.n_features} marked" in _html(app)
    app.button("marks-clear").click().run()
    assert "Nothing is marked yet" in _html(app)


def test_noise_leaves_what_is_strong(manager: Manager, known: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    manager.keep("run", *known)
    app = _open(run="run")
    app.session_state["noise-snr"] = 40
    app = _tab(app, "Noise")
    rows = {row[1]: row for row in _cells(app, "noise-table")[1:]}
    assert rows["&lt;b&gt;not&lt;/b&gt; · bad"][0] == "kept"
    assert "Try another level" in _html(app)
    app.slider("noise-snr").set_value(-10).run()
    app = _tab(app, "Noise")
    curve = _figures(app)[0]["data"][0]
    assert curve["x"] == [-10, 40]
    assert curve["y"][0] < curve["y"][1]
    assert manager.asked == []


def test_text_of_a_stranger_stays_text(manager: Manager, known: Any) -> None:
    manager.keep("run", *known)
    app = _open(run="run")
    for tab in ("Structure", "Removal", "Noise"):
        app = _tab(app, tab)
        assert "<b>not" not in _html(app)
        assert "<b>" not in json.dumps(_figures(app))
    assert "&lt;b&gt;not" in _html(app)


def test_a_file_without_passes_says_so_and_offers_them_at_a_price(
    manager: Manager, known: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    explanation, samples = known
    started: list[Any] = []

    def start(request: Any, person: str) -> Run:
        started.append(request)
        manager._runs["new"] = Run("new", request, state="running")
        return manager._runs["new"]

    monkeypatch.setattr(manager, "start", start)
    monkeypatch.setattr(session, "saved_run", lambda page: explanation if page == session.TEXT else None)
    app = _tab(_open(run="saved"), "Agreement")
    assert "not kept with it" in _html(app)
    button = app.button("faithfulness_again")
    assert button.label == "Make them again: 200 masked passes"
    assert not started
    app = _tab(app, "Structure")
    assert len(_figures(app)) == 2
    app = _tab(app, "Agreement")
    app.button("faithfulness_again").click().run()
    assert [request.budget for request in started] == [200]
    assert [button.label for button in app.button if button.key == "cancel_run"] == ["Cancel"]
    manager.keep("new", explanation, samples)
    manager._runs["new"].explanation, manager._runs["new"].state = explanation, "done"
    app = _tab(app, "Agreement")
    assert app.selectbox("faithfulness_run").value == "new"
    assert len(_figures(app)) == 2


def test_a_bundle_brings_its_passes(manager: Manager, known: Any) -> None:
    explanation, samples = known
    app = _open()
    app.session_state["compare_files"] = {"file-1": session.Opened("a.zip", explanation, samples)}
    app.run()
    app = _tab(app, "Agreement")
    assert len(_figures(app)) == 2


@pytest.mark.parametrize("kind", ["one", "constant"])
def test_nothing_to_see_is_said(manager: Manager, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(faithfulness_methods, "methods", partial(methods, names=["banzhaf", "proxyspex"]))
    text, value = {
        "one": ("good", lambda masks: 1.5 * masks[:, 0]),
        "constant": ("it met on Tuesday", lambda masks: np.full(len(masks), 0.25)),
    }[kind]
    manager.keep("run", *_explained(text, 30, value))
    app = _open(run="run")
    for tab in ("Agreement", "Methods", "Budget and size", "Structure", "Removal", "Recovery", "Noise"):
        app = _tab(app, tab)
        assert "unexpected" not in _html(app)
        if kind == "constant":
            assert "did not change the output" in _html(app)


def test_a_run_that_was_stopped_says_so_and_is_judged(manager: Manager) -> None:
    words, made = TEXT.split(), []
    stopped = spex_core.explain(
        _value,
        words,
        budget=400,
        estimator="proxyspex",
        batch_size=40,
        should_stop=lambda: len(made) > 2,
        on_samples=made.append,
    )
    samples = Samples(np.concatenate([s.masks for s in made]), np.concatenate([s.values for s in made]))
    manager.keep("run", stopped, samples)
    app = _tab(_open(run="run"), "Agreement")
    assert "stopped after" in _html(app)
    assert len(_figures(app)) == 2


def test_the_work_on_the_last_runs_is_remembered() -> None:
    jobs = Jobs()
    first = jobs.start("kept@first", lambda job: iter([("a", 1)]))
    jobs.start("kept@second", lambda job: iter([("a", 1)])).wait(30)
    for number in range(5):
        jobs.start(f"kept@{number}", lambda job: iter([("a", 1)])).wait(30)
        assert jobs.get("kept@first") is first
    assert jobs.get("kept@second") is None
    jobs.close()


def test_work_that_fails_says_why_and_can_be_tried_again() -> None:
    jobs, calls = Jobs(), []

    def work(job: Job) -> Iterator[tuple[str, int]]:
        calls.append(dict(job.results))
        yield "first", 1
        if len(calls) == 1:
            raise ValueError("no luck")
        yield "second", 2

    job = jobs.start("key", work)
    job.wait(30)
    assert (job.state, job.error) == ("failed", "unexpected ValueError: no luck")
    job = jobs.start("key", work)
    job.wait(30)
    assert (job.state, job.results) == ("done", {"first": 1, "second": 2})
    assert calls == [{}, {"first": 1}]
    jobs.close()


def test_a_page_goes_through_the_results_while_more_come() -> None:
    jobs = Jobs()

    def work(job: Job) -> Iterator[tuple[str, int]]:
        yield "first", 1
        seen = iter(job.results.items())
        assert next(seen) == ("first", 1)
        yield "second", 2
        assert list(seen) == []

    job = jobs.start("key", work)
    job.wait(30)
    assert (job.state, job.error, job.results) == ("done", "", {"first": 1, "second": 2})
    jobs.close()
