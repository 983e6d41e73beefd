"""Names and notes on the pages, and the selected runs as files that open again."""

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
from pages.components.result import notes as notes_page
from pages.components.result import result, sources
from pages.components.result.explorer import Explored
from pages.components.runs.exporting import COLUMNS, bundles, runs_csv
from pages.components.runs.importing import file_name, take
from spex_core.arrays import Samples
from spex_core.errors import StoreError
from spex_core.explanation.result import Explanation
from spex_core.explanation.sources import TextSource
from spex_core.models.base import ModelSpec
from spex_core.runs.store.bundle import MAX_BUNDLE_BYTES, read_bundle, write_bundle
from spex_core.runs.store.run_store import RunStore
from spex_core.runs.store.several import MOST_RUNS, read_several, write_several
from spex_core.views.noted import noted
from spex_core.views.report import report
from tests.support.managers import Manager
from tests.support.places import ROOT

APP = str(ROOT / "app.py")
NASTY = "<img src=x onerror=alert(1)>\n**b**"


def _explanation(text: str = "not bad film") -> Explanation:
    found = spex_core.explain(lambda masks: masks[:, 0] - 2.0 * masks[:, 0] * masks[:, 1], text.split(), budget=8)
    spans = tuple(match.span() for match in re.finditer(r"\S+", text))
    return replace(
        found,
        source=TextSource(text, spans, "word", "unk"),
        model=ModelSpec("minilm-sentiment", {}),
        value_unit="log-odds",
    )


