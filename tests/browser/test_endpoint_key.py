"""A model behind an API, asked from the page: the key goes to the server and nowhere else."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Browser, expect

from tests.browser.visitor import Visitor, serve
from tests.support.endpoint_server import serving

KEY = "sk-live-9f8e7d6c5b4a3210"
TEXT = "It is not a bad film."


def _files_that_hold(folder: Path, secret: str) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and secret.encode() in path.read_bytes()]


def test_a_key_typed_into_the_page_is_in_no_log_file_address_or_export(browser: Browser, tmp_path: Path) -> None:
    home, downloads = tmp_path / "home", tmp_path / "downloads"
    home.mkdir()
    downloads.mkdir()
    with serving() as server, serve(home) as address:
        server.behaviour.key = KEY
        visitor = Visitor(browser, address)
        page = visitor.open()
        addresses = []
        page.on("framenavigated", lambda frame: addresses.append(frame.url))
        page.on("request", lambda request: addresses.append(request.url))
        page.get_by_test_id("stSidebar").get_by_role("combobox", name="What to explain").click()
        page.get_by_role("option").filter(has_text="behind an API").click()
        visitor.settle()
        form = page.get_by_test_id("stSidebar")
        for label, value in {
            "Server": server.url,
            "Model": "tiny",
            "API key": "sk-wrong",
            "Question": "True or False: is it good?",
            "Answer": "True",
            "Against": "False",
        }.items():
            field = form.get_by_label(re.compile(rf"^{label}( \(optional\))?$"))
            field.fill(value)
            field.blur()
            visitor.settle()
        visitor.write(TEXT)
        page.get_by_role("button", name="Try the server").click()
        expect(page.get_by_role("alert").filter(has_text=re.compile("key", re.IGNORECASE)).first).to_be_visible()
        field = form.get_by_label(re.compile(r"^API key"))
        assert field.get_attribute("type") == "password"
        field.fill(KEY)
        field.blur()
        visitor.settle()
        page.get_by_role("button", name="Try the server").click()
        expect(page.get_by_text("The server answers with log-probabilities").first).to_be_visible()
        visitor.budget("Home")
        visitor.explain()
        visitor.result()
        for name in ("JSON", "CSV"):
            with page.expect_download() as waiting:
                page.get_by_role("button", name=name).first.click()
            waiting.value.save_as(downloads / name)
        addresses.append(page.url)
        assert not [url for url in addresses if KEY in url]
        field.evaluate("field => field.removeAttribute('value')")  # the one place where it belongs
        assert KEY not in page.content()
        visitor.shot("endpoint")
        visitor.close()
        assert any(seen.headers.get("Authorization") == f"Bearer {KEY}" for seen in server.seen)
    assert not _files_that_hold(home, KEY)  # the log, the runs and the paid samples
    assert not _files_that_hold(downloads, KEY)
