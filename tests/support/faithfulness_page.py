"""A known function explained with every pass kept, and the Faithfulness page as a visitor sees it."""

from __future__ import annotations

import json
import re
import time
from dataclasses import replace
from typing import Any

import numpy as np
from streamlit.testing.v1 import AppTest

import spex_core
from spex_core.arrays import Samples
from spex_core.explanation.sources import TextSource
from spex_core.models.base import ModelSpec
from tests.support.places import ROOT

APP = str(ROOT / "app.py")
TEXT = "it is <b>not</b> bad and not good but fine"
NASTY = "<img src=x onerror=alert(1)>"


def value_of(masks: np.ndarray) -> np.ndarray:
    return masks[:, 0] * 1.0 + 2.0 * masks[:, 2] * masks[:, 3] - 1.5 * masks[:, 5] * masks[:, 6]


def explained(text: str = TEXT, budget: int = 200, value: Any = value_of, **changes: object) -> tuple[Any, Samples]:
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


def open_page(**query: str) -> AppTest:
    app = AppTest.from_file(APP, default_timeout=60)
    app.switch_page("pages/faithfulness.py")
    for name, value in query.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return app


def open_tab(app: AppTest, title: str, *, done: bool = True) -> AppTest:
    """Open a tab and wait until its work is over."""
    app.session_state["faithfulness-tabs"] = title
    for _ in range(200):
        app.run()
        assert not app.exception
        if not done or not [button for button in app.button if str(button.key).startswith("stop-")]:
            return app
        time.sleep(0.05)
    raise AssertionError(f"{title} never ended")


def html(app: AppTest) -> str:
    return "\n".join(element.proto.body for element in app.get("html"))


def figures(app: AppTest) -> list[dict]:
    return [json.loads(element.proto.spec) for element in app.get("plotly_chart")]


def cells(app: AppTest, table: str) -> list[list[str]]:
    body = next(element.proto.body for element in app.get("html") if f'id="{table}"' in element.proto.body)
    rows = re.findall(r"<tr>(.*?)</tr>", body)
    return [re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", row) for row in rows]
