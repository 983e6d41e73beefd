"""Bad, hostile and extreme input, in words next to the field or as plain text in the result."""

import re

import pytest

from tests.browser.visitor import Visitor

HOSTILE = (
    "<script>alert(1)</script> <img src=x onerror=alert(2)> **bold** $x^2$ :red[red] "
    "[link](javascript:alert(3)) </textarea></style>"
)


def test_markup_in_the_text_is_shown_as_text(visitor: Visitor) -> None:
    page = visitor.open()
    scripts = page.locator("script").count()
    visitor.write(HOSTILE)
    visitor.budget("Home")
    visitor.explain()
    visitor.result()
    shown = page.get_by_test_id("explorer").inner_text()
    for piece in ("script", "onerror", "bold", "link"):
        assert piece in shown
    assert page.locator("script").count() == scripts
    assert page.locator("img[src=x]").count() == 0
    assert page.locator("a[href^='javascript']").count() == 0
    visitor.shot("hostile")


NEW_RUN = r"run=(?!saved)"


def test_what_cannot_be_explained_says_what_to_do(visitor: Visitor) -> None:
    page = visitor.open()
    visitor.write("   ")
    visitor.explain()
    page.get_by_role("alert").filter(has_text="Paste or type a text first").wait_for()
    assert not re.search(NEW_RUN, page.url)

    visitor.write("word " * 1025)
    alert = page.get_by_role("alert").filter(has_text="1,024 features").first
    alert.wait_for()
    assert "choose sentences" in alert.inner_text()
    visitor.explain()
    page.get_by_text("Not started").wait_for()
    assert not re.search(NEW_RUN, page.url)

    page.get_by_test_id("stSidebar").get_by_role("combobox", name="What to explain").click()
    page.get_by_role("option").filter(has_text="elevance").click()
    visitor.settle()
    page.get_by_test_id("stSidebar").get_by_role("textbox").last.fill("")
    visitor.write("Cats sleep. Dogs run.")
    visitor.explain()
    page.get_by_role("alert").filter(has_text="Fill in").first.wait_for()
    assert not re.search(NEW_RUN, page.url)


@pytest.mark.parametrize(("name", "text"), [("one", "Wonderful."), ("thousand", "good bad film plot " * 250)])
def test_one_and_a_thousand_words(visitor: Visitor, name: str, text: str) -> None:
    page = visitor.open()
    visitor.write(text)
    if name == "thousand":
        visitor.budget("Home")
    visitor.explain()
    visitor.result()
    trust = page.get_by_test_id("trust").inner_text()
    assert trust.count("R²") == 1 if name == "one" else "Too early to say" in trust
    visitor.shot(f"{name}-words")
