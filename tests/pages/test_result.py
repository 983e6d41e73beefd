"""Which results the model may be asked about again, and whose answer is shown."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

import spex_core
from pages.components.common import session
from pages.components.result import result
from pages.components.result.explorer import Explored
from pages.components.result.result import _why_not
from spex_core.explanation.result import Explanation
from spex_core.explanation.sources import TextSource
from spex_core.models.base import Backend, ModelSpec
from spex_core.models.registry import backends
from spex_core.runs.requests import TextRequest
from spex_core.runs.run import Run
from tests.pages.test_page_states import APP
from tests.support.managers import OneRun


def _explanation(model: ModelSpec) -> Explanation:
    found = spex_core.explain(lambda masks: masks @ np.arange(3.0), list("abc"), budget=8, estimator="exact")
    return replace(found, source=TextSource("a b c", ((0, 1), (2, 3), (4, 5)), "word", "unk"), model=model)


@pytest.mark.parametrize(("name", "kind"), backends().items(), ids=list(backends()))
def test_a_file_never_names_what_is_loaded_or_called(name: str, kind: type[Backend]) -> None:
    explanation = _explanation(ModelSpec(name, {}))
    assert _why_not(explanation, foreign=False) == ""
    assert bool(_why_not(explanation, foreign=True)) == (not kind.built_in)
    if kind.built_in:
        assert not {"model", "path", "url"} & {option.name for option in kind.options}


def test_a_model_that_is_not_there_cannot_be_asked() -> None:
    assert "not installed" in _why_not(_explanation(ModelSpec("elsewhere", {})), foreign=False)


def test_an_answer_of_the_model_stays_with_its_run(monkeypatch: pytest.MonkeyPatch) -> None:
    class Checked(OneRun):
        def check(self, explanation: Explanation, mask: np.ndarray) -> float:
            return 7.0

    first = _explanation(ModelSpec("minilm-sentiment", {}))
    second = replace(first, source=TextSource("x y z", ((0, 1), (2, 3), (4, 5)), "word", "unk"))
    shown, asked, drawn = [first], [[True, False, True]], []

    def explorer(explanation: Explanation, **given: object) -> Explored:
        drawn.append((explanation, given["checked"], given["hidden"]))
        return Explored("FBII", None, (), (1,), asked.pop() if asked else None)

    run = Run("r1", TextRequest(text="a b c", model=first.model), state="failed")
    monkeypatch.setattr(session, "manager", lambda: Checked(run))
    monkeypatch.setattr(session, "saved_run", lambda page: shown[0])
    monkeypatch.setattr(result, "explorer", explorer)
    app = AppTest.from_file(APP, default_timeout=60).run()
    app.run()
    assert drawn[-1] == (first, {"mask": [True, False, True], "value": 7.0}, (1,))
    shown[0] = second
    app.run()
    assert not app.exception
    assert drawn[-1] == (second, None, ())
