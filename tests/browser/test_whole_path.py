"""From an example to a result that can be explored, checked, downloaded and opened again."""

import csv
import json
import re
from pathlib import Path

from playwright.sync_api import expect

import spex_core
from pages.components.form.text_examples import examples
from pages.components.result.downloads import COLUMNS
from spex_core.views.shown import INDEX
from tests.browser.visitor import Visitor


def test_example_to_result_and_back_from_a_file(visitor: Visitor, tmp_path: Path) -> None:
    page = visitor.open()
    visitor.example("Mixed review")
    text = examples()["mixed-review"].text
    expect(page.get_by_label("Text to explain")).to_have_value(text)
    visitor.budget("Home", steps=9)
    page.get_by_label("Text to explain").press("Control+Enter")  # works with the cursor in the text
    page.locator("#run-figures").wait_for()
    assert re.search(r"\d+ of [\d,]+ passes", page.locator("#run-figures").inner_text())
    visitor.result()
    assert "run=" in page.url
    visitor.shot("result")

    _hide_a_word_and_ask(visitor)

    with page.expect_download() as waiting:
        page.get_by_role("button", name="JSON").click()
    saved = tmp_path / "run.json"
    waiting.value.save_as(saved)
    explanation = spex_core.Explanation.from_json(saved.read_text(encoding="utf-8"))
    assert explanation.source is not None
    assert explanation.source.text == text

    with page.expect_download() as waiting:
        page.get_by_role("button", name="CSV").click()
    table = tmp_path / "run.csv"
    waiting.value.save_as(table)
    rows = list(csv.DictReader(table.read_text(encoding="utf-8-sig").splitlines()))
    assert tuple(rows[0]) == COLUMNS
    assert [float(row["value"]) for row in rows] == [item.value for item in explanation.interactions(INDEX)]

    page.get_by_text("Open a saved run").click()
    page.locator("input[type=file]").set_input_files(saved)
    page.get_by_text("Opened file", exact=True).wait_for()
    visitor.result("opened")


def _hide_a_word_and_ask(visitor: Visitor) -> None:
    page = visitor.page
    page.get_by_test_id("hide-mode").click()
    page.locator(".w").first.click()
    predicted = page.get_by_test_id("predicted").inner_text()
    assert "change" in predicted
    page.get_by_test_id("check").click()
    page.get_by_text(re.compile("off by")).wait_for()
    assert re.match(r"[+−]?\d", page.get_by_test_id("actual").inner_text())


def test_changing_the_index_keeps_the_run(visitor: Visitor) -> None:
    page = visitor.open()
    visitor.result("saved")
    page.locator("select").first.select_option("SV")
    visitor.settle()
    page.get_by_role("link", name="Learn").click()
    page.locator("article").wait_for()
    page.get_by_role("link", name="Text").click()
    page.get_by_test_id("answer").wait_for()
    assert page.locator("select").first.input_value() == "SV"


def test_a_file_that_is_no_run_is_refused_in_words(visitor: Visitor, tmp_path: Path) -> None:
    page = visitor.open()
    page.get_by_text("Open a saved run").click()
    wrong = tmp_path / "wrong.json"
    wrong.write_text(json.dumps({"schema": "<b>other</b>"}), encoding="utf-8")
    page.locator("input[type=file]").set_input_files(wrong)
    alert = page.get_by_role("alert").filter(has_text="The file was not opened")
    alert.wait_for()
    assert "<b>other</b>" in alert.inner_text()


def test_a_run_of_a_part_of_a_text_is_gone_on_with_until_all_of_it_is_asked_for(
    visitor: Visitor, tmp_path: Path
) -> None:
    text = "We went on Sunday. The plot is not bad at all."
    run = spex_core.explain_text(text, "minilm-sentiment", unit="regex:not bad|plot|all", keep=[(0, 18)], budget=20)
    (tmp_path / "part.json").write_text(run.to_json(), encoding="utf-8")
    page = visitor.open()
    page.get_by_text("Open a saved run").click()
    page.locator("input[type=file]").set_input_files(tmp_path / "part.json")
    visitor.result("opened")
    expect(page.get_by_text("3 matches, the rest always kept")).to_be_visible()
    expect(page.get_by_text("3 matches → 3 features")).to_be_visible()
    free = page.get_by_role("button", name="Mask all of it")
    page.get_by_role("radio", name="words", exact=True).click()
    expect(page.get_by_text("7 words → 7 features")).to_be_visible()
    free.click()
    expect(page.get_by_text("11 words → 11 features")).to_be_visible()
    expect(free).to_have_count(0)
    page.get_by_role("radio", name="matches of not bad|plot|all", exact=True).click()
    visitor.explain()
    visitor.result()
    expect(page.get_by_test_id("answer")).to_contain_text("not bad")
    visitor.shot("part-of-a-text")
