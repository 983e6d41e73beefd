"""The saved failure of the embedded chat model is what the page says it is."""

import numpy as np
import pytest

from pages.components.form import ready_prompts
from spex_core.explanation.result import Explanation
from tests.support.places import ASSETS

FILES = [ASSETS / "saved" / name for name in ("poster.json", "poster-control.json")]


@pytest.fixture(scope="module")
def runs():
    return [Explanation.from_json(path.read_text(encoding="utf-8")) for path in FILES]


def test_praise_on_the_poster_misleads_the_model_and_the_control_does_not(runs):
    poster, control = runs
    whole = [run.predict(np.ones((1, run.n_features), dtype=bool))[0] for run in runs]
    assert whole[0] > 1
    assert whole[1] < 0
    assert poster.faithfulness > 0.85
    strongest = poster.interactions("FBII", order=1)[:2]
    assert {poster.features[one.features[0]] for one in strongest} == {"Brilliant", "touching,"}
    assert min(one.value for one in strongest) > 1
    assert control.n_features == poster.n_features


def test_the_ready_prompt_asks_for_the_same(runs):
    prompt = ready_prompts.prompts("smollm2")["poster"]
    assert runs[0].source.text == prompt.text
    assert {name: value for name, value in runs[0].model.options.items() if prompt.options[name] != value} == {}
