"""One app process and one Chromium for all browser tests."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.visitor import Visitor, serve

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of one app process shared by the tests."""
    with serve(tmp_path_factory.mktemp("app")) as address:
        yield address


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """An installed Chromium, else Playwright's own; without either the tests fail, they do not skip."""
    installed = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    with sync_playwright() as driver:
        if installed is None and not Path(driver.chromium.executable_path).exists():
            pytest.fail("no Chromium found: `make test` installs one, or run `playwright install chromium`")
        found = driver.chromium.launch(executable_path=installed, args=list(ARGS))
        yield found
        found.close()


@pytest.fixture
def visitor(browser: Browser, app: str) -> Iterator[Visitor]:
    """A person on the shared app."""
    person = Visitor(browser, app)
    yield person
    person.close()


@pytest.fixture
def second_visitor(browser: Browser, app: str) -> Iterator[Visitor]:
    """Another person at the same time."""
    person = Visitor(browser, app)
    yield person
    person.close()
