"""The Compare page: what is listed, what a link opens, what is compared with what."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

import spex_core
from pages.components.common import session
from pages.components.form import puzzles
from pages.components.result import sources
from pages.components.result.downloads import CHANGES, changes_csv
from pages.components.result.sources import _told_apart
from spex_core.engine.settings import Progress
from spex_core.explanation.result import Explanation
from spex_core.explanation.sources import TextSource
from spex_core.models.base import ModelSpec
from spex_core.runs.manager import RunManager
from spex_core.runs.requests import TextRequest
from spex_core.runs.run import Run
from spex_core.runs.store.run_store import RunStore
from spex_core.views.comparison_report import comparison_report
from spex_core.views.side_by_side import side_by_side
from spex_core.views.web import STYLES, script, style_sheet
from tests.support.places import ROOT

APP = str(ROOT / "app.py")
NASTY = "<img src=x onerror=alert(1)>"


def _explanation(text: str, *, pair: float = 1.0, **changes: object) -> Explanation:
    words = text.split()

    def value(masks: np.ndarray) -> np.ndarray:
        return masks[:, 0] * 1.0 + pair * masks[:, 1] * masks[:, 2]

    found = spex_core.explain(value, words, budget=2 ** len(words), estimator="exact", max_order=3)
    spans = tuple(match.span() for match in re.finditer(r"\S+", text))
    fields = {
        "source": TextSource(text, spans, "word", "unk"),
        "model": ModelSpec("minilm-sentiment", {}),
        "value_unit": "log-odds",
    }
    return replace(found, **{**fields, **changes})  # type: ignore[arg-type]  # the fields of the tests below


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunStore:
    manager = RunManager(RunStore(tmp_path))
    monkeypatch.setattr(session, "manager", lambda: manager)
    monkeypatch.setattr(session, "saved_run", lambda page: None)
    sources._stored.cache_clear()
    return manager.store


def _open(**query: str) -> AppTest:
    app = AppTest.from_file(APP, default_timeout=60)
    app.switch_page("pages/compare.py")
    for name, value in query.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return app


def _html(app: AppTest) -> str:
    return "\n".join(element.proto.body for element in app.get("html"))


def _address(app: AppTest) -> dict[str, str]:
    return {name: value if isinstance(value, str) else value[0] for name, value in app.query_params.items()}


def _drawn(app: AppTest) -> dict | None:
    found = [element for element in app.get("bidi_component") if element.proto.component_name == "spex_comparison"]
    return json.loads(found[0].proto.json)[0] if found else None


def test_without_runs_the_page_says_where_they_come_from(store: RunStore) -> None:
    app = _open()
    assert "is listed here once it is done" in _html(app)
    assert app.selectbox("compare_a").options == []


def test_a_link_opens_both_runs_and_stays_in_the_address(store: RunStore) -> None:
    store.save("first", _explanation("not so bad"))
    store.save("second", _explanation("not so very bad", pair=-1.0))
    app = _open(a="first", b="second")
    assert (app.selectbox("compare_a").value, app.selectbox("compare_b").value) == ("first", "second")
    assert _address(app) == {"a": "first", "b": "second"}
    app.button("compare_swap").click().run()
    assert (app.selectbox("compare_a").value, app.selectbox("compare_b").value) == ("second", "first")
    assert _address(app) == {"a": "second", "b": "first"}


def test_an_unknown_run_in_a_link_is_named_as_text(store: RunStore) -> None:
    store.save("first", _explanation("not so bad"))
    app = _open(a="first", b=NASTY)
    assert "&lt;img src=x onerror=alert(1)&gt; of the address is not known" in _html(app)
    assert NASTY not in _html(app)
    assert app.selectbox("compare_a").value == "first"


def test_the_other_run_of_the_same_question_is_offered_for_b(store: RunStore) -> None:
    asked = ModelSpec("minilm-pull", {"answer": "x", "against": "y"})
    store.save("other", _explanation("not so bad"))
    store.save("classic", _explanation("we all like it", model=asked))
    store.save("variant", _explanation("we all hate it", model=asked))
    store.save("unit", _explanation("not so bad", value_unit="probability"))
    app = _open(a="variant")
    assert app.selectbox("compare_b").value == "classic"


def test_units_that_differ_are_not_compared(store: RunStore) -> None:
    store.save("first", _explanation("not so bad"))
    store.save("second", _explanation("not so bad", value_unit="probability"))
    app = _open(a="first", b="second")
    drawn = _drawn(app)
    assert not drawn["shared"]
    assert drawn["problems"] == ["A is measured in log-odds and B in probability."]


def test_a_live_run_is_waited_for_and_a_failed_one_says_why(store: RunStore) -> None:
    manager = session.manager()
    request = TextRequest(text="not so bad", model=ModelSpec("minilm-sentiment", {}), budget=300)
    runs = manager._runs
    runs["a"] = Run("a", request, state="running", progress=Progress(120, 300, 60.0, 3.0, "evaluate"))
    runs["b"] = Run("b", replace(request, budget=500), state="queued")
    runs["other"] = Run("other", request, state="failed")
    app = _open(a="a", b="b")
    assert _address(app) == {"a": "a", "b": "b"}  # a reload finds both again
    assert "Asking the model about A" in _html(app)
    assert "120 of 800 passes · about 11 s left" in _html(app)
    assert _drawn(app) is None
    assert len(app.selectbox("compare_a").options) == 2  # those that are waited for, and no others
    app.button("compare_cancel").click().run()
    assert [runs[name].stopping() for name in "ab"] == [True, True]
    runs["a"].explanation, runs["a"].state = _explanation("not so bad"), "done"
    runs["b"].error, runs["b"].state = "the model fell over", "failed"
    app.run()
    assert not app.exception
    assert "B failed" in _html(app)
    assert "The model fell over." in _html(app)
    assert app.button("compare_resume_B")
    runs["b"].explanation, runs["b"].state = _explanation("not so very bad"), "done"
    app.run()
    assert _drawn(app) is not None


def test_a_run_that_was_extended_is_compared_as_it_is_now(store: RunStore) -> None:
    manager = session.manager()
    request = TextRequest(text="not so bad", model=ModelSpec("minilm-sentiment", {}))
    store.save("a", _explanation("not so bad"))
    store.save("b", _explanation("not so bad", pair=2.0))
    app = _open(a="a", b="b")
    before = _drawn(app)
    manager._runs["b"] = Run("b", request, state="done", explanation=_explanation("not so bad", pair=9.0))
    app.run()
    assert before is not None
    assert _drawn(app) != before


def test_lines_that_would_look_alike_are_cut_where_they_part() -> None:
    start = "the same long beginning of a text that goes on and on for quite a while "
    end = " and the same long end that nobody can tell from the other one"
    told = _told_apart({"a": f"{start}towards{end}", "b": f"{start}away from{end}", "c": "short", "d": "short"})
    assert "towards" in told["a"]
    assert "away" in told["b"]
    assert told["c"] == told["d"] == "short"


def test_a_puzzle_is_listed_under_its_name(store: RunStore) -> None:
    text = puzzles.puzzles()["trolley"].variant
    explanation = _explanation("not so bad", source=TextSource(text, ((0, 1), (2, 3), (4, 5)), "word", "unk"))
    assert sources._Entry.of(explanation).text == "Trolley, changed"


def test_the_other_version_of_a_puzzle_is_explained_by_a_click_and_becomes_b(
    store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    puzzle = puzzles.puzzles()["river"]
    manager = session.manager()
    asked = []

    def start(request: TextRequest, person: str) -> Run:
        asked.append(request)
        manager._runs["other"] = Run("other", request, state="done", explanation=_explanation(puzzle.classic[:60]))
        return manager._runs["other"]

    monkeypatch.setattr(manager, "start", start)
    variant = _explanation("not so bad", source=TextSource(puzzle.variant, ((0, 1), (2, 3), (4, 5)), "word", "unk"))
    store.save("variant", variant)
    app = _open(a="variant")
    app.button("compare_other").click().run()
    assert not app.exception
    assert [request.text for request in asked] == [puzzle.classic]
    assert asked[0].model == variant.model
    assert asked[0].expected == puzzle.wrong
    assert app.selectbox("compare_b").value == "other"


def test_text_reaches_the_page_as_text_nodes_only_and_nothing_is_fetched() -> None:
    code, style = script("compare/main.js"), style_sheet(*STYLES, "compare/compare.css")
    assert code.count("export default") == 1
    for forbidden in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function"):
        assert forbidden not in code
    for forbidden in ("fetch(", "XMLHttpRequest", "WebSocket", "import(", "@import"):
        assert forbidden not in code + style
    assert not re.search(r"url\((?!#)", code + style)  # a hatching of the page's own is none to fetch
    assert re.findall(r"https?://[^\"' ]+", code + style) == ["http://www.w3.org/2000/svg"]


def test_a_file_becomes_b_where_there_is_an_a_and_a_broken_one_says_why(store: RunStore) -> None:
    store.save("first", _explanation("not so bad"))
    app = _open(a="first")
    app.file_uploader("compare_file").set_value(("broken.json", b"{", "application/json")).run()
    assert "The file was not opened" in _html(app)
    good = _explanation("not so very bad").to_json().encode()
    app.file_uploader("compare_file").set_value(("run.json", good, "application/json")).run()
    assert not app.exception
    assert "The file was not opened" not in _html(app)
    assert (app.selectbox("compare_a").value, app.selectbox("compare_b").value) == ("first", "file-1")


def test_the_changes_are_downloaded_as_a_table(store: RunStore) -> None:
    store.save("first", _explanation("not =1+1 bad"))
    store.save("second", _explanation("not =1+1 very bad", pair=-1.0))
    store.save("unit", _explanation("not so bad", value_unit="probability"))
    files = [button.key for button in _open(a="first", b="second").get("download_button")]
    assert files == ["download_comparison", "download_changes"]
    assert [button.key for button in _open(a="first", b="unit").get("download_button")] == ["download_comparison"]


def test_a_link_holds_index_and_order_and_opens_on_them(store: RunStore) -> None:
    store.save("first", _explanation("not so bad"))
    store.save("second", _explanation("not so very bad", pair=-1.0))
    asked = {"a": "first", "b": "second", "index": "FSII", "order": "1"}
    app = _open(**asked)
    assert (app.selectbox("compare_index").value, app.selectbox("compare_order").value) == ("FSII", 1)
    assert _address(app) == asked
    drawn = _drawn(app)
    assert (drawn["index"], {row["order"] for row in drawn["rows"]}) == ("FSII", {1})
    app.selectbox("compare_order").set_value(0).run()
    app.selectbox("compare_index").set_value("BII").run()
    assert _address(app) == {"a": "first", "b": "second"}  # the usual view needs no words
    wrong = _open(**{**asked, "index": NASTY, "order": "77"})
    assert "its index is not known here, and its order is not one of this run" in _html(wrong)
    assert (wrong.selectbox("compare_index").value, wrong.selectbox("compare_order").value) == ("BII", 0)


def test_a_comparison_is_one_file_with_the_verdict_and_how_both_were_made() -> None:
    a, b = (_explanation(text, pair=pair) for text, pair in ((f"not {NASTY} bad", 1.0), ("not so very bad", -1.0)))
    text = comparison_report(a, b, "FSII", 2)
    data = json.loads(re.search(r'id="report-data">(.*?)</script>', text, re.S)[1])
    assert data["comparison"]["key"] == side_by_side(a, b, "FSII", 2)["key"]
    assert [dict(facts)["Estimator"] for facts in data["made"]] == ["exact", "exact"]
    assert NASTY not in text
    assert "default-src 'none'" in text
    assert not re.search(r"""(?:src|href)=["']?(?:https?:)?//""", text)


def test_the_table_of_changes_holds_both_values_and_inert_words(store: RunStore) -> None:
    a, b = _explanation("not =1+1 bad"), _explanation("not =1+1 very bad", pair=-1.0)
    table = list(csv.reader(io.StringIO(changes_csv(a, b, "Moebius", None))))
    assert tuple(table[0]) == CHANGES
    rows = {row[2]: dict(zip(CHANGES, row, strict=True)) for row in table[1:]}
    gone, new, kept = rows["'=1+1 · bad"], rows["'=1+1 · very"], rows["not"]
    assert (gone["status"], gone["positions_a"], gone["positions_b"], gone["value_b"]) == ("vanished", "1 2", "1 3", "")
    assert (new["status"], new["positions_a"], new["positions_b"], new["value_a"]) == ("appeared", "1", "1 2", "")
    assert kept["status"] == "same within error"
    assert float(gone["difference"]) == pytest.approx(-1.0)
    assert float(new["value_b"]) == pytest.approx(-1.0)
    assert float(kept["value_a"]) == float(kept["value_b"]) == pytest.approx(1.0)
