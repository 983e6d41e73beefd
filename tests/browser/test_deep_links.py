"""The address says what is looked at: a copied link, a reload and a page switch bring it back."""

from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from spex_core.views.shown import INDEX
from tests.browser.visitor import Visitor


def _address(page: Page) -> dict[str, str]:
    """The parameters of the address as it stands (the driver's own copy misses silent changes)."""
    return {key: values[0] for key, values in parse_qs(urlsplit(page.evaluate("location.href")).query).items()}


def _is(page: Page, index: str, order: str, row: int) -> None:
    expect(page.get_by_test_id("index")).to_have_value(index)
    expect(page.get_by_test_id("order")).to_have_value(order)
    expect(page.get_by_test_id(f"row-{row}")).to_have_attribute("aria-selected", "true")


def _look(visitor: Visitor) -> dict[str, str]:
    """Choose an index, an order and a row; returns the parameters of the address."""
    page = visitor.page
    page.get_by_test_id("index").select_option("SII")
    visitor.settle()
    page.get_by_test_id("order").select_option("2")
    visitor.settle()
    page.get_by_test_id("row-2").click()
    features = page.get_by_test_id("row-2").get_attribute("data-f")
    page.wait_for_function("features => decodeURIComponent(location.search).includes(`sel=${features}`)", arg=features)
    return _address(page)


def test_a_click_writes_the_address_without_a_rerun_or_a_step_back(visitor: Visitor) -> None:
    page = visitor.open()
    visitor.result("saved")
    assert _address(page) == {}
    steps = page.evaluate("history.length")
    row = page.get_by_test_id("row-1")
    written = row.evaluate("row => { row.click(); return location.search; }")  # at once: nobody else was asked
    assert written == f"?sel={row.get_attribute('data-f')}"
    row.click()
    assert _address(page) == {}
    assert _look(visitor) == {"index": "SII", "order": "2", "sel": page.get_by_test_id("row-2").get_attribute("data-f")}
    assert page.evaluate("history.length") == steps


def test_a_link_to_a_run_opens_on_the_same_view_elsewhere(visitor: Visitor, second_visitor: Visitor) -> None:
    page = visitor.open()
    visitor.write("The food was not bad at all.")  # seven words: every mask is asked about
    visitor.budget("Home", steps=9)
    visitor.explain()
    visitor.result()
    wanted = _look(visitor)
    assert set(wanted) == {"run", "index", "order", "sel"}
    link = page.evaluate("location.pathname + location.search")

    other = second_visitor.open(link)
    second_visitor.result()
    _is(other, "SII", "2", 2)
    assert _address(other) == wanted
    second_visitor.shot("deep-link")
    other.reload()
    second_visitor.result()
    _is(other, "SII", "2", 2)

    page.get_by_role("link", name="Learn", exact=True).click()
    page.locator("article").wait_for()
    assert "sel" not in _address(page)
    page.get_by_role("link", name="Text", exact=True).click()
    visitor.result()
    _is(page, "SII", "2", 2)
    assert _address(page) == wanted

    visitor.write("The food was not good at all.")
    visitor.explain()  # another run: the address says nothing of this one any more
    page.wait_for_function("before => !location.href.includes(before)", arg=wanted["run"])
    visitor.result()
    assert set(_address(page)) == {"run"}
    expect(page.get_by_test_id("index")).to_have_value(INDEX)


def test_nonsense_in_the_address_is_said_and_left_out(visitor: Visitor) -> None:
    for query in (
        "index=XYZ",
        "order=99",
        "sel=3,4000",
        "sel=" + "7," * 5000,
        "index=%3Cscript%3Ealert(1)%3C/script%3E&order=-1&sel=x",
    ):
        page = visitor.open(f"/?{query}")
        visitor.result("saved")
        expect(page.get_by_text("The address was followed in part")).to_be_visible()
        assert "Traceback" not in page.content()
        expect(page.get_by_test_id("index")).to_have_value(INDEX)
        assert _address(page) == {}, query[:40]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_does_not_reappear_is_marked_on_its_bar(browser, app: str, scheme: str) -> None:
    person = Visitor(browser, app, color_scheme=scheme)
    page = person.open()
    person.result("saved")
    trust = page.get_by_test_id("trust-stability")
    expect(trust).to_contain_text("strongest groups came back in at least 80 % of them")
    assert "of 50 resamples" in (page.get_by_test_id("row-1").get_attribute("data-tip") or "")
    expect(page.get_by_test_id("row-1").get_by_text("reappears in 50 of 50 resamples")).to_have_count(1)
    page.get_by_test_id("more").click()
    weak = page.locator(".tr:has(.unsteady)")
    steady = page.locator(".tr:has(.fill:not(.unsteady))")
    assert weak.count() >= 1
    assert steady.count() >= 10
    for row in weak.all():
        count = (row.get_attribute("data-tip") or "").split("reappears in ")[1].split(" of ")[0]
        assert int(count) < 40
        expect(row.locator(".again")).to_have_text(f"{count}/50")
    expect(steady.locator(".again")).to_have_count(0)
    expect(page.get_by_text("= reappears in fewer than 80 % of 50 resamples")).to_be_visible()
    page.set_viewport_size({"width": 1440, "height": 2400})
    person.shot(f"stability-{scheme}")
    person.close()
