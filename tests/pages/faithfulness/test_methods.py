"""Methods fitted to the same passes: they appear as they finish, can be stopped, and say what they lack."""

from __future__ import annotations

import re
import threading
from functools import partial
from typing import Any

import pytest

from pages.components.faithfulness import methods as faithfulness_methods
from spex_core.trust.methods import Method, Outcome, methods
from tests.support.faithfulness_page import (
    cells,
    figures,
    html,
    open_page,
    open_tab,
)
from tests.support.managers import Manager


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
    app = open_page(run="run")
    app = open_tab(app, "Methods", done=False)
    while len(cells(app, "methods-table")[1]) < 5 or cells(app, "methods-table")[1][1] == "":
        app.run()
    rows = cells(app, "methods-table")
    assert [row[4] for row in rows[2:]] == ["not fitted yet", "not fitted yet"]
    gate.set()
    app = open_tab(app, "Methods")
    rows = {row[0]: row for row in cells(app, "methods-table")[1:]}
    assert rows["Sparse Möbius transform"][1:4] == ["–", "", ""]
    assert "design" in rows["Sparse Möbius transform"][4]
    assert 0.0 < float(rows["Banzhaf, order 1"][1]) < float(rows["ProxySPEX (boosted trees)"][1]) <= 1.0
    assert len(figures(app)[0]["data"][0]["y"]) == 2
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
    app = open_tab(open_page(run="run"), "Methods", done=False)
    next(button for button in app.button if str(button.key).startswith("stop-methods")).click().run()
    gate.set()
    app = open_tab(app, "Methods")
    assert "Stopped · 1 of 2" in html(app)
    next(button for button in app.button if str(button.key).startswith("again-methods")).click().run()
    app = open_tab(app, "Methods")
    assert len(fitted) == len(set(fitted)) == 2
    assert "It is only a stand-in." in cells(app, "methods-table")[1][4]


def test_a_missing_package_is_named_with_how_to_install_it(
    manager: Manager, known: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    manager.keep("run", *known)
    monkeypatch.setattr("importlib.util.find_spec", lambda name, package=None: None)
    monkeypatch.setattr(faithfulness_methods, "methods", partial(methods, names=["lime", "kernel-shap"]))
    app = open_tab(open_page(run="run"), "Methods")
    assert re.search(r"Not installed here: lime, \w+\. .*pip install lime==[\d.]+ \w+==[\d.]+", html(app))
    assert all("not installed" in row[4] for row in cells(app, "methods-table")[1:])
