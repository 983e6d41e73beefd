"""How far to trust a run: from its result to other methods, what the model really does, and a person's marks."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.visitor import PATIENCE, Visitor

TEXT = "The film is <b>not</b> good but not bad and its slow ending was better than feared."


def _tab(visitor: Visitor, name: str) -> None:
    """Open a tab and wait until the work in it is over."""
    tab = visitor.page.get_by_role("tab", name=name, exact=True)
    tab.click()
    expect(tab).to_have_attribute("aria-selected", "true")
    visitor.settle()
    expect(visitor.page.locator("[class*='st-key-work-']")).to_have_count(0, timeout=PATIENCE)
    visitor.settle()


def test_from_a_result_to_other_methods_the_model_and_the_marks(visitor: Visitor) -> None:
    page = visitor.open()
    visitor.write(TEXT)
    visitor.budget("Home", 4)
    visitor.explain()
    visitor.result()
    page.get_by_role("link", name="How far to trust it").click()
    expect(page.locator("#verdict")).to_contain_text(re.compile(r"R² [−\d.]+ .* masks that no fit has seen"))
    address = page.evaluate("location.href")
    assert "/faithfulness?run=" in address

    _tab(visitor, "Methods")
    table = page.locator("#methods-table")
    expect(table.get_by_role("row").filter(has_text="Automatic")).to_contain_text(re.compile(r"\d\.\d{3}"))
    expect(table.get_by_role("row").filter(has_text="Sparse Möbius")).to_contain_text("of its own design")
    page.locator(".js-plotly-plot").wait_for()
    visitor.shot("faithfulness-methods")

    _tab(visitor, "Removal")
    removal = page.locator("#removal-table")
    expect(removal.get_by_role("row").nth(1)).to_contain_text("not asked")
    page.get_by_role("button", name=re.compile(r"Ask the model: \d+ masked pass")).click()
    expect(removal).not_to_contain_text("not asked", timeout=PATIENCE)

    _tab(visitor, "Recovery")
    words = page.get_by_test_id("marking").get_by_role("checkbox")
    expect(words).to_have_count(16)
    expect(words.nth(3)).to_have_text("<b>not</b>")
    words.nth(3).click()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.get_by_text("2 of 16 marked")).to_be_visible()
    assert page.get_by_test_id("marking").locator("[aria-checked=true]").all_inner_texts() == ["<b>not</b>", "good"]

    page.reload()  # the run is found by its address; what was fitted is still there
    _tab(visitor, "Methods")
    expect(table.get_by_role("row").filter(has_text="Automatic")).to_contain_text(re.compile(r"\d\.\d{3}"))
    assert page.evaluate("location.href") == address


@pytest.fixture
def phone(browser: Browser, app: str) -> Iterator[Visitor]:
    person = Visitor(browser, app, viewport={"width": 420, "height": 900}, color_scheme="dark")
    yield person
    person.close()


def test_a_saved_picture_on_a_dark_phone_without_its_passes(phone: Visitor) -> None:
    page = phone.page
    page.goto(phone.address + "/faithfulness?run=saved-picture")
    page.locator("#verdict").wait_for()
    phone.settle()
    expect(page.get_by_role("button", name="Make them again: 1,000 masked passes")).to_be_visible()
    _tab(phone, "Structure")
    page.locator("#balance-table").wait_for()
    phone.shot("faithfulness-phone")
    _tab(phone, "Recovery")
    patch = page.get_by_role("checkbox", name="B4")
    patch.click()
    expect(patch).to_have_attribute("aria-checked", "true")
    page.locator("#recovery-table").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 420
