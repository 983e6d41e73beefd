"""What each tab says, and what it asks of the model."""

from __future__ import annotations

import hashlib
from functools import partial
from itertools import combinations
from typing import Any

import numpy as np
import pytest

from pages.components.faithfulness import methods as faithfulness_methods
from spex_core.trust.methods import methods
from spex_core.trust.passes import Passes
from tests.support.faithfulness_page import (
    cells,
    explained,
    figures,
    html,
    open_page,
    open_tab,
    value_of,
)
from tests.support.managers import Manager


def test_predicted_and_actual_are_those_of_the_masks_that_were_set_aside(manager: Manager, known: Any) -> None:
    explanation, samples = known
    manager.keep("run", explanation, samples)
    app = open_tab(open_page(run="run"), "Agreement")
    points = figures(app)[0]["data"][1]
    passes = Passes.of(explanation, samples)
    assert points["y"] == pytest.approx(passes.unseen.values.tolist())
    assert points["x"] == pytest.approx(explanation.predict(passes.unseen.masks).tolist())
    assert f"{len(passes.unseen):,} masks that the fit has not seen" in html(app)
    assert manager.asked == []


def test_r2_by_budget_and_by_terms_kept(manager: Manager, known: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    manager.keep("run", *known)
    monkeypatch.setattr("pages.components.faithfulness.size._OTHERS", ("spex", "banzhaf"))
    monkeypatch.setattr("pages.components.faithfulness.size.budget_ladder", lambda budget: (50, budget))
    app = open_tab(open_page(run="run"), "Budget and size")
    budgets, kept = figures(app)
    own, first = budgets["data"]
    assert (own["name"], first["name"]) == ("ProxySPEX", "First order")
    assert first["x"] == [50, 200]
    assert max(first["y"]) < own["y"][-1]
    assert "SPEX: It needs 384 passes or more; these are 200." in html(app)
    assert kept["data"][0]["y"][-1] == pytest.approx(Passes.of(*known).judge(known[0].predicting).r2, abs=1e-6)
    assert manager.asked == []


def test_removal_is_what_changes_the_prediction_most_and_the_model_is_asked_for_a_price(
    manager: Manager, known: Any
) -> None:
    explanation, samples = known
    manager.keep("run", explanation, samples)
    app = open_page(run="run")
    app.session_state["removal-r"] = 2
    app = open_tab(app, "Removal")
    pairs = [np.isin(np.arange(9), pair, invert=True) for pair in combinations(range(9), 2)]
    changes = explanation.predict(np.array(pairs)) - explanation.predict(np.ones((1, 9), dtype=bool))
    best = changes[np.abs(changes).argmax()]
    row = cells(app, "removal-table")[1]
    assert float(row[2].replace("−", "-")) == pytest.approx(best, abs=0.006)
    assert row[3:] == ["not asked", "exact"]
    button = app.button("removal-ask")
    assert button.label == "Ask the model: 1 masked pass"
    assert manager.asked == []
    button.click().run()
    app = open_tab(app, "Removal")
    assert len(manager.asked) == 1
    real = float(value_of(np.array(manager.asked))[0]) - explanation.output_full
    assert float(cells(app, "removal-table")[1][3].replace("−", "-")) == pytest.approx(real, abs=0.006)
    app.run()
    assert len(manager.asked) == 1
    assert [trace["name"] for trace in figures(app)[0]["data"]] == ["predicted", "model"]


def test_a_mask_that_was_paid_for_is_not_asked_again(manager: Manager) -> None:
    words = "not bad at all"
    manager.keep("run", *explained(words, 16, lambda masks: masks[:, 0] + 2.0 * masks[:, 1] * masks[:, 2]))
    app = open_tab(open_page(run="run"), "Removal")
    assert not [button for button in app.button if button.key == "removal-ask"]
    assert cells(app, "removal-table")[1][3] != "not asked"


def test_recovery_follows_the_marks(manager: Manager, known: Any) -> None:
    explanation, samples = known
    manager.keep("run", explanation, samples)
    app = open_tab(open_page(run="run"), "Recovery")
    assert "Nothing is marked yet" in html(app)
    content = hashlib.blake2b(manager.store.load("run").to_json().encode(), digest_size=8).hexdigest()
    app.session_state[f"marks-{content}-run"] = (1, (2, 3))
    app.run()
    strongest = [i.features for i in explanation.interactions("FBII") if i.significant]
    shares = [len({2, 3}.intersection(features)) / len(features) for features in strongest]
    curve = figures(app)[0]["data"][0]
    assert curve["y"] == pytest.approx([np.mean(shares[:r]) for r in curve["x"]])
    assert f"2 of {explanation.n_features} marked" in html(app)
    app.button("marks-clear").click().run()
    assert "Nothing is marked yet" in html(app)


def test_noise_leaves_what_is_strong(manager: Manager, known: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    manager.keep("run", *known)
    app = open_page(run="run")
    app.session_state["noise-snr"] = 40
    app = open_tab(app, "Noise")
    rows = {row[1]: row for row in cells(app, "noise-table")[1:]}
    assert rows["&lt;b&gt;not&lt;/b&gt; · bad"][0] == "kept"
    assert "Try another level" in html(app)
    app.slider("noise-snr").set_value(-10).run()
    app = open_tab(app, "Noise")
    curve = figures(app)[0]["data"][0]
    assert curve["x"] == [-10, 40]
    assert curve["y"][0] < curve["y"][1]
    assert manager.asked == []


@pytest.mark.parametrize("kind", ["one", "constant"])
def test_nothing_to_see_is_said(manager: Manager, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(faithfulness_methods, "methods", partial(methods, names=["banzhaf", "proxyspex"]))
    text, value = {
        "one": ("good", lambda masks: 1.5 * masks[:, 0]),
        "constant": ("it met on Tuesday", lambda masks: np.full(len(masks), 0.25)),
    }[kind]
    manager.keep("run", *explained(text, 30, value))
    app = open_page(run="run")
    for tab in ("Agreement", "Methods", "Budget and size", "Structure", "Removal", "Recovery", "Noise"):
        app = open_tab(app, tab)
        assert "unexpected" not in html(app)
        if kind == "constant":
            assert "did not change the output" in html(app)
