"""Two runs of two short texts, opened side by side from the result of the second."""

import re

from playwright.sync_api import expect

from tests.browser.visitor import PATIENCE, Visitor

FIRST = "The film is good and not bad."
SECOND = "The film is really bad and not good <b>at all</b>."


def _explain(visitor: Visitor, text: str, before: str = "") -> str:
    visitor.write(text)
    visitor.explain()
    visitor.page.wait_for_function(
        "before => /run=(?!saved)/.test(location.href) && !(before && location.href.includes(before))", arg=before
    )
    name = visitor.page.evaluate("location.href").split("run=")[1]
    visitor.result(name)
    return name


def _counts(visitor: Visitor) -> dict[str, int]:
    counts = dict.fromkeys(("appeared", "vanished"), 0)
    for status in counts:
        chip = visitor.page.get_by_test_id(f"filter-{status}")
        if chip.count():
            counts[status] = int(chip.inner_text().split()[-1])
    return counts


def test_two_runs_are_compared_from_the_result_by_a_click(visitor: Visitor) -> None:
    page = visitor.open()
    first = _explain(visitor, FIRST)
    second = _explain(visitor, SECOND, before=first)
    page.get_by_role("link", name="Compare with …").click()
    comparison = page.get_by_test_id("comparison")
    comparison.wait_for()
    visitor.settle()
    address = page.evaluate("location.href")
    assert f"a={second}" in address
    assert f"b={first}" in address

    a, b = page.get_by_test_id("side-a"), page.get_by_test_id("side-b")
    assert a.get_by_test_id("heatmap").inner_text().replace("\n", "").startswith("The film is really bad")
    assert "<b>" in a.inner_text()  # as text
    expect(a.locator(".w.taken-out").first).to_have_attribute("aria-label", re.compile("only in A$"))
    assert b.locator(".w.put-in").count() > 0
    expect(page.get_by_test_id("scale")).to_contain_text("one scale for both")

    row = page.get_by_test_id("change-0")
    row.click()
    expect(row).to_have_attribute("aria-selected", "true")
    assert comparison.locator(".w.on").count() >= 1
    visitor.shot("compare-light")
    page.keyboard.press("Escape")
    expect(row).to_have_attribute("aria-selected", "false")
    row.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("change-1")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Escape")

    word = b.get_by_test_id("word-1")  # "film", in both
    word.click()
    expect(a.get_by_test_id("word-1")).to_have_class(re.compile(r"\bon\b"))

    before = _counts(visitor)
    assert before["appeared"] + before["vanished"] > 0
    page.get_by_role("button", name="⇄").click()
    visitor.settle()
    expect(page.get_by_test_id("side-b").get_by_test_id("heatmap")).to_contain_text("really", timeout=PATIENCE)
    after = _counts(visitor)
    assert (after["appeared"], after["vanished"]) == (before["vanished"], before["appeared"])


def test_a_phone_stacks_the_sides(visitor: Visitor) -> None:
    page = visitor.open()
    _explain(visitor, FIRST)
    page.set_viewport_size({"width": 420, "height": 900})
    visitor.settle()
    page.get_by_role("link", name="Compare with …").click()
    page.get_by_test_id("comparison").wait_for()
    visitor.settle()
    a, b = (page.get_by_test_id(f"side-{letter}").bounding_box() for letter in "ab")
    assert a["x"] == b["x"]
    assert b["y"] >= a["y"] + a["height"]
    assert page.evaluate("document.documentElement.scrollWidth") <= 420
    visitor.shot("compare-phone")


def test_a_changed_puzzle_from_the_button_to_its_classic_beside_it(visitor: Visitor) -> None:
    page = visitor.open()
    visitor.example("Trolley")
    expect(page.get_by_label("Text to explain")).to_have_value(re.compile("straight away from five"))
    expect(page.get_by_text("Right for the changed puzzle: “No”")).to_be_visible()
    expect(page.get_by_text("A toy: it was taught").first).to_be_visible()
    visitor.budget("Home", 6)
    visitor.explain()
    visitor.result()
    expect(page.get_by_test_id("answer")).to_contain_text("Yes")  # the wrong one
    visitor.shot("reason")
    page.get_by_test_id("hide-mode").click()
    page.locator(".w").nth(4).click()
    page.get_by_test_id("check").click()
    page.get_by_text(re.compile("off by")).wait_for()
    visitor.settle()
    page.get_by_role("link", name="Compare with …").click()
    page.get_by_role("button", name="Explain “Trolley, classic” as well").click()
    expect(page.get_by_test_id("side-b")).to_contain_text("straight towards", timeout=PATIENCE)
    expect(page.get_by_test_id("side-a").locator(".w.taken-out")).to_have_text(["away", "from"])
    expect(page.get_by_test_id("side-b").locator(".w.put-in")).to_have_text(["towards"])
    visitor.settle()
    visitor.shot("compare-puzzle")


def test_one_click_explains_both_versions_and_says_what_is_wrong(visitor: Visitor) -> None:
    page = visitor.open()
    visitor.example("Trolley")
    visitor.budget("Home", 6)
    page.get_by_role("button", name="Explain both and compare").click()
    page.wait_for_url(re.compile(r"/compare\?a=\w+&b=\w+$"))
    page.reload()
    head = page.get_by_test_id("verdict-head")
    expect(head).to_have_text("Wrong on B, right on A: says “Yes” to both; for B right is “No”.", timeout=PATIENCE)
    expect(page.get_by_test_id("side-a").get_by_test_id("heatmap")).to_contain_text("straight towards")
    changed = page.get_by_test_id("verdict").get_by_text("away from", exact=True)
    changed.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("side-b").locator(".w.on")).to_have_text(["away", "from"])
    visitor.settle()
    visitor.shot("verdict")