@pytest.fixture
def manager(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Manager:
    manager = Manager(RunStore(tmp_path))
    monkeypatch.setattr(session, "manager", lambda: manager)
    monkeypatch.setattr(session, "saved_run", lambda page: None)
    sources._stored.cache_clear()
    return manager


def _html(app: AppTest) -> str:
    return "\n".join(element.proto.body for element in app.get("html"))


def _open(page: str, **query: str) -> AppTest:
    app = AppTest.from_file(APP, default_timeout=60)
    app.switch_page(f"pages/{page}.py")
    for name, value in query.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return app


def _keep(app: AppTest, key: str, text: str) -> None:
    app.text_area(key).set_value(text)
    app.button(f"keep_{key}").click().run()


def test_a_result_is_named_and_written_on_and_so_is_what_is_selected(
    manager: Manager, monkeypatch: pytest.MonkeyPatch
) -> None:
    manager.store.save("a", _explanation())
    monkeypatch.setattr(result, "explorer", lambda explanation, **given: Explored("BII", None, (0, 1), (), None))
    app = _open("text", run="a")
    app.text_input("note_name_a").set_value("  My   run ").run()
    _keep(app, "note_a_", NASTY)
    _keep(app, "note_a_0,1", "these two")
    assert not app.exception
    assert manager.store.record("a").name == "My run"
    assert manager.store.notes.of("a") == {(): NASTY, (0, 1): "these two"}
    assert "&lt;img src=x onerror=alert(1)&gt;" in _html(app)
    assert "<img" not in _html(app)
    assert "not · bad" in _html(app)
    _keep(app, "note_a_0,1", "")
    assert (0, 1) not in manager.store.notes.of("a")


def test_runs_and_compare_show_the_notes(manager: Manager) -> None:
    for name in ("a", "b"):
        manager.store.save(name, _explanation())
        manager.store.notes.write(name, (), f"what I saw in {name}")
    manager.store.notes.write("b", (0, 1), "the group")
    app = _open("compare", a="a", b="b")
    said = _html(app)
    assert "A: Note on this run" in said
    assert "what I saw in a" in said
    assert "B: not · bad" in said
    app = AppTest.from_file(APP, default_timeout=60)
    app.switch_page("pages/runs.py").run()
    app.session_state["runs_selected"] = ("b",)
    app.run()
    assert app.text_area("note_b_").value == "what I saw in b"
    _keep(app, "note_b_", "another thought")
    assert manager.store.notes.of("b")[()] == "another thought"


def test_a_store_that_takes_no_note_says_so(manager: Manager, monkeypatch: pytest.MonkeyPatch) -> None:
    manager.store.save("a", _explanation())
    app = _open("text", run="a")

    def refuse(*given: object) -> None:
        raise StoreError("the disk is full")

    monkeypatch.setattr("spex_core.runs.store.notes.Notes.write", refuse)
    _keep(app, "note_a_", "x")
    assert not app.exception
    assert "The disk is full." in _html(app)


def test_a_report_holds_the_notes_as_data_that_no_browser_takes_for_markup() -> None:
    explanation = _explanation()
    text = report(explanation, notes=noted(explanation, {(0, 1): NASTY, (): "all", (9,): "of another run"}))
    data = json.loads(re.search(r'id="report-data">(.*?)</script>', text, re.S)[1])
    assert data["notes"] == [["Note on this run", "all"], ["not · bad", NASTY]]
    assert "<img" not in text


def _kept(manager: Manager, name: str, text: str) -> None:
    explanation = _explanation(text)
    masks = np.array([[1, 0, 1], [0, 1, 1]], dtype=bool)
    manager.keep(name, explanation, Samples(masks, np.array([1.0, 0.0])))


def test_the_selected_runs_are_one_file_that_another_store_takes(
    manager: Manager, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _kept(manager, "a", "not bad film")
    _kept(manager, "b", "very bad film")
    manager.store.rename("b", "Second / run")
    manager.store.notes.write("b", (0, 1), "look here")
    monkeypatch.setattr(Manager, "knows_passes_of", lambda self, run_id: True)
    chosen = [manager.store.record(name) for name in "ab"]
    data = bundles(chosen)
    assert [name for name, _ in read_several(data)] == ["not-bad-film.zip", "Second-run.zip"]
    other = RunStore(tmp_path / "other")
    done = take([("spex-runs.zip", data)], other)
    assert (len(done.ids), done.known, done.refused) == (2, 0, [])
    first, second = (other.record(run_id) for run_id in done.ids)
    assert (first.name, second.name) == ("not-bad-film", "Second / run")
    assert other.notes.of(second.id) == {(0, 1): "look here"}
    assert len(other.samples(second.id, 3)) == 2
    assert take([("spex-runs.zip", data)], other).known == 2
    assert read_bundle(bundles(chosen[1:])).name == "Second / run"  # of one run, a bundle as ever


def test_a_table_of_runs_has_a_line_each_and_no_formula(manager: Manager) -> None:
    manager.store.save("a", _explanation())
    manager.store.rename("a", "=1+1")
    manager.store.notes.write("a", (), "-2+3")
    table = list(csv.reader(io.StringIO(runs_csv([manager.store.record("a")]))))
    assert tuple(table[0]) == COLUMNS
    line = dict(zip(COLUMNS, table[1], strict=True))
    assert (line["name"], line["note"], line["title"]) == ("'=1+1", "'-2+3", "not bad film")
    assert (line["features"], line["passes"], line["state"]) == ("3", "8", "Done")
    assert float(line["r2"]) == pytest.approx(1.0)


def test_files_of_bundles_are_bounded_and_others_are_none() -> None:
    bundle = write_bundle(_explanation(), Samples.empty(3), "k")
    assert read_several(bundle) == []
    assert read_several(b"{}") == []
    with pytest.raises(StoreError, match="a file holds 1 to 50"):
        write_several([("x", b"1")] * (MOST_RUNS + 1))
    with pytest.raises(StoreError, match="64 MB is the limit of one file"):
        write_several([("x", bytes(MAX_BUNDLE_BYTES))])


def test_a_file_of_bundles_that_was_cut_short_brings_nothing(tmp_path: Path) -> None:
    data = write_several([("x", write_bundle(_explanation(), Samples.empty(3), "k"))])
    for cut in (30, 5, len(data) - 50):
        done = take([("spex-runs.zip", data[:-cut])], RunStore(tmp_path))
        assert (done.ids, len(done.refused)) == ([], 1)


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("My trial.json", "My trial"),
        ("spex-3be74b8cc39c483b.zip", ""),
        ("spex-imported-3be74b8cc39c483b3be74b8cc39c483b (1).zip", ""),
        ("spex-saved.json", ""),
        ("spex-results.json", "spex-results"),
    ],
)
def test_an_imported_run_is_called_by_its_file_unless_that_says_nothing(file: str, name: str) -> None:
    assert file_name(file) == name


def test_notes_that_cannot_be_read_hide_no_result(manager: Manager, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*given: object) -> None:
        raise StoreError("the disk is gone")

    monkeypatch.setattr("spex_core.runs.store.notes.Notes.of", refuse)
    assert notes_page.notes_of("a") == {}
