"""The Faithfulness page: which run it is about, and where its passes come from."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

import spex_core
from pages.components.common import session
from spex_core.arrays import Samples
from spex_core.models.base import ModelSpec
from spex_core.runs.requests import TextRequest
from spex_core.runs.run import Run
from tests.support.faithfulness_page import (
    APP,
    NASTY,
    TEXT,
    explained,
    figures,
    html,
    open_page,
    open_tab,
    value_of,
)
from tests.support.managers import Manager


def test_without_runs_the_page_says_where_they_come_from(manager: Manager) -> None:
    app = open_page()
    assert "is listed here once it is done" in html(app)
    assert app.selectbox("faithfulness_run").options == []


def test_a_link_opens_a_run_and_an_unknown_one_is_named_as_text(manager: Manager, known: Any) -> None:
    manager.keep("first", *known)
    manager.keep("second", *explained(TEXT.upper()))
    app = open_page(run="second")
    assert app.selectbox("faithfulness_run").value == "second"
    assert "The explanation agrees closely with the model: R² " in html(app)
    app.selectbox("faithfulness_run").set_value("first").run()
    assert app.query_params["run"] in ("first", ["first"])
    app = open_page(run=NASTY)
    assert "The run &lt;img src=x onerror=alert(1)&gt; of the address is not known" in html(app)
    assert NASTY not in html(app)


def test_a_run_that_is_still_going_is_said_to_be(manager: Manager, known: Any) -> None:
    manager.keep("done", *known)
    request = TextRequest(text="not so bad", model=ModelSpec("minilm-sentiment", {}))
    manager._runs["live"] = Run("live", request, state="running")
    app = open_page(run="live")
    assert "The run live is still going" in html(app)
    assert app.selectbox("faithfulness_run").value == "done"


def test_what_was_on_screen_is_chosen_first_and_a_choice_stays_over_a_page_switch(manager: Manager, known: Any) -> None:
    manager.keep("old", *known)
    manager.keep("new", *explained(TEXT.upper()))
    app = AppTest.from_file(APP, default_timeout=60)
    app.query_params["run"] = "old"
    app.run()
    app.query_params.clear()
    app.switch_page("pages/faithfulness.py").run()
    assert app.selectbox("faithfulness_run").value == "old"
    app.selectbox("faithfulness_run").set_value("new").run()
    app = open_tab(app, "Structure")
    app.query_params.clear()
    app.switch_page("pages/learn.py").run()
    app.switch_page("pages/faithfulness.py").run()
    assert app.selectbox("faithfulness_run").value == "new"
    assert app.session_state["faithfulness-tabs"] == "Structure"


def test_text_of_a_stranger_stays_text(manager: Manager, known: Any) -> None:
    manager.keep("run", *known)
    app = open_page(run="run")
    for tab in ("Structure", "Removal", "Noise"):
        app = open_tab(app, tab)
        assert "<b>not" not in html(app)
        assert "<b>" not in json.dumps(figures(app))
    assert "&lt;b&gt;not" in html(app)


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
    app = open_tab(open_page(run="saved"), "Agreement")
    assert "not kept with it" in html(app)
    button = app.button("faithfulness_again")
    assert button.label == "Make them again: 200 masked passes"
    assert not started
    app = open_tab(app, "Structure")
    assert len(figures(app)) == 2
    app = open_tab(app, "Agreement")
    app.button("faithfulness_again").click().run()
    assert [request.budget for request in started] == [200]
    assert [button.label for button in app.button if button.key == "cancel_run"] == ["Cancel"]
    manager.keep("new", explanation, samples)
    manager._runs["new"].explanation, manager._runs["new"].state = explanation, "done"
    app = open_tab(app, "Agreement")
    assert app.selectbox("faithfulness_run").value == "new"
    assert len(figures(app)) == 2


def test_a_bundle_brings_its_passes(manager: Manager, known: Any) -> None:
    explanation, samples = known
    app = open_page()
    app.session_state["compare_files"] = {"file-1": session.Opened("a.zip", explanation, samples)}
    app.run()
    app = open_tab(app, "Agreement")
    assert len(figures(app)) == 2


def test_a_run_that_was_stopped_says_so_and_is_judged(manager: Manager) -> None:
    words, made = TEXT.split(), []
    stopped = spex_core.explain(
        value_of,
        words,
        budget=400,
        estimator="proxyspex",
        batch_size=40,
        should_stop=lambda: len(made) > 2,
        on_samples=made.append,
    )
    samples = Samples(np.concatenate([s.masks for s in made]), np.concatenate([s.values for s in made]))
    manager.keep("run", stopped, samples)
    app = open_tab(open_page(run="run"), "Agreement")
    assert "stopped after" in html(app)
    assert len(figures(app)) == 2
