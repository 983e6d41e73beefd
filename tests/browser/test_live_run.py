"""A run while it works: it survives reload and page switch, stops on Cancel, and is nobody else's."""

import re

from playwright.sync_api import expect

from tests.browser.visitor import PATIENCE, Visitor

LONG = " ".join(
    f"The {what} was {how} and I would see it again."
    for what, how in [
        ("film", "slow"),
        ("acting", "superb"),
        ("ending", "not bad"),
        ("music", "never dull"),
        ("plot", "thin"),
        ("camera", "restless"),
        ("script", "clever"),
        ("pace", "wrong"),
    ]
)


LARGEST_BATCH = 256  # the click itself takes a while to arrive: a few batches, not the rest of 40,000


def _passes(visitor: Visitor) -> int:
    figures = visitor.page.locator("#run-figures").inner_text()
    return int(re.match(r"([\d,]+) of", figures).group(1).replace(",", ""))


def _wait_for_passes(visitor: Visitor) -> int:
    visitor.page.wait_for_function(
        "() => /^[1-9][\\d,]* of/.test(document.querySelector('#run-figures')?.innerText ?? '')", timeout=PATIENCE
    )
    return _passes(visitor)


def test_reload_page_switch_and_cancel(visitor: Visitor) -> None:
    page = visitor.open()
    visitor.write(LONG)
    visitor.budget("End")
    visitor.explain()
    expect(page.locator("#run-skeleton, [data-testid=answer]").first).to_contain_text("film")  # one's own text at once
    first = _wait_for_passes(visitor)
    page.get_by_test_id("answer").wait_for()  # an early estimate, while the run goes on
    assert "Early estimate" in page.get_by_test_id("answer").inner_text()
    visitor.shot("live")

    page.reload()
    after_reload = _wait_for_passes(visitor)
    assert after_reload >= first

    page.get_by_role("link", name="Learn").click()
    page.locator("article").wait_for()
    elsewhere = page.locator(".spex-elsewhere")
    expect(elsewhere).to_contain_text(re.compile(r"Explaining “The film.* [\d,]+ of 40,000 passes"))
    visitor.shot("elsewhere")
    page.get_by_role("button", name="Open", exact=True).click()
    page.get_by_label("Text to explain").wait_for()
    expect(elsewhere).to_have_count(0)
    after_switch = _wait_for_passes(visitor)
    assert after_switch >= after_reload
    assert page.get_by_label("Text to explain").input_value().strip()

    at_cancel = _passes(visitor)
    page.get_by_role("button", name="Cancel").click()
    visitor.result()
    answer = page.get_by_test_id("answer").inner_text()
    kept = re.search(r"stopped after ([\d,]+) of", answer)
    assert kept, answer
    stopped = int(kept.group(1).replace(",", ""))
    assert at_cancel <= stopped <= at_cancel + 4 * LARGEST_BATCH
    assert not page.locator("#run-figures").count()


def test_two_people_at_once_see_their_own_runs(visitor: Visitor, second_visitor: Visitor) -> None:
    texts = {visitor: "A quiet, tender film.", second_visitor: "What a dull mess."}
    for person, text in texts.items():
        person.open()
        person.write(text)
    for person in texts:
        person.explain()
    for person, text in texts.items():
        person.result()
        shown = person.page.get_by_test_id("explorer").inner_text()
        other = next(value for value in texts.values() if value != text)
        assert text.split()[2].strip(",.") in shown
        assert other.split()[2].strip(",.") not in shown
    addresses = {person.page.url for person in texts}
    assert len(addresses) == 2
