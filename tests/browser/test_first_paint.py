"""What a person sees before doing anything."""

import time
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.visitor import Visitor, serve

LIMIT = 3.0  # seconds, on a machine with nothing else to do
BARE = 4.0  # times a page of one line: what a busy or slow machine is held to


def test_cold_process_paints_the_saved_run_at_once(browser, tmp_path: Path) -> None:
    bare = tmp_path / "bare.py"
    bare.write_text('import streamlit as st\nst.write("A page of one line")\n', encoding="utf-8")
    with serve(tmp_path / "one", bare) as address:
        person = Visitor(browser, address)
        began = time.perf_counter()
        person.page.goto(address)
        person.page.get_by_text("A page of one line").wait_for()
        one_line = time.perf_counter() - began
        person.close()
    with serve(tmp_path / "app") as address:
        person = Visitor(browser, address)
        began = time.perf_counter()
        person.page.goto(address)
        person.result("saved")
        seconds = time.perf_counter() - began
        assert person.page.get_by_text("Saved run", exact=True).is_visible()
        assert person.page.get_by_test_id("trust").inner_text().startswith("Trust: High: predicts the model")
        person.close()
    assert seconds < max(LIMIT, BARE * one_line), f"{seconds:.1f} s; a page of one line takes {one_line:.1f} s"


@pytest.mark.parametrize(("scheme", "background"), [("light", "rgb(255, 255, 255)"), ("dark", "rgb(20, 23, 29)")])
def test_light_and_dark_wide_and_narrow(browser, app: str, scheme: str, background: str) -> None:
    person = Visitor(browser, app, color_scheme=scheme)
    page = person.page
    for width in (1440, 420):
        page.set_viewport_size({"width": width, "height": 1000})
        page.goto(person.address)
        person.result("saved")
        assert page.evaluate("getComputedStyle(document.querySelector('.stApp')).backgroundColor") == background
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), "the page scrolls sideways"
        page.wait_for_timeout(500)
        person.shot(f"text-{scheme}-{width}")
    person.close()


def test_learn_is_short_pages_that_are_found_and_alive(visitor: Visitor) -> None:
    page = visitor.open()
    page.get_by_role("link", name="Learn").click()
    page.locator("article").wait_for()
    expect(page.get_by_test_id("finding-two-balls")).to_be_visible()
    search = page.get_by_label("Search")
    search.fill("shapley")
    search.press("Enter")
    page.get_by_test_id("stSidebar").get_by_role("link", name="What each index means").click()
    article = page.locator("#learn-indices")
    article.wait_for()
    for name in ("Faith-Banzhaf", "Shapley-Taylor", "Möbius"):
        expect(article).to_contain_text(name)
    page.goto(f"{visitor.address}/learn?section=colours")
    words = page.get_by_test_id("heatmap").locator(".w")
    words.first.wait_for()
    expect(page.get_by_test_id("answer")).to_be_hidden()  # one part of the view, and that is alive
    page.get_by_test_id("heatmap").locator(".badge").first.click()
    assert page.get_by_test_id("heatmap").locator(".w.on").count() >= 2
    visitor.shot("learn")


def test_unknown_run_in_the_address_is_said(visitor: Visitor) -> None:
    page = visitor.open("/?run=no-such-run")
    page.get_by_text("is not known here any more").wait_for()


def test_an_example_opens_its_result_and_another_text_dims_it(visitor: Visitor) -> None:
    page = visitor.open()
    visitor.result("saved")
    visitor.example("Negations")
    visitor.result("saved-negated-review")
    dimmed = "getComputedStyle(document.querySelector('.st-key-result-saved-negated-review')).opacity < 0.9"
    assert not page.evaluate(dimmed)
    page.get_by_label("Text to explain").fill("Not bad at all.")
    page.get_by_label("Text to explain").blur()
    page.get_by_role("button", name="Explain what the form asks").wait_for()
    assert page.evaluate(dimmed)
    visitor.shot("dimmed")
    page.reload()
    visitor.result("saved-negated-review")
    assert not page.evaluate(dimmed)  # a new visit fills the form with what the address names


def test_findings_open_at_a_click_and_the_tour_gives_way(visitor: Visitor) -> None:
    page = visitor.open()
    visitor.result("saved")
    page.get_by_test_id("tour-start").click()
    tour = page.get_by_test_id("tour")
    for step in range(1, 6):
        expect(tour).to_contain_text(f"{step} of 5")
        expect(page.locator(".spex-tour-ring")).to_be_visible()  # what it speaks of is there
        page.keyboard.press("ArrowRight")
    visitor.shot("tour")
    expect(tour).to_have_count(1)  # the last step stays until it is left
    page.get_by_test_id("hide-mode").click()  # nothing is shut meanwhile
    expect(page.get_by_test_id("hide-mode")).to_have_attribute("aria-pressed", "true")
    page.get_by_test_id("tour-next").focus()
    page.keyboard.press("Escape")
    expect(tour).to_have_count(0)
    expect(page.get_by_test_id("tour-start")).to_have_text("Tour")

    page.get_by_test_id("finding-two-balls").click()
    page.wait_for_url("**/image?run=saved-two-balls")
    visitor.result("saved-two-balls")
    expect(page.get_by_test_id("finding-two-balls")).to_have_attribute("aria-current", "true")
    expect(page.get_by_test_id("tour-start")).to_have_text("Tour")  # this browser has seen it
    page.get_by_test_id("finding-trolley").click()
    page.get_by_test_id("comparison").wait_for()
    expect(page.get_by_test_id("side-b")).to_contain_text("straight away from")
    page.get_by_role("link", name="Text", exact=True).click()
    visitor.result("saved")
    page.get_by_test_id("gallery-toggle").click()
    expect(page.get_by_test_id("gallery")).to_have_count(0)
    page.reload()
    visitor.result("saved")
    expect(page.get_by_test_id("gallery-toggle")).to_have_text("Show worked findings")
    expect(page.get_by_test_id("gallery")).to_have_count(0)


def test_what_has_the_focus_never_lies_under_the_explain_button(visitor: Visitor) -> None:
    page = visitor.page
    page.set_viewport_size({"width": 1440, "height": 900})
    visitor.open()
    visitor.result("saved")
    bottom = page.locator(".st-key-form_go button").bounding_box()
    assert bottom["y"] + bottom["height"] <= 900  # it is there without scrolling, and so is the text
    assert page.get_by_label("Text to explain").bounding_box()["y"] < 400
    page.get_by_label("Text to explain").focus()
    seen = set()
    for _ in range(14):
        page.keyboard.press("Tab")
        page.wait_for_timeout(100)  # it is scrolled to
        name, free = page.evaluate(
            """() => {
                 const at = document.activeElement, box = at.getBoundingClientRect();
                 const top = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
                 return [at.getAttribute("aria-label") || at.innerText, at.contains(top) || top.contains(at)];
               }"""
        )
        assert free, name
        seen.add(name.split("\n")[0])
    assert {"Question (optional)", "Budget", "Explain"} <= seen
