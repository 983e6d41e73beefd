"""The Faithfulness page of runs whose words nobody here knows: names are shown, and what needs them says so."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

import spex_core
from pages.faithfulness import _TABS
from tests.support.faithfulness_page import html, open_page, open_tab
from tests.support.managers import Manager

WORD = "no-such-<thing>"
SHOWN = "no-such-&lt;thing&gt;"


def _changed(explanation: Any, **changes: Any) -> Any:
    """The run as a file with other words in it says it."""
    return spex_core.Explanation.from_json(json.dumps(json.loads(explanation.to_json()) | changes))


@pytest.mark.parametrize("title", list(_TABS))
@pytest.mark.parametrize("with_passes", [True, False])
def test_an_unknown_estimator_breaks_no_tab(manager: Manager, known: Any, title: str, with_passes: bool) -> None:
    run = _changed(known[0], requested_estimator=WORD, estimator=WORD)
    samples = known[1] if with_passes else known[1].take(np.arange(5))
    manager.keep("one", run, samples)
    app = open_tab(open_page(run="one"), title)
    if title == "Budget and size":
        assert SHOWN in html(app)
        assert "is not installed here" in html(app)


@pytest.mark.parametrize("title", ["Agreement", "Methods", "Budget and size", "Removal", "Noise"])
def test_other_nonsense_breaks_no_tab(manager: Manager, known: Any, title: str) -> None:
    run = _changed(
        known[0], unit=WORD, masking=WORD, model=WORD, model_options={"a b": "c"}, notes=[WORD], complete=False
    )
    run = spex_core.Explanation.from_json(run.to_json().replace('"log-odds"', '""').replace('"negative"', '""'))
    manager.keep("one", run, known[1])
    open_tab(open_page(run="one"), title)
    manager.keep("two", run, known[1].take(np.arange(5)))
    open_tab(open_page(run="two"), title)


@pytest.mark.parametrize(
    "changes",
    [
        {"budget": 0},
        {"budget": -3},
        {"budget": 10**30},
        {"evaluations": -1},
        {"max_order": 0},
        {"max_order": 9},
        {"seed": -1},
        {"seconds": {"model": -1.0, "decode": 0.0}},
        {"estimator": "x" * 300},
        {"requested_estimator": "x" * 300},
        {"requested_estimator": ""},
        {"model": "x" * 300},
        {"unit": "x" * 300},
        {"masking": "x" * 300},
        {"complete": "no"},
        {"faithfulness": {"r2": 0.5, "n_test": -1}},
        {"faithfulness": {"r2": 1e50, "n_test": 10}},
        {"faithfulness": {"r2": 0.5, "low": 0.6, "high": 0.4, "n_test": 10}},
    ],
)
def test_numbers_and_words_that_no_run_has_are_refused(known: Any, changes: dict[str, Any]) -> None:
    with pytest.raises(spex_core.StoreError):
        _changed(known[0], **changes)
