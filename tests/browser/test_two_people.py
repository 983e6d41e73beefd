"""Two people in two browsers at an app that others can reach: what is tried on the other's run is refused in words."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Browser, Locator, expect

from tests.browser.visitor import PATIENCE, Visitor, serve

TOKEN = "a token of the tests"
TEXT = "The film is slow and the plot is thin, but the acting is superb and the ending is not bad at all."
UNKNOWN = "There is no such run here, or it belongs to somebody else who has not shared it."
ONLY_READ = "This run belongs to somebody else, who shares it for reading"


def _go_in(visitor: Visitor, path: str = "/") -> None:
    """Past the token, which is asked for before anything is shown."""
    page = visitor.page
    page.goto(visitor.address + path)
    field = page.get_by_label("Token", exact=True)
    field.wait_for()
    assert not page.get_by_role("link", name="Runs", exact=True).count()
    assert not page.locator("textarea, .runs").count()
    field.fill(TOKEN)
    page.get_by_role("button", name="Go in").click()
    page.get_by_role("link", name="Runs", exact=True).wait_for()
    visitor.settle()


def _runs(visitor: Visitor) -> Locator:
    """The rows of the Runs page."""
    visitor.page.goto(f"{visitor.address}/runs")
    visitor.page.get_by_role("heading", name="Runs", exact=True).wait_for()
    visitor.settle()
    return visitor.page.locator(".runs .run[data-id]")


def _panel(visitor: Visitor) -> Locator:
    return visitor.page.locator(".st-key-runs-panel")


def _share(visitor: Visitor, row: Locator) -> None:
    row.get_by_role("checkbox").check()
    visitor.settle()
    _panel(visitor).get_by_test_id("stCheckbox").locator("label").click()
    visitor.settle()


def _shows(visitor: Visitor, path: str, text: str) -> None:
    visitor.page.goto(visitor.address + path)
    expect(visitor.page.get_by_test_id("stMain").get_by_text(text).first).to_be_visible(timeout=PATIENCE)
    visitor.settle()


def test_what_is_tried_on_the_others_run_is_refused_in_words(browser: Browser, tmp_path: Path) -> None:
    home = tmp_path / "app"
    with serve(home, listens="0.0.0.0", SPEX_TOKEN=TOKEN) as address:
        ann, bob = Visitor(browser, address), Visitor(browser, address, color_scheme="dark")
        _go_in(ann)
        ann.write(TEXT)
        ann.budget("Home", steps=4)
        ann.explain()
        ann.result()
        run = parse_qs(urlsplit(ann.page.url).query)["run"][0]

        _go_in(bob)
        assert not _runs(bob).count()  # list
        _shows(bob, f"/?run={run}", UNKNOWN)  # open
        _shows(bob, f"/compare?a={run}", f"The run {run} of the address is not known here.")
        _shows(bob, f"/faithfulness?run={run}", f"The run {run} of the address is not known here.")

        rows = _runs(ann)  # a reload in between: it is still hers
        expect(rows).to_have_count(1)
        _share(ann, rows.first)
        expect(rows.first).to_contain_text("shared by you")
        ann.shot("two-people-sharing")

        rows = _runs(bob)
        expect(rows.first).to_contain_text("not yours")
        rows.first.get_by_role("button", name="Pin").click()
        expect(bob.page.get_by_role("alert").filter(has_text=ONLY_READ)).to_be_visible()
        rows.first.get_by_role("checkbox").check()
        expect(_panel(bob)).to_contain_text(ONLY_READ)
        buttons = _panel(bob).get_by_role("button")  # neither extend nor delete, name, pin or share
        expect(buttons).to_have_text(["Open"])
        bob.shot("two-people-shared-with")
        _panel(bob).get_by_role("button", name="Open").click()
        expect(bob.page.locator(f".st-key-result-{run}").get_by_test_id("answer")).to_have_count(1, timeout=PATIENCE)
        bob.settle()
        expect(bob.page.locator(".st-key-result-actions")).to_contain_text(ONLY_READ)  # export
        assert not bob.page.get_by_test_id("stDownloadButton").count()
        bob.shot("two-people-reading")

        ann.open()
        ann.write(TEXT * 4)
        ann.budget("End")
        ann.explain()
        ann.page.get_by_role("button", name="Cancel").wait_for()
        ann.page.wait_for_url(re.compile(r"run=(?!saved)"))
        live = parse_qs(urlsplit(ann.page.url).query)["run"][0]
        rows = _runs(ann)
        _share(ann, rows.first)
        expect(rows.first).to_have_attribute("data-testid", f"run-{live}")
        _shows(bob, f"/?run={live}", ONLY_READ)
        assert not bob.page.get_by_role("button", name="Cancel").count()
        _panel(ann).get_by_role("button", name="Cancel").click()
        expect(rows.first).to_contain_text("Cancelled", timeout=PATIENCE)
        expect(bob.page.get_by_text("The run was cancelled")).to_be_visible(timeout=PATIENCE)
        expect(bob.page.locator(".st-key-run-cancelled")).to_contain_text(ONLY_READ)
        assert not bob.page.get_by_role("button", name="Resume").count()

        secrets = [each["value"] for each in ann.context.cookies() if each["name"] == "spex_person"]
        assert len(secrets) == 1
        addresses = ann.page.evaluate("performance.getEntriesByType('resource').map(entry => entry.name).join()")
        kept = [path for path in home.rglob("*") if path.is_file()]
        assert any(path.suffix == ".sqlite3" for path in kept)
        for secret in (*secrets, TOKEN):
            assert secret not in addresses + ann.page.url
            for path in kept:
                assert secret.encode() not in path.read_bytes(), path
        ann.close()
        bob.close()
