"""The real app in a subprocess, and one person in front of it who notices leaks and errors."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Dialog, Page, Request, expect

from tests.support.places import ROOT

SHOTS = ROOT / "test-results"
PATIENCE = 120_000  # ms; a busy machine loads the model slowly, and nothing here waits longer than it must
expect.set_options(timeout=60_000)  # likewise
# Streamlit's own server, when a page is closed while it still sends to it.
LEFT = re.compile(
    r"^Traceback \(most recent call last\):\n(?: .*\n)+starlette\.websockets\.WebSocketDisconnected: .*\n",
    re.MULTILINE,
)


@contextmanager
def serve(home: Path, script: Path = ROOT / "app.py", listens: str = "localhost", **settings: str) -> Iterator[str]:
    """A fresh app process with its own state folder: its address here; `settings` go into its environment."""
    home.mkdir(exist_ok=True)
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        port = probe.getsockname()[1]
    address = f"http://localhost:{port}"
    log = home / "server.log"
    environment = {**os.environ, "SPEX_EXPLORER_HOME": str(home / "state"), "OPENBLAS_NUM_THREADS": "1", **settings}
    command = [sys.executable, "-m", "streamlit", "run", str(script), "--server.port", str(port)]
    command += ["--server.address", listens]
    with open(log, "w", encoding="utf-8") as out:
        process = subprocess.Popen(command, cwd=ROOT, stdout=out, stderr=subprocess.STDOUT, env=environment)
        try:
            _wait_for(address, process, log)
            yield address
        finally:
            process.terminate()
            process.wait(30)
    said = LEFT.sub("", log.read_text(encoding="utf-8"))
    assert "Traceback" not in said, said[-3000:]


def _wait_for(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(600):
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    pytest.fail(f"the app did not start:\n{log.read_text(encoding='utf-8')[-3000:]}")


class Visitor:
    """One person with a fresh profile; remembers what went wrong."""

    def __init__(self, browser: Browser, address: str, **options: object) -> None:
        options.setdefault("viewport", {"width": 1440, "height": 1000})
        self.address = address
        # Spinners that turn are drawn by the processor here, which took an eighth of the time.
        options.setdefault("reduced_motion", "reduce")
        self.context = browser.new_context(**options)
        self.context.set_default_timeout(PATIENCE)
        self.page = self.context.new_page()
        self.outside: list[str] = []
        self.errors: list[str] = []
        self.dialogs: list[str] = []
        self.page.on("request", self._request)
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("dialog", self._dialog)

    def _request(self, request: Request) -> None:
        local = ("data:", "blob:", self.address, self.address.replace("http:", "ws:"))
        if not request.url.startswith(local):
            self.outside.append(request.url)

    def _console(self, message: ConsoleMessage) -> None:
        # Streamlit drops the files of a session that is being rerun when another session's run ends, and its buttons
        # look for theirs at once: the file is there again after the rerun. The tests that download would tell.
        place = message.location.get("url", "")
        dropped = "/media/" in place or "Download Button source error" in message.text
        # A page opened by its own address first looks for the server beneath it, and then finds it.
        asked = re.search(r"/(image|compare|faithfulness|runs|learn)/_stcore/", place) is not None
        if message.type == "error" and not dropped and not asked:
            self.errors.append(message.text)

    def _dialog(self, dialog: Dialog) -> None:
        self.dialogs.append(dialog.message)
        dialog.dismiss()

    def open(self, path: str = "/") -> Page:
        """Go to a page of the app and wait for its form or article."""
        self.page.goto(self.address + path)
        self.page.locator("textarea, article").first.wait_for()
        return self.page

    def open_pictures(self) -> Page:
        """Go to the Image page."""
        self.page.goto(self.address + "/image")
        self.page.get_by_test_id("stFileUploader").first.wait_for()
        self.settle()
        return self.page

    def upload(self, name: str, data: bytes, kind: str = "image/png") -> None:
        """Give the Image page a picture."""
        field = self.page.get_by_test_id("stFileUploader").first.locator("input[type=file]")
        field.set_input_files({"name": name, "mimeType": kind, "buffer": data})
        self.page.get_by_test_id("stFileChip").filter(has_text=name).first.wait_for()
        expect(self.page.get_by_test_id("stFileChipIconSpinner")).to_have_count(0)
        self.settle()

    def write(self, text: str) -> None:
        """Replace the text to explain and wait until the app has counted it; the model that the page begins with takes
        seconds for what a small one does at once, so that one is asked instead."""
        self.settle()  # the form is drawn from the top: its model may not be there yet
        if "SmolLM2" in self.page.get_by_role("combobox", name="What to explain").input_value():
            self.example("Negations")
        area = self.page.get_by_label("Text to explain")
        area.fill(text)
        area.blur()
        self.settle()

    def example(self, name: str) -> None:
        """Pick an example."""
        self.page.get_by_role("button", name="Examples", exact=True).click()
        self.page.get_by_role("radio", name=name, exact=True).click()
        expect(self.page.get_by_role("radio", name=name, exact=True)).to_have_count(0)  # it closes itself
        self.settle()

    def settle(self) -> None:
        """Wait until the app has taken over the last change."""
        quiet = 0
        while quiet < 3:  # a change takes a moment to reach the app, and one rerun may start another
            self.page.wait_for_timeout(130)
            state = self.page.get_by_test_id("stApp").get_attribute("data-test-script-state")
            quiet = quiet + 1 if state == "notRunning" else 0

    def budget(self, key: str, steps: int = 0) -> None:
        """Move the budget slider to its "Home" (least) or "End" (most), then `steps` to the right."""
        slider = self.page.get_by_role("slider", name="Budget")
        expect(slider).to_have_count(1, timeout=PATIENCE)  # that of the form before may not have gone yet
        slider.press(key)
        for _ in range(steps):
            slider.press("ArrowRight")
        self.settle()

    def explain(self) -> None:
        """Press Explain."""
        self.page.locator(".st-key-form_go button, .st-key-picture_go button").click()

    def result(self, name: str | None = None) -> None:
        """Wait for the finished result of the run in the address, or of `name` ("saved", "opened")."""
        if name is None:
            self.page.wait_for_url(re.compile(r"run=(?!saved)"))
            name = parse_qs(urlsplit(self.page.url).query)["run"][0]
        self.page.locator(f".st-key-result-{name}").wait_for()
        # Until the run of the script is over, Streamlit leaves what stood there before inside the new container.
        self.page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
        self.page.get_by_test_id("stDownloadButton").first.wait_for()
        expect(self.page.get_by_test_id("answer")).to_have_count(1, timeout=PATIENCE)

    def shot(self, name: str) -> None:
        """Keep a screenshot for people to look at."""
        SHOTS.mkdir(exist_ok=True)
        self.page.screenshot(path=str(SHOTS / f"{name}.png"))

    def close(self) -> None:
        """Leave, and complain about everything that must never happen."""
        self.context.close()
        assert not self.outside, f"requests to other hosts: {self.outside}"
        assert not self.errors, f"console errors: {self.errors}"
        assert not self.dialogs, f"dialogs: {self.dialogs}"
