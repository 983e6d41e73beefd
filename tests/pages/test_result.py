"""Which results the model may be asked about again."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import spex_core
from pages.components.result import _why_not
from spex_core.explanation import Explanation, TextSource
from spex_core.protocols import Backend, ModelSpec
from spex_core.registry import backends


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
